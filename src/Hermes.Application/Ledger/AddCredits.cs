using FluentValidation;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Ledger;

/// <summary>Gives the tenant money that nobody paid, for development: off in Production.</summary>
/// <param name="Amount">How much, above zero and at most <see cref="CreditPolicy.MostAtOnce"/> units.</param>
[Requires(Permissions.BillingManage)]
public sealed record AddCredits(Money Amount) : ICommand<CreditsAdded>;

/// <summary>Credits that were added.</summary>
/// <param name="TransferId">Their transfer.</param>
/// <param name="Amount">How much.</param>
/// <param name="AddedAt">When.</param>
public sealed record CreditsAdded(TransferId TransferId, Money Amount, DateTimeOffset AddedAt);

/// <summary>Whether credits may be made out of nothing.</summary>
/// <param name="DevelopmentCredits">True outside Production, unless configured otherwise.</param>
/// <param name="MostAtOnce">In units of any currency.</param>
public sealed record CreditPolicy(bool DevelopmentCredits, long MostAtOnce = 1_000_000);

internal sealed class AddCreditsValidator : AbstractValidator<AddCredits>
{
    public AddCreditsValidator(CreditPolicy policy) => RuleFor(r => r.Amount)
        .Must(amount => amount.Currency != default && amount.IsPositive && amount.MicroUnits <= policy.MostAtOnce * Money.MicroPerUnit)
        .WithMessage($"More than 0 and at most {policy.MostAtOnce}.");
}

/// <summary>
/// The money comes from a platform account, which a person's session may not debit: so it goes through the group writer,
/// which commits by itself. The key makes a repetition, also one after a lost commit of the rest, find the same transfer.
/// </summary>
internal sealed class AddCreditsHandler(ILedger ledger, CreditPolicy policy, IIdempotencyKey idempotency, ICurrentActor current, IAudit audit, IOutbox outbox, TimeProvider clock)
    : IRequestHandler<AddCredits, Result<CreditsAdded>>
{
    // One for all runs of this handler by the unit of work.
    private readonly TransferId _id = Id.New<TransferId>(clock);

    public async Task<Result<CreditsAdded>> Handle(AddCredits request, CancellationToken cancellationToken)
    {
        if (!policy.DevelopmentCredits)
            return WalletErrors.CreditsOff;
        var tenant = current.Actor.RequiredTenant;
        var currency = request.Amount.Currency;
        var key = idempotency.Key is { } given ? $"credit:{current.Actor.SubjectId:N}:{Fold(given)}" : $"credit:{_id}";
        var transfer = Transfer.Move(_id, "wallet.credit", key, "tenant", tenant.Value,
            AccountRef.PaymentClearing(currency), AccountRef.Available(tenant, currency), request.Amount, "Development credits");
        if (!transfer.Succeeded)
            return transfer.Error;
        var posted = await ledger.PostAsync(transfer.Value, cancellationToken);
        if (!posted.Succeeded)
            return posted.Error == LedgerErrors.KeyReused ? WalletErrors.KeyReused : posted.Error;
        var added = new CreditsAdded(posted.Value.Id, request.Amount, posted.Value.PostedAt);
        audit.Record("wallet.credit", "wallet", tenant.Value, null, new { added.TransferId, added.Amount });
        outbox.Add(new LiveEvent("wallet.changed", "wallet", tenant.Value, tenant, new { purpose = "wallet.credit", amount = request.Amount }, Audience.Of(tenant)));
        return added;
    }

    // A caller's key may be as long as the ledger's whole key.
    private static string Fold(string key) =>
        key.Length <= 100 ? key : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)));
}
