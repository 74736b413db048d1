using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>Gives an organisation a plan by agreement, without a provider.</summary>
/// <param name="Organisation">Its slug.</param>
/// <param name="Plan">Which plan.</param>
[RequiresOperator]
public sealed record AgreePlan(string Organisation, TenantPlan Plan) : ICommand<Done>, IAcrossTenants;

internal sealed class AgreePlanValidator : AbstractValidator<AgreePlan>
{
    public AgreePlanValidator()
    {
        RuleFor(r => r.Organisation).NotEmpty();
        RuleFor(r => r.Plan).IsInEnum();
    }
}

internal sealed class AgreePlanHandler(IBillingDb db, ITenants directory, ITenantPlans tenants, IOutbox outbox, IAudit audit, TimeProvider clock) : IRequestHandler<AgreePlan, Result<Done>>
{
    private static readonly Error NoTenant = Error.Validation(new Dictionary<string, string[]> { ["organisation"] = ["There is no such organisation."] });

    public async Task<Result<Done>> Handle(AgreePlan request, CancellationToken cancellationToken)
    {
        if (await directory.FindBySlugAsync(request.Organisation.Trim(), cancellationToken) is not { } tenant || tenant.Id == TenantId.Platform)
            return NoTenant;
        var subscription = await db.Subscriptions.SingleOrDefaultAsync(s => s.TenantId == tenant.Id, cancellationToken);
        if (subscription is { IsCharged: true })
            return BillingErrors.AlreadySubscribed;
        var before = subscription is null ? null : new { subscription.Plan };
        if (subscription is null)
            db.Subscriptions.Add(subscription = Subscription.Agree(tenant.Id, request.Plan, clock));
        else
            subscription.AgreeOn(request.Plan, clock);
        await tenants.SetAsync(tenant.Id, request.Plan, cancellationToken);
        audit.Record("subscription.agree", "subscription", tenant.Id.Value, before, new { subscription.Plan }, tenant.Id);
        outbox.Add(new LiveEvent("subscription.changed", "subscription", tenant.Id.Value, tenant.Id, new { subscription.Plan }, Audience.Of(tenant.Id)));
        return Done.Ok;
    }
}
