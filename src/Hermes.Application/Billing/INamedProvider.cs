using Hermes.Domain.Billing;
using Hermes.Domain.Shared;

namespace Hermes.Application.Billing;

/// <summary>Whoever money comes from, by the name that stands in rows and in the address of its events.</summary>
public interface INamedProvider
{
    /// <summary>As in addresses and rows: <c>stripe</c>, <c>test</c>, <c>x402</c>.</summary>
    string Name { get; }

    /// <summary>False where it is not configured.</summary>
    bool IsThere { get; }

    /// <summary>The event, when it is signed as this provider signs. Errors: <see cref="BillingErrors.BadSignature"/>, <see cref="BillingErrors.BadEvent"/>; <see cref="BillingErrors.UnknownProvider"/> of one that sends none.</summary>
    /// <param name="payload">The bytes that were signed.</param>
    /// <param name="header">A header of the request by its name; null for one that did not come.</param>
    Result<ReceivedEvent> Verify(ReadOnlySpan<byte> payload, Func<string, string?> header);
}

/// <summary>The installation's providers by name: one for cards, plans and payouts, and x402 beside it.</summary>
public sealed class PaymentProviders(IEnumerable<INamedProvider> all)
{
    /// <summary>The provider of that name; null where it is not configured.</summary>
    public INamedProvider? Find(string name) => all.FirstOrDefault(p => p.IsThere && p.Name == name);
}
