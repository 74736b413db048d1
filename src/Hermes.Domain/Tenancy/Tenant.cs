using Hermes.Domain.Shared;

namespace Hermes.Domain.Tenancy;

/// <summary>An organisation: it owns agents, posts contracts, holds a wallet and has members.</summary>
public sealed class Tenant : IVersioned
{
    /// <summary>Most characters of a name.</summary>
    public const int MaxNameLength = 100;

    private Tenant(TenantId id, string slug, string name, DateTimeOffset createdAt)
    {
        Id = id;
        Slug = slug;
        Name = name;
        CreatedAt = createdAt;
    }

    /// <summary>Its id.</summary>
    public TenantId Id { get; private set; }

    /// <summary>Its name in addresses; unique, never changed.</summary>
    public string Slug { get; private set; }

    /// <summary>Its name for people.</summary>
    public string Name { get; private set; }

    /// <summary>Whether it may work.</summary>
    public TenantStatus Status { get; private set; } = TenantStatus.Active;

    /// <summary>What it subscribed to.</summary>
    public TenantPlan Plan { get; private set; } = TenantPlan.Free;

    /// <summary>Where others may write to; null when the tenant names none.</summary>
    public string? ContactEmail { get; private set; }

    /// <summary>When it was founded.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When it was suspended; null while it works.</summary>
    public DateTimeOffset? SuspendedAt { get; private set; }

    /// <summary>Why it is suspended, as the operator wrote it; null while it works.</summary>
    public string? SuspensionReason { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>A new, active tenant.</summary>
    /// <returns>Refused when slug or name break the rules.</returns>
    public static Result<Tenant> Found(TenantId id, string slug, string name, DateTimeOffset at)
    {
        if (Tenancy.Slug.Check(slug) is { } wrong)
            return wrong;
        return CleanName(name) is { } clean ? new Tenant(id, slug, clean, at) : TenancyErrors.NameInvalid;
    }

    /// <summary>The installation itself, whose slug is reserved for it.</summary>
    public static Tenant Platform(DateTimeOffset at) => new(TenantId.Platform, "platform", "Hermes", at);

    /// <summary>The name without surrounding blanks; null when it breaks the rules.</summary>
    public static string? CleanName(string? name)
    {
        var clean = name?.Trim();
        return string.IsNullOrEmpty(clean) || clean.Length > MaxNameLength || clean.Any(char.IsControl) ? null : clean;
    }

    /// <summary>Gives it another name.</summary>
    public Result<Done> Rename(string name)
    {
        if (CleanName(name) is not { } clean)
            return TenancyErrors.NameInvalid;
        Name = clean;
        return Done.Ok;
    }

    /// <summary>Sets or clears (null or blank) where others may write to.</summary>
    public Result<Done> SetContact(string? email)
    {
        var clean = email?.Trim();
        if (string.IsNullOrEmpty(clean))
            clean = null;
        else if (!EmailAddress.IsValid(clean))
            return TenancyErrors.ContactInvalid;
        ContactEmail = clean;
        return Done.Ok;
    }

    /// <summary>Stops it: people and agents are refused until it is reactivated.</summary>
    public Result<Done> Suspend(string? reason, DateTimeOffset at)
    {
        if (Id == TenantId.Platform)
            return TenancyErrors.PlatformFixed;
        if (Status != TenantStatus.Active)
            return TenancyErrors.NotActive;
        Status = TenantStatus.Suspended;
        SuspendedAt = at;
        SuspensionReason = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
        return Done.Ok;
    }

    /// <summary>Lets it work again.</summary>
    public Result<Done> Reactivate()
    {
        if (Status != TenantStatus.Suspended)
            return TenancyErrors.NotSuspended;
        Status = TenantStatus.Active;
        SuspendedAt = null;
        SuspensionReason = null;
        return Done.Ok;
    }
}
