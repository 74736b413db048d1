using Hermes.Domain.Shared;

namespace Hermes.Application.Billing;

/// <summary>The pages of the built-in test provider. Where another provider works, there are none.</summary>
public interface ITestCheckouts
{
    /// <summary>False where the test provider is not used.</summary>
    bool IsThere { get; }

    /// <summary>A checkout; null when there is none.</summary>
    Task<TestCheckout?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Pays with a test card; where the payer goes then.</summary>
    Task<Result<string>> PayAsync(string id, string? card, CancellationToken cancellationToken);

    /// <summary>Ends a checkout; where the payer goes then.</summary>
    Task<Result<string>> ExpireAsync(string id, CancellationToken cancellationToken);

    /// <summary>Answers the bank's question about a payment; where the payer goes then.</summary>
    Task<Result<string>> AuthenticateAsync(string payment, bool approve, CancellationToken cancellationToken);

    /// <summary>Says who a payee is; where they go then.</summary>
    Task<Result<string>> OnboardAsync(string payee, string bank, CancellationToken cancellationToken);

    /// <summary>Pays an open invoice with the card on file; where the payer goes then.</summary>
    Task<Result<string>> PayInvoiceAsync(string invoice, CancellationToken cancellationToken);
}

/// <summary>A checkout of the test provider.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Mode"><c>payment</c>, <c>subscription</c> or <c>setup</c>.</param>
/// <param name="Status"><c>open</c>, <c>complete</c> or <c>expired</c>.</param>
/// <param name="Text">What is bought.</param>
/// <param name="Total">What it costs; null where nothing is charged.</param>
/// <param name="IsOver">Past its time.</param>
/// <param name="CancelUrl">Where the payer goes who doesn't pay.</param>
public sealed record TestCheckout(string Id, string Mode, string Status, string Text, Money? Total, bool IsOver, string? CancelUrl);
