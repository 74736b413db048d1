using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>An award's signed receipt as it was handed out; never changed.</summary>
public sealed class Receipt
{
    private Receipt()
    {
    }

    /// <summary>The contract.</summary>
    public ContractId ContractId { get; private set; }

    /// <summary>The award's round.</summary>
    public int Round { get; private set; }

    /// <summary>The receipt: a compact JWS whose payload is an <see cref="AwardReceipt"/>.</summary>
    public string Jws { get; private set; } = "";

    /// <summary>Id of the key that signed it.</summary>
    public string KeyId { get; private set; } = "";

    /// <summary>When it was signed.</summary>
    public DateTimeOffset SignedAt { get; private set; }

    /// <summary>Makes one.</summary>
    public static Receipt Of(ContractId contract, int round, string jws, string keyId, DateTimeOffset now) =>
        new() { ContractId = contract, Round = round, Jws = jws, KeyId = keyId, SignedAt = now };
}
