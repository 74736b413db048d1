using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger;

/// <summary>How often a mandate's amount is there anew; days, weeks (from Monday) and months are those of UTC.</summary>
public enum MandatePeriod
{
    /// <summary>Never: it is the whole.</summary>
    Once,
    /// <summary>Every day.</summary>
    Daily,
    /// <summary>Every week.</summary>
    Weekly,
    /// <summary>Every month.</summary>
    Monthly,
}

/// <summary>What a mandate says, as its giver writes it.</summary>
/// <param name="Name">For people, 1–80 characters.</param>
/// <param name="Amount">The most in one period, above zero.</param>
/// <param name="Period">How often the amount is there anew.</param>
/// <param name="PerCall">The most for one call or contract; null for the amount.</param>
/// <param name="PayeeAgents">Agents that may be paid.</param>
/// <param name="PayeeTenants">Organisations whose agents may be paid; with no payees of either kind anybody may.</param>
/// <param name="Capabilities">What may be paid for: an agent that is called must have one of them, and a contract asks for nothing else; empty for anything.</param>
/// <param name="Project">A label that the payment must name; null for none.</param>
/// <param name="StartsAt">Not before; null for at once.</param>
/// <param name="ExpiresAt">Not from then on; null for no end.</param>
public sealed record MandateTerms(
    string Name, Money Amount, MandatePeriod Period, Money? PerCall, IReadOnlyList<AgentId> PayeeAgents, IReadOnlyList<TenantId> PayeeTenants,
    IReadOnlyList<string> Capabilities, string? Project, DateTimeOffset? StartsAt, DateTimeOffset? ExpiresAt)
{
    /// <summary>Longest name and project.</summary>
    public const int MaxName = 80;

    /// <summary>Most payees of a kind, and capabilities.</summary>
    public const int MaxListed = 100;

    /// <summary>What is wrong with the terms by member; null for nothing.</summary>
    public Error? Check()
    {
        var wrong = new Dictionary<string, string[]>();
        if (string.IsNullOrWhiteSpace(Name) || Name.Trim().Length > MaxName || Name.Any(char.IsControl))
            wrong["name"] = [$"1 to {MaxName} characters in one line."];
        if (Amount.Currency == default || !Amount.IsPositive || Amount.MicroUnits > Money.MaxAmountMicroUnits)
            wrong["amount"] = ["More than 0, in a currency that Hermes books."];
        if (PerCall is { } ceiling && (ceiling.Currency != Amount.Currency || !ceiling.IsPositive || ceiling.MicroUnits > Amount.MicroUnits))
            wrong["per_call"] = ["More than 0, at most the amount, in the same currency."];
        if (PayeeAgents.Count > MaxListed || PayeeTenants.Count > MaxListed)
            wrong["payees"] = [$"At most {MaxListed} agents and {MaxListed} organisations."];
        if (Capabilities.Count > MaxListed || Capabilities.Any(c => string.IsNullOrWhiteSpace(c) || c.Length > 100))
            wrong["capabilities"] = [$"At most {MaxListed}, each with 1 to 100 characters."];
        if (Project is not null && (string.IsNullOrWhiteSpace(Project) || Project.Length > MaxName || Project.Any(char.IsControl)))
            wrong["project"] = [$"1 to {MaxName} characters in one line."];
        if (ExpiresAt is { } end && StartsAt is { } start && end <= start)
            wrong["expires_at"] = ["Later than the start."];
        return wrong.Count == 0 ? null : Error.Validation(wrong);
    }
}

/// <summary>
/// A budget that a tenant gives an agent. What is spent of it stands here and is changed by the ledger's own functions only,
/// in the transaction that moves the money and under this row's lock.
/// </summary>
public sealed class Mandate : ITenantOwned
{
    private Mandate() { }

    /// <summary>Its id.</summary>
    public MandateId Id { get; private set; }

    /// <summary>Who gave it and pays.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>For people.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Who may spend.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>Its one currency.</summary>
    public Currency Currency { get; private set; }

    /// <summary>The most in one period, in micro-units, above zero.</summary>
    public long Amount { get; private set; }

    /// <summary>How often the amount is there anew.</summary>
    public MandatePeriod Period { get; private set; }

    /// <summary>The most for one subject, in micro-units; null for the amount.</summary>
    public long? PerCall { get; private set; }

    /// <summary>Agents that may be paid.</summary>
    public Guid[] PayeeAgents { get; private set; } = [];

    /// <summary>Tenants whose agents may be paid.</summary>
    public Guid[] PayeeTenants { get; private set; } = [];

    /// <summary>What may be paid for; empty for anything.</summary>
    public string[] Capabilities { get; private set; } = [];

    /// <summary>A label that payments must name; null for none.</summary>
    public string? Project { get; private set; }

    /// <summary>Not before.</summary>
    public DateTimeOffset StartsAt { get; private set; }

    /// <summary>Not from then on; null for no end.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>When it was taken back; null while it was not.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>When it was taken off the list, so that it binds its holder no more; null while it does.</summary>
    public DateTimeOffset? RemovedAt { get; private set; }

    /// <summary>When it was given.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Who gave it; null for a system actor.</summary>
    public PersonId? CreatedBy { get; private set; }

    /// <summary>Counts edits, from 1.</summary>
    public int Revision { get; private set; }

    /// <summary>Beginning of the period that <see cref="Spent"/> is of. Written by the ledger.</summary>
    public DateTimeOffset PeriodStartedAt { get; private set; }

    /// <summary>What is spent or held in that period, less what came back, in micro-units. Written by the ledger.</summary>
    public long Spent { get; private set; }

    /// <summary>The same since it was given. Written by the ledger.</summary>
    public long SpentInAll { get; private set; }

    /// <summary>Gives a mandate. Errors: of <see cref="MandateTerms.Check"/>.</summary>
    public static Result<Mandate> Give(MandateId id, TenantId tenant, AgentId agent, MandateTerms terms, PersonId? by, DateTimeOffset now)
    {
        if (terms.Check() is { } wrong)
            return wrong;
        var mandate = new Mandate
        {
            Id = id,
            TenantId = tenant,
            AgentId = agent,
            Currency = terms.Amount.Currency,
            CreatedAt = now,
            CreatedBy = by,
            PeriodStartedAt = PeriodAt(terms.Period, terms.StartsAt ?? now),
        };
        mandate.Take(terms, now);
        return mandate;
    }

    /// <summary>Replaces the terms; what is spent stays. Errors: of the terms, <see cref="MandateRules.Ended"/>, <see cref="MandateRules.CurrencyStays"/>.</summary>
    public Result<Done> Change(MandateTerms terms, DateTimeOffset now)
    {
        if (RevokedAt is not null)
            return MandateRules.Ended;
        if (terms.Check() is { } wrong)
            return wrong;
        if (terms.Amount.Currency != Currency)
            return MandateRules.CurrencyStays;
        Take(terms, now);
        return Done.Ok;
    }

    /// <summary>Takes it back, at once and for good. Again it changes nothing.</summary>
    public void Revoke(DateTimeOffset now)
    {
        RevokedAt ??= now;
        Revision++;
    }

    /// <summary>Takes it off the list, so that it binds its holder no more. Error: <see cref="MandateRules.StillLive"/>.</summary>
    public Result<Done> Remove(DateTimeOffset now)
    {
        if (RevokedAt is null && !(ExpiresAt <= now))
            return MandateRules.StillLive;
        RemovedAt ??= now;
        Revision++;
        return Done.Ok;
    }

    /// <summary>The beginning of the period that an instant lies in. The database's <c>ledger.period_at</c> says the same.</summary>
    public static DateTimeOffset PeriodAt(MandatePeriod period, DateTimeOffset at)
    {
        var day = new DateTimeOffset(at.UtcDateTime.Date, TimeSpan.Zero);
        return period switch
        {
            MandatePeriod.Daily => day,
            MandatePeriod.Weekly => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
            MandatePeriod.Monthly => day.AddDays(1 - day.Day),
            _ => DateTimeOffset.UnixEpoch,
        };
    }

    private void Take(MandateTerms terms, DateTimeOffset now)
    {
        Name = terms.Name.Trim();
        Amount = terms.Amount.MicroUnits;
        Period = terms.Period;
        PerCall = terms.PerCall?.MicroUnits;
        PayeeAgents = [.. terms.PayeeAgents.Select(a => a.Value).Distinct()];
        PayeeTenants = [.. terms.PayeeTenants.Select(t => t.Value).Distinct()];
        Capabilities = [.. terms.Capabilities.Select(c => c.Trim().ToLowerInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Project = terms.Project?.Trim();
        StartsAt = terms.StartsAt ?? (Revision == 0 ? now : StartsAt);
        ExpiresAt = terms.ExpiresAt;
        Revision++;
    }
}

/// <summary>Refusals of managing mandates.</summary>
public static class MandateRules
{
    /// <summary>A revoked mandate stays as it is.</summary>
    public static readonly Error Ended = Error.Conflict("mandates.ended", "The mandate was revoked; give a new one.");

    /// <summary>What is spent was in the old currency.</summary>
    public static readonly Error CurrencyStays = Error.Invalid("mandates.currency_stays", "A mandate keeps its currency; give a new one for another.");

    /// <summary>Removing it would set its holder free.</summary>
    public static readonly Error StillLive = Error.Conflict("mandates.still_live", "Revoke the mandate before you remove it.");

    /// <summary>Somebody else changed it.</summary>
    public static readonly Error Changed = new("mandates.changed", "The mandate was changed meanwhile; read it again.", ErrorKind.PreconditionFailed);

    /// <summary>The holder is none of the tenant's.</summary>
    public static readonly Error HolderNotFound = Error.Validation(new Dictionary<string, string[]> { ["agent_id"] = ["There is no such agent in your organisation."] });
}

/// <summary>What one call or contract took from a mandate. Written by the ledger only.</summary>
public sealed class MandateUse : ITenantOwned
{
    private MandateUse() { }

    /// <summary>The call or contract.</summary>
    public Guid SubjectId { get; private set; }

    /// <summary><c>call</c> or <c>contract</c>.</summary>
    public string SubjectType { get; private set; } = "";

    /// <summary>The mandate.</summary>
    public MandateId MandateId { get; private set; }

    /// <summary>Who pays.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The agent that spends.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>The agent that is paid; null while a contract has no winner.</summary>
    public AgentId? PayeeAgentId { get; private set; }

    /// <summary>Its owner; null while a contract has no winner.</summary>
    public TenantId? PayeeTenantId { get; private set; }

    /// <summary>The payment's project label; null for none.</summary>
    public string? Project { get; private set; }

    /// <summary>What was taken from the wallet, in micro-units.</summary>
    public long Taken { get; private set; }

    /// <summary>What came back to it, in micro-units.</summary>
    public long Returned { get; private set; }

    /// <summary>Beginning of the period it counts in.</summary>
    public DateTimeOffset PeriodStartedAt { get; private set; }

    /// <summary>When it was begun.</summary>
    public DateTimeOffset At { get; private set; }
}

/// <summary>A tenant's rules for what its agents spend.</summary>
public sealed class SpendPolicy : ITenantOwned
{
    private SpendPolicy() { }

    /// <summary>Whose.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>True when agents pay by mandate only.</summary>
    public bool MandatesRequired { get; private set; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset ChangedAt { get; private set; }

    /// <summary>The rules that hold where nothing was said.</summary>
    public static SpendPolicy Default(TenantId tenant, DateTimeOffset now) => new() { TenantId = tenant, ChangedAt = now };

    /// <summary>Changes them.</summary>
    public void Set(bool mandatesRequired, DateTimeOffset now) => (MandatesRequired, ChangedAt) = (mandatesRequired, now);
}
