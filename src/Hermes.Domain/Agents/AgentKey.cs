using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Agents;

/// <summary>A key of an agent.</summary>
public readonly record struct AgentKeyId(Guid Value) : IId<AgentKeyId>
{
    /// <inheritdoc />
    public static AgentKeyId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>
/// What an agent signs in with. The key itself (<c>hk_</c> and 32 random bytes in base64url) is shown once; stored are
/// its SHA-256, which needs no salt for 256 random bits, and its first characters for people to tell keys apart.
/// </summary>
public sealed class AgentKey : ITenantOwned
{
    /// <summary>How every agent's key begins.</summary>
    public const string KeyPrefix = "hk_";

    /// <summary>Characters of a whole key: the prefix and 43 of base64url.</summary>
    public const int KeyLength = 46;

    /// <summary>Characters kept for display, <see cref="KeyPrefix"/> included.</summary>
    public const int ShownLength = 9;

    /// <summary>Longest time that a replaced key lives on.</summary>
    public static readonly TimeSpan MaxOverlap = TimeSpan.FromDays(30);

    private AgentKey() { }

    /// <summary>Its id.</summary>
    public AgentKeyId Id { get; private set; }

    /// <summary>Whose key it is.</summary>
    public AgentId AgentId { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>Its first characters.</summary>
    public string Prefix { get; private set; } = "";

    /// <summary>SHA-256 of the whole key, 32 bytes; unique.</summary>
    public byte[] Hash { get; private set; } = [];

    /// <summary>What it may do, from <see cref="Permissions.ForAgents"/>; empty for all of them.</summary>
    public string[] Scopes { get; private set; } = [];

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>From when on it is refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>When it was revoked; null while it is not.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>A new key and its text, which is kept nowhere.</summary>
    /// <param name="agent">Whose.</param>
    /// <param name="scopes">Null or empty for all.</param>
    /// <param name="expiresAt">In the future; null for never.</param>
    /// <param name="clock">The time.</param>
    public static Result<(AgentKey Key, string Text)> Make(Agent agent, IReadOnlyList<string>? scopes, DateTimeOffset? expiresAt, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        if (agent.Status == AgentStatus.Retired)
            return AgentErrors.Retired;
        var wanted = (scopes ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (Array.Find(wanted, s => !Permissions.ForAgents.Contains(s)) is { } unknown)
            return AgentErrors.Member("scopes", $"'{unknown}' is not a scope of agents.");
        if (expiresAt <= now)
            return AgentErrors.Member("expires_at", "In the future.");
        Span<byte> secret = stackalloc byte[32];
        RandomNumberGenerator.Fill(secret);
        var text = KeyPrefix + Base64Url.EncodeToString(secret);
        return (new AgentKey
        {
            Id = Domain.Shared.Id.New<AgentKeyId>(clock),
            AgentId = agent.Id,
            TenantId = agent.TenantId,
            Prefix = text[..ShownLength],
            Hash = HashOf(text),
            Scopes = wanted,
            CreatedAt = now,
            ExpiresAt = expiresAt,
        }, text);
    }

    /// <summary>SHA-256 of a key's text.</summary>
    public static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>True for a text that has a key's form; says nothing of whether the key exists.</summary>
    public static bool LooksLikeKey(string? text) =>
        text is { Length: KeyLength } && text.StartsWith(KeyPrefix, StringComparison.Ordinal) && Base64Url.IsValid(text.AsSpan(KeyPrefix.Length));

    /// <summary>True while the key is accepted.</summary>
    public bool IsLive(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || now < ExpiresAt);

    /// <summary>
    /// Lets a replaced key live on for the overlap and no longer; a key that would end sooner keeps its end, one that
    /// has ended stays as it is. An overlap of zero ends it now.
    /// </summary>
    public void EndAfter(TimeSpan overlap, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        if (!IsLive(now))
            return;
        var end = now + overlap;
        if (overlap <= TimeSpan.Zero)
            RevokedAt = now;
        else if (ExpiresAt is null || ExpiresAt > end)
            ExpiresAt = end;
    }

    /// <summary>Ends the key at once; refused when it is revoked already.</summary>
    public Result<Done> Revoke(TimeProvider clock)
    {
        if (RevokedAt is not null)
            return AgentErrors.KeyRevoked;
        RevokedAt = clock.GetUtcNow();
        return Done.Ok;
    }
}
