using System.Security.Cryptography.X509Certificates;

namespace Hermes.Application.A2A.Public;

/// <summary>A card that was fetched and found valid.</summary>
/// <param name="Card">The card.</param>
/// <param name="Json">Its text as fetched.</param>
/// <param name="Url">Where it lies.</param>
/// <param name="Interface">The first interface that Hermes speaks.</param>
public sealed record FetchedCard(AgentCard Card, string Json, Uri Url, AgentInterface Interface);

/// <summary>Fetches cards.</summary>
public interface IAgentCardReader
{
    /// <summary>
    /// Fetches the card of the agent at an address: the address itself when it ends in <c>.json</c>, else
    /// <c>/.well-known/agent-card.json</c> below it, then at its origin, then the older <c>agent.json</c> likewise.
    /// </summary>
    /// <param name="endpoint">Where the agent is.</param>
    /// <param name="certificate">Proves Hermes at TLS, at the endpoint's own origin; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="A2ACallException">There is none, or it is not valid; the message says all that is wrong.</exception>
    Task<FetchedCard> ReadAsync(Uri endpoint, X509Certificate2? certificate, CancellationToken cancellationToken);
}
