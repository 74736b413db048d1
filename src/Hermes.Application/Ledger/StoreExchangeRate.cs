using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Ledger;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>Where rates come from. A rate that is used is stored with the conversion, if it was not stored before.</summary>
public interface IExchangeRates
{
    /// <summary>The rate that holds now; null when there is none that is recent enough.</summary>
    Task<ExchangeRate?> FindAsync(Currency from, Currency to, CancellationToken cancellationToken);

    /// <summary>What was stored for a pair, in either direction, at or after an instant. Waits for others that look at the pair in their transactions.</summary>
    Task<IReadOnlyList<ExchangeRate>> RecentAsync(Currency from, Currency to, DateTimeOffset since, CancellationToken cancellationToken);
}

/// <summary>
/// Stores a rate, which holds from now on in both directions. One that nothing is known to compare with, or that jumps
/// (<c>Hermes:Exchange:MostChangePercent</c>), needs a second operator first.
/// </summary>
/// <param name="Base">What is sold: a code.</param>
/// <param name="Quote">What is bought: a code.</param>
/// <param name="Rate">Units of the quote for one of the base, above 0, at most 1,000,000, ten decimals.</param>
/// <param name="AsOf">When it held; null for now. Not in the future.</param>
/// <param name="Source">Who says so, 1–60 characters.</param>
[RequiresOperator]
public sealed record StoreExchangeRate(string Base, string Quote, decimal Rate, DateTimeOffset? AsOf, string Source) : ICommand<ExchangeRateStored>, IAcrossTenants;

/// <summary>The stored rates, the latest first, at most a hundred.</summary>
[RequiresOperator]
public sealed record ListExchangeRates : IQuery<IReadOnlyList<ExchangeRateView>>;

/// <summary>What became of a rate.</summary>
/// <param name="Rate">As it is stored; null where another operator has to confirm it first.</param>
/// <param name="Proposal">What waits for that operator; null where the rate is stored.</param>
public sealed record ExchangeRateStored(ExchangeRateView? Rate, ProposalView? Proposal);

/// <summary>A stored rate.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Base">What is sold.</param>
/// <param name="Quote">What is bought.</param>
/// <param name="Rate">Units of the quote for one of the base.</param>
/// <param name="AsOf">When it held.</param>
/// <param name="Source">Who says so.</param>
/// <param name="StoredAt">When it was stored.</param>
public sealed record ExchangeRateView(ExchangeRateId Id, string Base, string Quote, decimal Rate, DateTimeOffset AsOf, string Source, DateTimeOffset StoredAt)
{
    internal static ExchangeRateView Of(ExchangeRate r) => new(r.Id, r.Base.Code, r.Quote.Code, r.Rate, r.AsOf, r.Source, r.StoredAt);
}

internal sealed class StoreExchangeRateValidator : AbstractValidator<StoreExchangeRate>
{
    public StoreExchangeRateValidator(TimeProvider clock)
    {
        RuleFor(r => r.Base).Must(code => Currency.TryParse(code, out _)).WithMessage("Not a currency that Hermes books.");
        RuleFor(r => r.Quote).Must((r, code) => Currency.TryParse(code, out _) && code != r.Base).WithMessage("Another currency that Hermes books.");
        RuleFor(r => r.Rate).GreaterThan(0.0000000001m).LessThanOrEqualTo(1_000_000);
        RuleFor(r => r.AsOf).Must(at => at is null || at <= clock.GetUtcNow()).WithMessage("Not in the future.");
        RuleFor(r => r.Source).NotEmpty().MaximumLength(RateBook.MaxSource);
    }
}

internal sealed class StoreExchangeRateHandler(ILedgerDb db, RateBook book, ISecondOperator second, TimeProvider clock)
    : IRequestHandler<StoreExchangeRate, Result<ExchangeRateStored>>, IRequestHandler<ListExchangeRates, Result<IReadOnlyList<ExchangeRateView>>>
{
    public async Task<Result<ExchangeRateStored>> Handle(StoreExchangeRate request, CancellationToken cancellationToken)
    {
        var (from, to) = (Currency.Parse(request.Base), Currency.Parse(request.Quote));
        var said = new ProposedRate.Act(from, to, request.Rate, request.AsOf ?? clock.GetUtcNow(), request.Source.Trim());
        if (await book.MovesAsync(from, to, request.Rate, cancellationToken) is RateMove.Little)
            return new ExchangeRateStored(ExchangeRateView.Of(book.Store(said.From, said.To, said.Rate, said.AsOf, said.Source)), null);
        var proposed = await second.ProposeAsync(ProposedRate.Of, said, "exchange_rate", ProposedRate.PairOf(from, to), Money.Of(1, from),
            FormattableString.Invariant($"Let {from} 1 buy {to} {request.Rate:0.##########}"), $"By {said.Source}", cancellationToken);
        return proposed.Succeeded ? new ExchangeRateStored(null, proposed.Value) : proposed.Error;
    }

    public async Task<Result<IReadOnlyList<ExchangeRateView>>> Handle(ListExchangeRates request, CancellationToken cancellationToken) =>
        (await db.ExchangeRates.AsNoTracking().OrderByDescending(r => r.AsOf).ThenByDescending(r => r.Id).Take(Paging.MaxLimit).ToListAsync(cancellationToken)).ConvertAll(ExchangeRateView.Of);
}

/// <summary>How a rate compares with what is known of its pair.</summary>
public enum RateMove
{
    /// <summary>Within what a rate may change in a day.</summary>
    Little,
    /// <summary>Farther than that from the present rate, or from one of the last day.</summary>
    Jump,
    /// <summary>There is nothing to compare it with.</summary>
    Unknown,
}

/// <summary>Compares and stores rates.</summary>
public sealed class RateBook(ILedgerDb db, IExchangeRates rates, ExchangeSettings settings, IAudit audit, TimeProvider clock)
{
    /// <summary>Longest source: what is derived from it puts a few words before it.</summary>
    public const int MaxSource = 60;

    /// <summary>
    /// Compares with the present rate and all of the last day, so that small steps don't add up to a jump. Whoever asks in a
    /// transaction holds the pair until it ends.
    /// </summary>
    public async Task<RateMove> MovesAsync(Currency from, Currency to, decimal rate, CancellationToken cancellationToken)
    {
        var known = (await rates.RecentAsync(from, to, clock.GetUtcNow().AddDays(-1), cancellationToken)).Select(r => r.Base == from ? r.Rate : 1 / r.Rate).ToList();
        if (await rates.FindAsync(from, to, cancellationToken) is { } present)
            known.Add(present.Rate);
        return known.Count == 0 ? RateMove.Unknown
            : known.Exists(k => Math.Max(rate, k) > Math.Min(rate, k) * (1 + settings.MostChangePercent / 100)) ? RateMove.Jump
            : RateMove.Little;
    }

    /// <summary>Stores a rate with the open transaction.</summary>
    public ExchangeRate Store(Currency from, Currency to, decimal rate, DateTimeOffset asOf, string source)
    {
        var now = clock.GetUtcNow();
        var stored = ExchangeRate.Of(Id.New<ExchangeRateId>(clock), from, to, rate, asOf, source, now);
        db.ExchangeRates.Add(stored);
        audit.Record("exchange.rate", "exchange_rate", stored.Id.Value, null, ExchangeRateView.Of(stored), TenantId.Platform);
        return stored;
    }
}

/// <summary>A rate that another operator confirmed.</summary>
public sealed class ProposedRate(RateBook book) : IProposedAct
{
    internal const string Of = "exchange.rate";

    /// <summary>What was proposed.</summary>
    internal sealed record Act(Currency From, Currency To, decimal Rate, DateTimeOffset AsOf, string Source);

    /// <inheritdoc />
    public string Kind => Of;

    /// <summary>The pair's own id, the same in both directions.</summary>
    internal static Guid PairOf(Currency from, Currency to) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('/', new[] { from.Code, to.Code }.Order(StringComparer.Ordinal)))).AsSpan(0, 16));

    /// <inheritdoc />
    public Task<Result<Done>> ExecuteAsync(JsonElement act, PersonId proposedBy, PersonId confirmedBy, CancellationToken cancellationToken)
    {
        var what = act.Deserialize<Act>(HermesJson.Options)!;
        book.Store(what.From, what.To, what.Rate, what.AsOf, what.Source);
        return Task.FromResult<Result<Done>>(Done.Ok);
    }
}
