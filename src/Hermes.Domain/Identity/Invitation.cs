using Hermes.Domain.Shared;

namespace Hermes.Domain.Identity;

/// <summary>An invitation.</summary>
public readonly record struct InvitationId(Guid Value) : IId<InvitationId>
{
    /// <inheritdoc />
    public static InvitationId From(Guid value) => new(value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}

/// <summary>Where an invitation stands.</summary>
public enum InvitationState
{
    /// <summary>It can be accepted.</summary>
    Open,
    /// <summary>It was accepted.</summary>
    Accepted,
    /// <summary>It was taken back.</summary>
    Revoked,
    /// <summary>Nobody accepted it in time.</summary>
    Expired,
}

/// <summary>An e-mail to somebody who shall become a member; its link carries a secret that is stored only as a hash.</summary>
public sealed class Invitation : ITenantOwned
{
    /// <summary>How long the link works.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private Invitation(InvitationId id, TenantId tenantId, string email, string role, byte[] tokenHash, PersonId invitedBy, DateTimeOffset createdAt)
    {
        Id = id;
        TenantId = tenantId;
        Email = email;
        Role = role;
        TokenHash = tokenHash;
        InvitedBy = invitedBy;
        CreatedAt = createdAt;
        ExpiresAt = createdAt + Lifetime;
    }

    /// <summary>Its id.</summary>
    public InvitationId Id { get; private set; }

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>To whom.</summary>
    public string Email { get; private set; }

    /// <summary>The role that the new member gets.</summary>
    public string Role { get; private set; }

    /// <summary>SHA-256 of the link's secret.</summary>
    public byte[] TokenHash { get; private set; }

    /// <summary>By whom.</summary>
    public PersonId InvitedBy { get; private set; }

    /// <summary>When.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Until when it can be accepted, exclusive.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>When it was accepted; null before.</summary>
    public DateTimeOffset? AcceptedAt { get; private set; }

    /// <summary>When it was taken back; null else.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>A new invitation.</summary>
    public static Result<Invitation> Send(InvitationId id, TenantId tenant, string email, string role, Secret secret, PersonId by, DateTimeOffset at)
    {
        if (!EmailAddress.IsValid(email.Trim()))
            return IdentityErrors.EmailInvalid;
        return BuiltInRoles.IsAssignable(role)
            ? new Invitation(id, tenant, email.Trim(), role, secret.Hash, by, at)
            : IdentityErrors.RoleUnknown;
    }

    /// <summary>Where it stands now.</summary>
    public InvitationState StateAt(DateTimeOffset now) => this switch
    {
        { AcceptedAt: not null } => InvitationState.Accepted,
        { RevokedAt: not null } => InvitationState.Revoked,
        _ => now < ExpiresAt ? InvitationState.Open : InvitationState.Expired,
    };

    /// <summary>Uses it.</summary>
    public Result<Done> Accept(DateTimeOffset now)
    {
        if (StateAt(now) != InvitationState.Open)
            return IdentityErrors.InvitationOver;
        AcceptedAt = now;
        return Done.Ok;
    }

    /// <summary>Takes it back.</summary>
    public Result<Done> Revoke(DateTimeOffset now)
    {
        if (AcceptedAt is not null || RevokedAt is not null)
            return IdentityErrors.InvitationOver;
        RevokedAt = now;
        return Done.Ok;
    }
}
