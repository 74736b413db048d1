using Hermes.Domain.Shared;

namespace Hermes.Domain.Identity;

/// <summary>A personal access token.</summary>
public readonly record struct TokenId(Guid Value) : IId<TokenId>
{
    /// <inheritdoc />
    public static TokenId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>A credential by which a person's programs call the API in one tenant, with no more than the person's own permissions there.</summary>
public sealed class PersonalAccessToken : ITenantOwned
{
    /// <summary>Most characters of a name.</summary>
    public const int MaxNameLength = 80;

    /// <summary>Longest life in days.</summary>
    public const int MaxDays = 366;

    private PersonalAccessToken(TokenId id, TenantId tenantId, PersonId personId, string name, byte[] tokenHash, string hint, string[] scopes, DateTimeOffset createdAt, DateTimeOffset? expiresAt, TokenId? parentId)
    {
        ParentId = parentId;
        Id = id;
        TenantId = tenantId;
        PersonId = personId;
        Name = name;
        TokenHash = tokenHash;
        Hint = hint;
        Scopes = scopes;
        CreatedAt = createdAt;
        ExpiresAt = expiresAt;
    }

    /// <summary>Its id.</summary>
    public TokenId Id { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>Whose.</summary>
    public PersonId PersonId { get; private set; }

    /// <summary>What for.</summary>
    public string Name { get; private set; }

    /// <summary>SHA-256 of the token.</summary>
    public byte[] TokenHash { get; private set; }

    /// <summary>What it is recognised by: its first characters.</summary>
    public string Hint { get; private set; }

    /// <summary>Permissions it is limited to; empty when it carries all of the person's.</summary>
    public string[] Scopes { get; private set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Until when it works, exclusive; null when it does not expire.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>The token that made it, with which it ends; null where a password or a session did.</summary>
    public TokenId? ParentId { get; private set; }

    /// <summary>When it was last used, to the minute; null when never.</summary>
    public DateTimeOffset? LastUsedAt { get; private set; }

    /// <summary>When it was revoked; null while it works.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>A new token.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="tenant">Where it works.</param>
    /// <param name="person">Whose.</param>
    /// <param name="name">What for.</param>
    /// <param name="secret">The token itself; only its hash is kept.</param>
    /// <param name="scopes">Permissions; null or empty for all of the person's.</param>
    /// <param name="days">Life in days; null for no expiry.</param>
    /// <param name="at">Now.</param>
    /// <param name="parent">The token that makes it, which it can't outlive and with which it is revoked; null where a password or a session does.</param>
    public static Result<PersonalAccessToken> Make(
        TokenId id, TenantId tenant, PersonId person, string? name, Secret secret, IReadOnlyCollection<string>? scopes, int? days, DateTimeOffset at, PersonalAccessToken? parent = null)
    {
        var clean = name?.Trim();
        if (string.IsNullOrEmpty(clean) || clean.Length > MaxNameLength || clean.Any(char.IsControl))
            return IdentityErrors.TokenNameInvalid;
        if (scopes is not null && !scopes.All(Permissions.ForPeople.Contains))
            return IdentityErrors.TokenScopeUnknown;
        if (days is < 1 or > MaxDays)
            return IdentityErrors.TokenLifetimeInvalid;
        if (parent is { Scopes.Length: > 0 })
        {
            scopes = scopes is { Count: > 0 } ? scopes : parent.Scopes;
            if (!scopes.All(parent.Scopes.Contains))
                return IdentityErrors.TokenScopeUnknown;
        }
        var expiresAt = days is { } d ? at.AddDays(d) : (DateTimeOffset?)null;
        if (parent?.ExpiresAt is { } end && !(expiresAt < end))
            expiresAt = end;
        return new PersonalAccessToken(id, tenant, person, clean, secret.Hash, secret.Hint,
            scopes is null ? [] : [.. scopes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            at, expiresAt, parent?.Id);
    }

    /// <summary>Ends it; ending it twice is fine.</summary>
    public void Revoke(DateTimeOffset at) => RevokedAt ??= at;
}
