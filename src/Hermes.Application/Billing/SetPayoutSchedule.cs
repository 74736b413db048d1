using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Sets when earnings are paid out by themselves.</summary>
/// <param name="Rhythm">How often.</param>
/// <param name="Threshold">The least that a scheduled payout pays, in units of any currency.</param>
[Requires(Permissions.BillingManage)]
public sealed record SetPayoutSchedule(PayoutRhythm Rhythm, decimal Threshold) : ICommand<Done>;

internal sealed class SetPayoutScheduleValidator : AbstractValidator<SetPayoutSchedule>
{
    public SetPayoutScheduleValidator()
    {
        RuleFor(r => r.Rhythm).IsInEnum();
        RuleFor(r => r.Threshold).InclusiveBetween(0, 1_000_000).PrecisionScale(12, 2, true);
    }
}

internal sealed class SetPayoutScheduleHandler(CustomerDesk customers, IAudit audit, ICurrentActor current) : IRequestHandler<SetPayoutSchedule, Result<Done>>
{
    public async Task<Result<Done>> Handle(SetPayoutSchedule request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var account = await customers.OpenAsync(tenant, cancellationToken);
        var before = new { account.Rhythm, account.ThresholdMicroUnits };
        account.Schedule(request.Rhythm, (long)(request.Threshold * Money.MicroPerUnit));
        audit.Record("payout_schedule.set", "billing_account", tenant.Value, before, new { account.Rhythm, account.ThresholdMicroUnits });
        return Done.Ok;
    }
}
