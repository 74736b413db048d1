using System.Net;
using Hermes.IntegrationTests.Shared;
using Hermes.Domain.Shared;

namespace Hermes.IntegrationTests.Identity;

/// <summary>The app with a first operator, whose token makes tenants; sign-ins are not rate limited.</summary>
public class OperatorApp : HermesApp
{
    public const string OperatorEmail = "operator@hermes.test";
    public const string OperatorPassword = "quartz lantern mosaic 71";
    public const string OperatorToken = "hp_operator-of-the-tests-0123456789abcdef";
    public const string Password = "copper violin harbour 29";
    private static int _slugs;

    public OperatorApp()
    {
        Set("Hermes:Bootstrap:Email", OperatorEmail);
        Set("Hermes:Bootstrap:Password", OperatorPassword);
        Set("Hermes:Bootstrap:Token", OperatorToken);
        Set("Hermes:RateLimits:SignInsPerMinute", "0");
        Set("Hermes:RateLimits:AddressPerMinute", "0");
        Set("Hermes:PublicUrl", "https://hermes.test");
    }

    /// <summary>A client of the operator.</summary>
    public HttpClient Operator() => Client(OperatorToken);

    /// <summary>A new tenant with its owner's token.</summary>
    public async Task<TestTenant> TenantAsync(string? email = null)
    {
        var slug = $"acme-{Interlocked.Increment(ref _slugs)}";
        email ??= $"owner@{slug}.test";
        var made = await (await Operator().PostJsonAsync("/api/v1/admin/tenants", new { name = slug, slug, owner = new { email, password = Password, name = "Olga Owner" } }))
            .JsonAsync(HttpStatusCode.Created);
        return new TestTenant(new TenantId(made.GetProperty("id").GetGuid()), slug, email, await TokenAsync(email, slug));
    }

    /// <summary>A person's token by password.</summary>
    public async Task<string> TokenAsync(string email, string? tenant = null, string password = Password) =>
        (await (await Client().PostJsonAsync("/api/v1/tokens", new { email, password, tenant, name = "test" })).JsonAsync(HttpStatusCode.Created))
        .GetProperty("token").GetString()!;
}

/// <summary>A tenant that a test works in.</summary>
public sealed record TestTenant(TenantId Id, string Slug, string Email, string Token);
