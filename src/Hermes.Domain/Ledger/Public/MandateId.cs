using Hermes.Domain.Shared;

namespace Hermes.Domain.Ledger.Public;

/// <summary>A spend mandate.</summary>
public readonly record struct MandateId(Guid Value) : IId<MandateId>
{
    /// <inheritdoc />
    public static MandateId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}
