using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>A transfer in the ledger.</summary>
public readonly record struct TransferId(Guid Value) : IId<TransferId>
{
    /// <inheritdoc />
    public static TransferId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}
