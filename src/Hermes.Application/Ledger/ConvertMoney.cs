using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;

namespace Hermes.Application.Ledger;

/// <summary>
/// Changes available money into another currency at the stored rate. One transfer, balanced in each currency through the
/// installation's exchange account, which a tenant's session may not take from: so it runs as the engine.
/// </summary>
/// <param name="Sold">What to sell, above zero.</param>
/// <param name="To">The other currency's code.</param>
/// <param name="AtLeast">The least to accept for it, in the other currency; null for whatever the rate gives.</param>
[Requires(Permissions.BillingManage)]
public sealed record ConvertMoney(Money Sold, string To, Money? AtLeast = null) : ICommand<ConversionView>, IAcrossTenants, IPays
{
    /// <summary>True for an intended repeat of the very same conversion.</summary>
    public bool Repeat { get; init; }

    /// <inheritdoc />
    public PaymentCause? Cause => Repeat ? null : new PaymentCause("wallet.convert", Guid.Empty, Sold, $"{To}");
}

/// <summary>What an amount buys at this moment.</summary>
/// <param name="Sold">What would be sold, above zero.</param>
/// <param name="To">The other currency's code.</param>
[Requires(Permissions.BillingView)]
public sealed record QuoteConversion(Money Sold, string To) : IQuery<ConversionQuote>;

/// <summary>An offer; the rate may move until it is taken.</summary>
/// <param name="Sold">What is sold.</param>
/// <param name="Bought">What it buys, rounded down to the micro-unit.</param>
/// <param name="Rate">Units of the bought currency for one unit of the sold one.</param>
/// <param name="RateAsOf">When the rate held.</param>
/// <param name="Source">Who says so.</param>
/// <param name="SpreadBasisPoints">What the installation keeps, in hundredths of a percent of what is bought.</param>
public sealed record ConversionQuote(Money Sold, Money Bought, decimal Rate, DateTimeOffset RateAsOf, string Source, int SpreadBasisPoints);

/// <summary>A conversion that was made.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Sold">What was sold.</param>
/// <param name="Bought">What was bought.</param>
/// <param name="Rate">Units of the bought currency for one unit of the sold one.</param>
/// <param name="RateAsOf">When the rate held.</param>
/// <param name="SpreadBasisPoints">What the installation kept, in hundredths of a percent.</param>
/// <param name="TransferId">Its transfer.</param>
/// <param name="At">When.</param>
public sealed record ConversionView(ConversionId Id, Money Sold, Money Bought, decimal Rate, DateTimeOffset RateAsOf, int SpreadBasisPoints, TransferId TransferId, DateTimeOffset At)
{
    internal static ConversionView Of(Conversion c) => new(c.Id, c.Sold, c.Bought, c.Rate, c.RateAsOf, c.SpreadBasisPoints, c.TransferId, c.At);
}

internal sealed class ConvertMoneyValidator : AbstractValidator<ConvertMoney>
{
    public ConvertMoneyValidator()
    {
        RuleFor(r => r.Sold).Must(m => m.Currency != default && m.IsPositive && m.MicroUnits <= Money.MaxAmountMicroUnits).WithMessage("More than 0, in a currency that Hermes books.");
        RuleFor(r => r.To).Must(code => Currency.TryParse(code, out _)).WithMessage("Not a currency that Hermes books.");
        RuleFor(r => r.AtLeast).Must((r, least) => least is null || least.Value.Currency != default && least.Value.Currency.Code == r.To && least.Value.MicroUnits >= 0).WithMessage("In the currency to convert to.");
    }
}

internal sealed class QuoteConversionValidator : AbstractValidator<QuoteConversion>
{
    public QuoteConversionValidator()
    {
        RuleFor(r => r.Sold).Must(m => m.Currency != default && m.IsPositive && m.MicroUnits <= Money.MaxAmountMicroUnits).WithMessage("More than 0, in a currency that Hermes books.");
        RuleFor(r => r.To).Must(code => Currency.TryParse(code, out _)).WithMessage("Not a currency that Hermes books.");
    }
}

/// <summary>What is right of an offer, whoever asks for it.</summary>
internal static class Offers
{
    public static async Task<Result<(ExchangeRate Rate, Money Bought)>> MakeAsync(IExchangeRates rates, ExchangeSettings settings, Money sold, string to, CancellationToken cancellationToken)
    {
        if (!settings.Enabled)
            return ExchangeErrors.Off;
        var currency = Currency.Parse(to);
        if (currency == sold.Currency)
            return ExchangeErrors.SameCurrency;
        if (await rates.FindAsync(sold.Currency, currency, cancellationToken) is not { } rate)
            return ExchangeErrors.NoRate;
        Money bought;
        try
        {
            bought = Conversion.Buys(sold, rate, settings.SpreadBasisPoints);
        }
        catch (OverflowException)
        {
            return LedgerErrors.OutOfRange;
        }
        return bought.IsPositive ? bought.MicroUnits > Money.MaxAmountMicroUnits ? LedgerErrors.OutOfRange : (rate, bought) : ExchangeErrors.BuysNothing;
    }
}

internal sealed class ConvertMoneyHandler(
    ILedgerDb db, ILedger ledger, IExchangeRates rates, ExchangeSettings settings, IAudit audit, IOutbox outbox, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ConvertMoney, Result<ConversionView>>, IRequestHandler<QuoteConversion, Result<ConversionQuote>>
{
    public async Task<Result<ConversionQuote>> Handle(QuoteConversion request, CancellationToken cancellationToken)
    {
        var offer = await Offers.MakeAsync(rates, settings, request.Sold, request.To, cancellationToken);
        return offer.Succeeded
            ? new ConversionQuote(request.Sold, offer.Value.Bought, offer.Value.Rate.Rate, offer.Value.Rate.AsOf, offer.Value.Rate.Source, settings.SpreadBasisPoints)
            : offer.Error;
    }

    public async Task<Result<ConversionView>> Handle(ConvertMoney request, CancellationToken cancellationToken)
    {
        var (tenant, sold) = (current.Actor.RequiredTenant, request.Sold);
        var offer = await Offers.MakeAsync(rates, settings, sold, request.To, cancellationToken);
        if (!offer.Succeeded)
            return offer.Error;
        var (rate, bought) = offer.Value;
        if (request.AtLeast is { } least && bought < least)
            return ExchangeErrors.BelowMinimum;
        var (id, transferId) = (Id.New<ConversionId>(clock), Id.New<TransferId>(clock));
        var transfer = Transfer.Create(transferId, "wallet.convert", $"convert:{id}", "conversion", id.Value,
        [
            new(AccountRef.Available(tenant, sold.Currency), -sold.MicroUnits),
            new(AccountRef.Exchange(sold.Currency), sold.MicroUnits),
            new(AccountRef.Exchange(bought.Currency), -bought.MicroUnits),
            new(AccountRef.Available(tenant, bought.Currency), bought.MicroUnits),
        ], string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{sold} to {bought} at {rate.Rate:0.##########}"));
        if (!transfer.Succeeded)
            return transfer.Error;
        var posted = await ledger.PostWithinAsync([transfer.Value], cancellationToken);
        if (!posted.Succeeded)
            return posted.Error;
        if (await db.ExchangeRates.FindAsync([rate.Id], cancellationToken) is null)
            db.ExchangeRates.Add(rate);
        var made = Conversion.Make(id, tenant, sold, bought, rate, settings.SpreadBasisPoints, transferId, posted.Value[0].PostedAt);
        db.Conversions.Add(made);
        var view = ConversionView.Of(made);
        audit.Record("wallet.convert", "wallet", tenant.Value, null, view, tenant);
        outbox.Add(new LiveEvent("wallet.changed", "wallet", tenant.Value, tenant, new { purpose = "wallet.convert", sold, bought }, Audience.Of(tenant)));
        return view;
    }
}
