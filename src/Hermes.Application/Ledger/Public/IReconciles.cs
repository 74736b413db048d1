using Hermes.Domain.Shared;

namespace Hermes.Application.Ledger.Public;

/// <summary>What something that is open says is held for it; the reconciliation compares it with its escrow.</summary>
/// <param name="SubjectType"><c>contract</c>, <c>call</c>.</param>
/// <param name="SubjectId">Which one: the escrow account's owner.</param>
/// <param name="State">Its state, for people.</param>
/// <param name="Held">What should be held; zero for one that has ended.</param>
public sealed record HeldClaim(string SubjectType, Guid SubjectId, string State, Money Held);

/// <summary>Answers what should be held; each capability that holds money implements one.</summary>
public interface IHeldClaims
{
    /// <summary>Everything open for which something should be held. As the engine, across tenants.</summary>
    Task<IReadOnlyList<HeldClaim>> OpenAsync(CancellationToken cancellationToken);

    /// <summary>What this capability knows of these subjects, open or ended; those that are not its own are left out.</summary>
    Task<IReadOnlyList<HeldClaim>> OfAsync(IReadOnlyCollection<Guid> subjects, CancellationToken cancellationToken);
}

/// <summary>Money that a payment provider says it moved.</summary>
/// <param name="Provider">Which provider.</param>
/// <param name="Reference">The provider's own name of it, for people.</param>
/// <param name="SubjectType">The subject type of the ledger's transfer for it.</param>
/// <param name="SubjectId">The subject of that transfer.</param>
/// <param name="Amount">What came into the installation's account there; negative for what left it.</param>
/// <param name="At">When.</param>
public sealed record ProviderMovement(string Provider, string Reference, string SubjectType, Guid SubjectId, Money Amount, DateTimeOffset At);

/// <summary>
/// What a payment provider moved, for comparing with the entries on <c>payment_clearing</c>: each subject's movements are to add up to
/// the negative of its entries there.
/// </summary>
public interface IProviderMovements
{
    /// <summary>Subject types of the transfers that this provider stands behind; entries of others are not compared with it. None where there is no provider.</summary>
    IReadOnlyCollection<string> SubjectTypes { get; }

    /// <summary>Up to when its movements are known; nothing later is compared.</summary>
    Task<DateTimeOffset> KnownUntilAsync(CancellationToken cancellationToken);

    /// <summary>Movements at or after the first instant and before the second.</summary>
    Task<IReadOnlyList<ProviderMovement>> BetweenAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken);
}
