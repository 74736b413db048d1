using Hermes.Domain.Shared;

namespace Hermes.Domain.Tenancy;

/// <summary>Refusals of tenancy.</summary>
public static class TenancyErrors
{
    /// <summary>No such tenant, or not for this caller.</summary>
    public static readonly Error NotFound = Error.NotFound("tenancy.not_found", "There is no such organisation.");

    /// <summary>The slug breaks the rules.</summary>
    public static readonly Error SlugInvalid = Error.Invalid("tenancy.slug_invalid",
        $"A short name has {Slug.MinLength} to {Slug.MaxLength} lower case letters, digits and single hyphens, with a letter or digit at both ends.");

    /// <summary>The slug is kept for the installation.</summary>
    public static readonly Error SlugReserved = Error.Invalid("tenancy.slug_reserved", "This short name is reserved. Choose another.");

    /// <summary>Another tenant has the slug.</summary>
    public static readonly Error SlugTaken = Error.Conflict("tenancy.slug_taken", "This short name is taken. Choose another.");

    /// <summary>The name is empty, too long or has control characters.</summary>
    public static readonly Error NameInvalid = Error.Invalid("tenancy.name_invalid", $"A name has 1 to {Tenant.MaxNameLength} visible characters.");

    /// <summary>The contact address is not an e-mail address.</summary>
    public static readonly Error ContactInvalid = Error.Invalid("tenancy.contact_invalid", "The contact address is not an e-mail address.");

    /// <summary>The tenant is suspended: its people and agents are refused.</summary>
    public static readonly Error Suspended = Error.Forbidden("tenancy.suspended", "This organisation is suspended. Ask the operator of this installation.");

    /// <summary>Only an active tenant can be suspended.</summary>
    public static readonly Error NotActive = Error.Conflict("tenancy.not_active", "This organisation is not active.");

    /// <summary>Only a suspended tenant can be reactivated.</summary>
    public static readonly Error NotSuspended = Error.Conflict("tenancy.not_suspended", "This organisation is not suspended.");

    /// <summary>The platform itself is not a customer and is never suspended.</summary>
    public static readonly Error PlatformFixed = Error.Conflict("tenancy.platform_fixed", "The platform's own organisation cannot be suspended.");

    /// <summary>The row was changed since it was read.</summary>
    public static readonly Error Changed = new("tenancy.changed", "The organisation was changed meanwhile. Read it again.", ErrorKind.PreconditionFailed);
}
