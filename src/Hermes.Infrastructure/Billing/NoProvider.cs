using Hermes.Application.Billing;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Billing;

/// <summary>An installation that takes no payments.</summary>
internal sealed class NoProvider : IPaymentProvider, ITestCheckouts, ITestProviderApi
{
    public string Name => "none";

    public bool IsThere => false;

    public Task<Result<string>> SaveCustomerAsync(string? id, CustomerDetails details, string key, CancellationToken cancellationToken) => No<string>();

    public Task<Result<CheckoutPage>> OpenCheckoutAsync(CheckoutOrder order, string key, CancellationToken cancellationToken) => No<CheckoutPage>();

    public Task<Result<CheckoutPage>> OpenSubscriptionCheckoutAsync(SubscriptionOrder order, string key, CancellationToken cancellationToken) => No<CheckoutPage>();

    public Task<Result<CheckoutPage>> OpenSetupCheckoutAsync(string customer, Uri back, string key, CancellationToken cancellationToken) => No<CheckoutPage>();

    public Task<Result<CheckoutFacts>> ReadCheckoutAsync(string id, CancellationToken cancellationToken) => No<CheckoutFacts>();

    public Task<Result<PaymentFacts>> OpenPaymentAsync(CheckoutOrder order, string key, CancellationToken cancellationToken) => No<PaymentFacts>();

    public Task<Result<PaymentFacts>> ConfirmPaymentAsync(string id, string method, Uri back, string key, CancellationToken cancellationToken) => No<PaymentFacts>();

    public Task<Result<PaymentFacts>> ReadPaymentAsync(string id, CancellationToken cancellationToken) => No<PaymentFacts>();

    public Task<Result<Done>> RefundAsync(string payment, long minor, string key, CancellationToken cancellationToken) => No<Done>();

    public Task<Result<SubscriptionFacts>> ReadSubscriptionAsync(string id, CancellationToken cancellationToken) => No<SubscriptionFacts>();

    public Task<Result<PlanChangePreview>> PreviewChangeAsync(string subscription, TenantPlan plan, DateTimeOffset at, CancellationToken cancellationToken) => No<PlanChangePreview>();

    public Task<Result<SubscriptionFacts>> ChangeAsync(string subscription, TenantPlan plan, DateTimeOffset? at, string key, CancellationToken cancellationToken) => No<SubscriptionFacts>();

    public Task<Result<SubscriptionFacts>> SetCancelAsync(string subscription, bool atPeriodEnd, string key, CancellationToken cancellationToken) => No<SubscriptionFacts>();

    public Task<Result<Done>> ReportUsageAsync(string customer, string meter, long units, DateTimeOffset at, string key, CancellationToken cancellationToken) => No<Done>();

    public Task<Result<InvoiceFacts>> ReadInvoiceAsync(string id, CancellationToken cancellationToken) => No<InvoiceFacts>();

    public Task<Result<string>> MakeCouponAsync(string code, int percentOff, int? months, CancellationToken cancellationToken) => No<string>();

    public Task<Result<string>> OpenPayeeAsync(PayeeDetails details, string key, CancellationToken cancellationToken) => No<string>();

    public Task<Result<Uri>> OnboardAsync(string payee, Uri back, Uri again, CancellationToken cancellationToken) => No<Uri>();

    public Task<Result<PayeeFacts>> ReadPayeeAsync(string id, CancellationToken cancellationToken) => No<PayeeFacts>();

    public Task<Result<string>> TransferAsync(string payee, long minor, Currency currency, string reference, string key, CancellationToken cancellationToken) => No<string>();

    public Task<Result<Done>> ReverseTransferAsync(string transfer, long minor, string key, CancellationToken cancellationToken) => No<Done>();

    public Task<Result<PayoutFacts>> PayOutAsync(string payee, long minor, Currency currency, string reference, DateTimeOffset since, string key, CancellationToken cancellationToken) => No<PayoutFacts>();

    public Task<Result<PayoutFacts>> ReadPayoutAsync(string payee, string id, CancellationToken cancellationToken) => No<PayoutFacts>();

    public Task<Result<Listed<ReceivedEvent>>> ListEventsAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken) => No<Listed<ReceivedEvent>>();

    public Task<Result<Listed<BalanceMovement>>> ListBalanceAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken) => No<Listed<BalanceMovement>>();

    public Task<Result<string?>> FindInvoiceAsync(string payment, CancellationToken cancellationToken) => No<string?>();

    public Result<ReceivedEvent> Verify(ReadOnlySpan<byte> payload, Func<string, string?> header) => BillingErrors.NoProvider;

    public ProviderFact Understand(string type, string payload) => new ProviderFact.Nothing();

    public Task<TestCheckout?> FindAsync(string id, CancellationToken cancellationToken) => Task.FromResult<TestCheckout?>(null);

    public Task<Result<string>> PayAsync(string id, string? card, CancellationToken cancellationToken) => No<string>();

    public Task<Result<string>> ExpireAsync(string id, CancellationToken cancellationToken) => No<string>();

    public Task<Result<string>> AuthenticateAsync(string payment, bool approve, CancellationToken cancellationToken) => No<string>();

    public Task<Result<string>> OnboardAsync(string payee, string bank, CancellationToken cancellationToken) => No<string>();

    public Task<Result<string>> PayInvoiceAsync(string invoice, CancellationToken cancellationToken) => No<string>();

    public Task<TestProviderAnswer?> AskAsync(AskTestProvider request, CancellationToken cancellationToken) => Task.FromResult<TestProviderAnswer?>(null);

    private static Task<Result<T>> No<T>() => Task.FromResult<Result<T>>(BillingErrors.NoProvider);
}
