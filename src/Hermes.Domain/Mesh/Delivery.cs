using System.Security.Cryptography;
using System.Text;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>What one rule found in a result.</summary>
/// <param name="Rule"><c>json_schema</c>, <c>required_fields</c> or <c>size</c>.</param>
/// <param name="Score">0–1.</param>
/// <param name="Problems">What is wrong, as sentences; empty for a score of 1.</param>
public sealed record ValidationCheck(string Rule, decimal Score, IReadOnlyList<string> Problems)
{
    /// <summary>A result is as good as its worst check: the lowest score, four decimals; 1 without checks.</summary>
    public static decimal ScoreOf(IReadOnlyList<ValidationCheck> checks) =>
        checks.Count == 0 ? 1m : Math.Round(checks.Min(c => c.Score), 4, MidpointRounding.AwayFromZero);
}

/// <summary>A result as the winner handed it in.</summary>
public sealed class Delivery
{
    /// <summary>From this size on equal results say something.</summary>
    public const int TellingBytes = 64;

    private Delivery()
    {
    }

    /// <summary>The contract; it has one delivery at most.</summary>
    public ContractId ContractId { get; private set; }

    /// <summary>Who gets it.</summary>
    public TenantId PosterTenantId { get; private set; }

    /// <summary>The winner's owner.</summary>
    public TenantId WinnerTenantId { get; private set; }

    /// <summary>The winner.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>The result: JSON text as it was sent.</summary>
    public string Result { get; private set; } = "null";

    /// <summary>Its size in bytes of UTF-8.</summary>
    public int Bytes { get; private set; }

    /// <summary>SHA-256 of the result's text, lower-case hex: equal for equal results.</summary>
    public string ResultHash { get; private set; } = "";

    /// <summary>When it came.</summary>
    public DateTimeOffset DeliveredAt { get; private set; }

    /// <summary>What the rules found, in their order; empty without rules.</summary>
    public IReadOnlyList<ValidationCheck> Checks { get; private set; } = [];

    /// <summary>Records a result.</summary>
    public static Delivery Record(Contract contract, string result, int bytes, IReadOnlyList<ValidationCheck> checks, DateTimeOffset now) => new()
    {
        ContractId = contract.Id,
        PosterTenantId = contract.TenantId,
        WinnerTenantId = contract.WinnerTenantId!.Value,
        AgentId = contract.WinnerAgentId!.Value,
        Result = result,
        ResultHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(result))),
        Bytes = bytes,
        Checks = checks,
        DeliveredAt = now,
    };
}
