using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Billing;

/// <summary>A request to the test provider's API, which answers in Stripe's shapes: for trying Stripe's own libraries against it.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Target">Path after <c>/v1/</c> and query.</param>
/// <param name="Body">The form; null for none.</param>
/// <param name="Authorization">With the test provider's key.</param>
/// <param name="Key">Idempotency key; null for none.</param>
/// <param name="Account">The payee in whose name; null for the installation.</param>
[AllowsAnyone("Proved by the test provider's own key; nothing is real, and it is never there in Production.")]
public sealed record AskTestProvider(string Method, string Target, string? Body, string? Authorization, string? Key, string? Account) : ICommand<TestProviderAnswer>, IOwnTransaction;

/// <summary>What the test provider says.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">JSON.</param>
public sealed record TestProviderAnswer(int Status, string Body);

/// <summary>The test provider's API.</summary>
public interface ITestProviderApi
{
    /// <summary>Answers; null where the test provider is not used.</summary>
    Task<TestProviderAnswer?> AskAsync(AskTestProvider request, CancellationToken cancellationToken);
}

internal sealed class AskTestProviderHandler(ITestProviderApi api) : IRequestHandler<AskTestProvider, Result<TestProviderAnswer>>
{
    public async Task<Result<TestProviderAnswer>> Handle(AskTestProvider request, CancellationToken cancellationToken) =>
        await api.AskAsync(request, cancellationToken) is { } answer ? answer : BillingErrors.UnknownProvider;
}
