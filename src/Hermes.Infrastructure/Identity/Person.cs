using Hermes.Domain.Shared;
using Microsoft.AspNetCore.Identity;

namespace Hermes.Infrastructure.Identity;

/// <summary>A person's account: e-mail, password hash and lockout as ASP.NET Core Identity keeps them. Belongs to no tenant.</summary>
public sealed class Person : IdentityUser<Guid>
{
    /// <summary>As shown to others; the e-mail's local part until the person says otherwise.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>The tenant whose pages were last chosen; null before any.</summary>
    public TenantId? ChosenTenantId { get; set; }

    /// <summary>When the account was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }
}
