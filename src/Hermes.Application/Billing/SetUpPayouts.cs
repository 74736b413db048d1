using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Opens the provider's page on which the tenant says who it is and where payouts go.</summary>
/// <param name="Country">ISO 3166 of where the payee is.</param>
[Requires(Permissions.BillingManage)]
public sealed record SetUpPayouts(string Country) : ICommand<Uri>, IOwnTransaction;

internal sealed class SetUpPayoutsValidator : AbstractValidator<SetUpPayouts>
{
    public SetUpPayoutsValidator() => RuleFor(r => r.Country).Must(c => c is { Length: 2 } && c.All(char.IsAsciiLetterUpper)).WithMessage("Two capital letters, such as US.");
}

internal sealed class SetUpPayoutsHandler(IPaymentProvider provider, CustomerDesk customers, IUnitOfWork work, IPublicLinks links, IAudit audit, ICurrentActor current) : IRequestHandler<SetUpPayouts, Result<Uri>>
{
    public async Task<Result<Uri>> Handle(SetUpPayouts request, CancellationToken cancellationToken)
    {
        if (!provider.IsThere)
            return BillingErrors.NoProvider;
        var tenant = current.Actor.RequiredTenant;
        var account = await work.RunAsync<(string? Payee, string? Email)>(async () =>
        {
            var opened = await customers.OpenAsync(tenant, cancellationToken);
            return (opened.PayeeId, opened.Email);
        }, cancellationToken);
        if (!account.Succeeded)
            return account.Error;
        var payee = account.Value.Payee;
        if (payee is null)
        {
            var opened = await provider.OpenPayeeAsync(new PayeeDetails(account.Value.Email, request.Country, tenant), $"payee:{tenant}:{request.Country}", cancellationToken);
            if (!opened.Succeeded)
                return opened.Error;
            var stored = await work.RunAsync<string>(async () =>
            {
                var known = await customers.OpenAsync(tenant, cancellationToken);
                known.KnowPayee(opened.Value);
                audit.Record("payout_account.open", "billing_account", tenant.Value, null, new { known.PayeeId, request.Country });
                return known.PayeeId!;
            }, cancellationToken);
            if (!stored.Succeeded)
                return stored.Error;
            payee = stored.Value;
        }
        var back = new Uri(links.To("/billing/payouts"));
        return await provider.OnboardAsync(payee, back, back, cancellationToken);
    }
}
