using System.Collections.Frozen;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Tenancy;

/// <summary>The name of a tenant in addresses: a label of a host name (<c>slug.apex</c>).</summary>
public static class Slug
{
    /// <summary>Fewest characters.</summary>
    public const int MinLength = 3;

    /// <summary>Most characters; a host name's label may have 63.</summary>
    public const int MaxLength = 40;

    /// <summary>Names that would be mistaken for a part of the installation.</summary>
    public static readonly FrozenSet<string> Reserved = new[]
    {
        "about", "account", "admin", "agents", "api", "app", "assets", "auth", "billing", "blog", "cdn", "console", "dashboard", "demo-mail",
        "dev", "docs", "federation", "health", "help", "hermes", "hub", "imap", "internal", "live", "localhost", "login", "mail", "marketplace", "metrics",
        "ns1", "ns2", "operator", "operators", "pay", "platform", "pop", "registry", "root", "saml", "sandbox", "scim", "security", "signin", "signup",
        "smtp", "sso", "staging", "static", "status", "support", "system", "test", "webhooks", "well-known", "wss", "www",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Null when the text is a slug, else what is wrong with it.</summary>
    public static Error? Check(string? text)
    {
        if (text is null || text.Length < MinLength || text.Length > MaxLength)
            return TenancyErrors.SlugInvalid;
        foreach (var c in text)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
                return TenancyErrors.SlugInvalid;
        if (text[0] == '-' || text[^1] == '-' || text.Contains("--", StringComparison.Ordinal))
            return TenancyErrors.SlugInvalid;
        return Reserved.Contains(text) ? TenancyErrors.SlugReserved : null;
    }

    /// <summary>A slug like the name, for a form's first suggestion; empty when the name has no usable characters.</summary>
    public static string Suggest(string name)
    {
        var slug = new System.Text.StringBuilder(name.Length);
        foreach (var c in name.Normalize(System.Text.NormalizationForm.FormD).ToLowerInvariant())
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
                slug.Append(c);
            else if ((char.IsWhiteSpace(c) || c is '-' or '_' or '.' or '&' or '/') && slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
            if (slug.Length == MaxLength)
                break;
        }
        return slug.ToString().Trim('-');
    }
}
