using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hermes.Infrastructure.Agents;

/// <summary>
/// Encrypts with the installation's keys. A credential goes to the origin of the registered endpoint only: a card that
/// names an interface elsewhere, because it was changed by others, gets none.
/// </summary>
internal sealed class CallCredentials(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource engine, IDataProtectionProvider protection, IOutgoingHttp http, TimeProvider clock) : ICallCredentials
{
    private static readonly OutgoingLimits TokenLimits = new() { Total = TimeSpan.FromSeconds(10), Silence = TimeSpan.FromSeconds(10), MaxBytes = 64 * 1024, MaxRedirects = 0 };
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(30);

    // Tokens by agent and by when its credential was set: a new credential asks anew.
    private readonly ConcurrentDictionary<AgentId, (DateTimeOffset SetAt, string Token, DateTimeOffset Until)> _tokens = new();

    // Certificates likewise; one that was replaced may still be in use and is left to the finaliser.
    private readonly ConcurrentDictionary<AgentId, (DateTimeOffset SetAt, X509Certificate2 Certificate)> _certificates = new();

    private IDataProtector Protector => protection.CreateProtector("hermes.agent-credentials");

    public byte[] Protect(CredentialContent content) => Protector.Protect(JsonSerializer.SerializeToUtf8Bytes(content, HermesJson.Options));

    public async Task<A2ATarget> TargetAsync(AgentId agent, Uri endpoint, AgentCard card, AgentInterface at, CancellationToken cancellationToken)
    {
        var target = new A2ATarget(new Uri(at.Url), at.ProtocolBinding, string.IsNullOrEmpty(at.Tenant) ? null : at.Tenant);
        if (!IsSameOrigin(endpoint, target.Url) ||
            await ReadAsync(agent, cancellationToken) is not var (content, setAt))
            return target;
        return content.Kind switch
        {
            CredentialKind.Bearer => With("Authorization", $"Bearer {content.Secret}"),
            CredentialKind.Basic => With("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{content.Name}:{content.Secret}"))),
            CredentialKind.OauthClientCredentials => With("Authorization", $"Bearer {await TokenAsync(agent, content, setAt, endpoint, card, cancellationToken)}"),
            CredentialKind.ClientCertificate => target with { ClientCertificate = CertificateOf(agent, content, setAt) },
            _ => WithKey(content, card.SecuritySchemes?.Values.Select(s => s?.ApiKeySecurityScheme).FirstOrDefault(s => s is not null)),
        };

        A2ATarget With(string name, string value) => target with { Headers = [new(name, value)] };

        A2ATarget WithKey(CredentialContent key, ApiKeySecurityScheme? scheme)
        {
            var (name, location) = (key.Name ?? scheme?.Name, key.Location ?? scheme?.Location ?? "header");
            if (string.IsNullOrEmpty(name))
                throw new A2ACallException(A2AFailure.Unauthorized, "Neither the credential nor the card says where the key goes.") { NeverSent = true };
            return location switch
            {
                "query" => target with { Query = [new(name, key.Secret)] },
                "cookie" => With("Cookie", $"{name}={Uri.EscapeDataString(key.Secret)}"),
                _ => With(name, key.Secret),
            };
        }
    }

    public async Task<X509Certificate2?> CertificateAsync(AgentId agent, CancellationToken cancellationToken) =>
        await ReadAsync(agent, cancellationToken) is ({ Kind: CredentialKind.ClientCertificate } content, var setAt) ? CertificateOf(agent, content, setAt) : null;

    public bool Forget(AgentId agent) => _tokens.TryRemove(agent, out _);

    private static bool IsSameOrigin(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private X509Certificate2 CertificateOf(AgentId agent, CredentialContent content, DateTimeOffset setAt)
    {
        if (_certificates.TryGetValue(agent, out var known) && known.SetAt == setAt)
            return known.Certificate;
        var read = ClientCertificates.Read(content.Secret, content.Password);
        if (!read.Succeeded)
            throw new A2ACallException(A2AFailure.Unauthorized, "The stored certificate can't be read any more; set it again.") { NeverSent = true };
        _certificates[agent] = (setAt, read.Value);
        return read.Value;
    }

    private async Task<(CredentialContent Content, DateTimeOffset SetAt)?> ReadAsync(AgentId agent, CancellationToken cancellationToken)
    {
        await using var command = engine.CreateCommand("SELECT content, set_at FROM agents.call_credentials WHERE agent_id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = agent.Value });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            return null;
        try
        {
            return (JsonSerializer.Deserialize<CredentialContent>(Protector.Unprotect(row.GetFieldValue<byte[]>(0)), HermesJson.Options)!, row.GetFieldValue<DateTimeOffset>(1));
        }
        catch (CryptographicException failure)
        {
            throw new A2ACallException(A2AFailure.Unauthorized, "The stored credential can't be read any more; set it again.", failure) { NeverSent = true };
        }
    }

    private async Task<string> TokenAsync(AgentId agent, CredentialContent content, DateTimeOffset setAt, Uri endpoint, AgentCard card, CancellationToken cancellationToken)
    {
        if (_tokens.TryGetValue(agent, out var known) && known.SetAt == setAt && clock.GetUtcNow() < known.Until)
            return known.Token;
        var url = content.TokenUrl ?? card.SecuritySchemes?.Values.Select(s => s?.Oauth2SecurityScheme?.Flows?.ClientCredentials?.TokenUrl).FirstOrDefault(u => u is not null);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var tokenUrl))
            throw new A2ACallException(A2AFailure.Unauthorized, "Neither the credential nor the card says where a token is got.") { NeverSent = true };
        // The card is what its server says today: it can't send the secret elsewhere. Another origin is the owner's to name.
        if (content.TokenUrl is null && !IsSameOrigin(endpoint, tokenUrl))
            throw new A2ACallException(A2AFailure.Unauthorized, "The card's token address is at another origin than the agent; name it in the credential (token_url).") { NeverSent = true };
        var form = "grant_type=client_credentials" + (string.IsNullOrWhiteSpace(content.Scopes) ? "" : "&scope=" + Uri.EscapeDataString(content.Scopes));
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(content.Name!)}:{Uri.EscapeDataString(content.Secret)}"));
        OutgoingAnswer answer;
        try
        {
            answer = await http.SendAsync(new OutgoingRequest(HttpMethod.Post, tokenUrl)
            {
                Body = Encoding.UTF8.GetBytes(form),
                ContentType = "application/x-www-form-urlencoded",
                Headers = [new("Accept", "application/json")],
                Secrets = [new("Authorization", $"Basic {basic}")],
            }, TokenLimits, cancellationToken);
        }
        catch (OutgoingFailedException failure)
        {
            throw new A2ACallException(A2AFailure.Unauthorized, $"No token was got: {failure.Message}", failure) { NeverSent = true };
        }
        if (!answer.Succeeded || ReadToken(answer) is not var (token, seconds))
            throw new A2ACallException(A2AFailure.Unauthorized, $"No token was got: the server of tokens answered HTTP {answer.Status}.") { NeverSent = true, HttpStatus = answer.Status };
        _tokens[agent] = (setAt, token, clock.GetUtcNow().AddSeconds(Math.Clamp(seconds, 60, 86_400)) - Early);
        return token;
    }

    private static (string Token, int Seconds)? ReadToken(OutgoingAnswer answer)
    {
        try
        {
            var json = JsonElement.Parse(answer.Body.Span);
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("access_token", out var token) || token.GetString() is not { Length: > 0 } text)
                return null;
            return (text, json.TryGetProperty("expires_in", out var seconds) && seconds.ValueKind == JsonValueKind.Number && seconds.TryGetInt32(out var read) ? read : 300);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
