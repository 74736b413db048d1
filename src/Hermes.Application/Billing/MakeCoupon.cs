using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>Makes a coupon that takes percents off a plan's price.</summary>
/// <param name="Code">What people enter.</param>
/// <param name="PercentOff">1–100.</param>
/// <param name="Months">For how many months; null: for good.</param>
[RequiresOperator]
public sealed record MakeCoupon(string Code, int PercentOff, int? Months = null) : ICommand<string>, IOwnTransaction;

internal sealed class MakeCouponValidator : AbstractValidator<MakeCoupon>
{
    public MakeCouponValidator()
    {
        RuleFor(r => r.Code).NotEmpty().Matches("^[A-Za-z0-9_-]{3,40}$").WithMessage("3 to 40 letters, digits, _ and -.");
        RuleFor(r => r.PercentOff).InclusiveBetween(1, 100);
        RuleFor(r => r.Months).InclusiveBetween(1, 60);
    }
}

internal sealed class MakeCouponHandler(IPaymentProvider provider, IUnitOfWork work, IAudit audit) : IRequestHandler<MakeCoupon, Result<string>>
{
    public async Task<Result<string>> Handle(MakeCoupon request, CancellationToken cancellationToken)
    {
        if (!provider.IsThere)
            return BillingErrors.NoProvider;
        var made = await provider.MakeCouponAsync(request.Code, request.PercentOff, request.Months, cancellationToken);
        if (!made.Succeeded)
            return made.Error;
        return await work.RunAsync<string>(() =>
        {
            audit.Record("coupon.make", "coupon", Guid.Empty, null, new { request.Code, request.PercentOff, request.Months }, TenantId.Platform);
            return Task.FromResult<Result<string>>(made.Value);
        }, cancellationToken);
    }
}
