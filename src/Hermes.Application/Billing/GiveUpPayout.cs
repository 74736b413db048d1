using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Gives a payout up that the provider does not take: what was transferred is taken back, then the earnings have it again.</summary>
/// <param name="Id">The payout; one that waits.</param>
/// <param name="Reason">Why, 1–300 characters; its tenant reads it.</param>
[RequiresOperator]
public sealed record GiveUpPayout(PayoutId Id, string? Reason) : ICommand<Done>, IAcrossTenants;

internal sealed class GiveUpPayoutValidator : AbstractValidator<GiveUpPayout>
{
    public GiveUpPayoutValidator() => RuleFor(r => r.Reason).NotEmpty().MaximumLength(300);
}

internal sealed class GiveUpPayoutHandler(IBillingDb db, IAudit audit, TimeProvider clock) : IRequestHandler<GiveUpPayout, Result<Done>>
{
    public async Task<Result<Done>> Handle(GiveUpPayout request, CancellationToken cancellationToken)
    {
        if (await db.Payouts.SingleOrDefaultAsync(p => p.Id == request.Id, cancellationToken) is not { } payout)
            return BillingErrors.PayoutNotFound;
        var before = new { payout.State, payout.Attempts, payout.Failure };
        if (payout.GiveUp(request.Reason!.Trim(), clock.GetUtcNow()).Error is { } refusal)
            return refusal;
        audit.Record("payout.give_up", "payout", payout.Id.Value, before, new { payout.State, payout.Failure }, payout.TenantId);
        return Done.Ok;
    }
}
