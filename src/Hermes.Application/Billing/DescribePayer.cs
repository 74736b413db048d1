using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Sets what stands on invoices, and whether more than the plan is served and charged.</summary>
/// <param name="Email">Where invoices and warnings go; null for nowhere.</param>
/// <param name="LegalName">Null for the organisation's own name.</param>
/// <param name="Country">ISO 3166; null when not said.</param>
/// <param name="TaxId">Null for none.</param>
/// <param name="OverageAllowed">Whether requests beyond the plan's are served and charged.</param>
[Requires(Permissions.BillingManage)]
public sealed record DescribePayer(string? Email, string? LegalName, string? Country, string? TaxId, bool OverageAllowed) : ICommand<Done>, IWhileSuspended;

internal sealed class DescribePayerValidator : AbstractValidator<DescribePayer>
{
    public DescribePayerValidator()
    {
        RuleFor(r => r.Email).Must(e => string.IsNullOrWhiteSpace(e) || EmailAddress.IsValid(e.Trim())).WithMessage("Not an e-mail address.");
        RuleFor(r => r.LegalName).MaximumLength(BillingAccount.MaxText).Must(n => n is null || !n.Any(char.IsControl)).WithMessage("One line of visible characters.");
        RuleFor(r => r.Country).Must(c => string.IsNullOrWhiteSpace(c) || c.Trim() is { Length: 2 } two && two.All(char.IsAsciiLetter)).WithMessage("Two letters, such as DE.");
        RuleFor(r => r.TaxId).Must(t => string.IsNullOrWhiteSpace(t) || t.Trim() is { Length: >= 4 and <= 30 } id && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or ' ' or '.')).WithMessage("4 to 30 letters and digits, such as DE123456789.");
    }
}

internal sealed class DescribePayerHandler(CustomerDesk customers, IUnitOfWork work, ISystemScopes scopes, IAudit audit, ICurrentActor current) : IRequestHandler<DescribePayer, Result<Done>>
{
    public async Task<Result<Done>> Handle(DescribePayer request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var account = await customers.OpenAsync(tenant, cancellationToken);
        var before = new { account.Email, account.LegalName, account.Country, account.TaxId, account.OverageAllowed };
        account.Describe(Clean(request.Email), Clean(request.LegalName), Clean(request.Country)?.ToUpperInvariant(), Clean(request.TaxId)?.ToUpperInvariant());
        account.AllowOverage(request.OverageAllowed);
        audit.Record("billing.describe", "billing_account", tenant.Value, before, new { account.Email, account.LegalName, account.Country, account.TaxId, account.OverageAllowed });
        if (account.CustomerId is not null)
            work.AfterCommit(() => _ = TellAsync(tenant));
        return Done.Ok;
    }

    // What the provider does not hear now it hears with the next change; nothing here depends on it.
    private async Task TellAsync(TenantId tenant)
    {
        await using var scope = scopes.Begin("checkout", tenant);
        await scope.SendAsync(new TellProvider(), CancellationToken.None);
    }

    private static string? Clean(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
