using System.Security.Cryptography.X509Certificates;
using FluentValidation;
using Hermes.Application.A2A.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Agents;

/// <summary>What proves Hermes to an agent; which members are needed depends on the kind.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Secret">The key, token, password or client secret; a certificate with its private key as PEM, or as PKCS#12 in base64.</param>
/// <param name="Name">Header, parameter or cookie of a key (null: as the card says), user name, or client id.</param>
/// <param name="Location"><c>header</c>, <c>query</c> or <c>cookie</c>, for a key; null: as the card says.</param>
/// <param name="TokenUrl">Where a token is got, for client credentials; null: as the card says, which then has to name the agent's own origin.</param>
/// <param name="Scopes">What the token is to allow; null for none.</param>
/// <param name="Password">Of a certificate's private key; null for none.</param>
public sealed record CredentialContent(
    CredentialKind Kind, string Secret, string? Name = null, string? Location = null, string? TokenUrl = null, string? Scopes = null, string? Password = null)
{
    /// <summary>Shows no secret.</summary>
    public override string ToString() => Kind.ToString();
}

/// <summary>Sets how Hermes proves itself to an own agent. It is shown to the agent's own origin only.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Content">The credential; stored encrypted.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record SetCallCredential(AgentId Agent, CredentialContent Content) : ICommand<CredentialView>;

/// <summary>Forgets how Hermes proves itself to an own agent; done also when there was nothing.</summary>
/// <param name="Agent">The agent.</param>
[Requires(Permissions.AgentsUpdate)]
public sealed record ForgetCallCredential(AgentId Agent) : ICommand<Done>;

/// <summary>What is known of a credential without its secret.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="SetAt">When it was set.</param>
public sealed record CredentialView(CredentialKind Kind, DateTimeOffset SetAt);

/// <summary>Keeps credentials secret and puts them into calls.</summary>
public interface ICallCredentials
{
    /// <summary>Encrypts.</summary>
    byte[] Protect(CredentialContent content);

    /// <summary>The way to call the agent at an interface of its card, with the credential where it has one.</summary>
    /// <exception cref="A2ACallException">The credential doesn't fit the card, or no token was got.</exception>
    Task<A2ATarget> TargetAsync(AgentId agent, Uri endpoint, AgentCard card, AgentInterface at, CancellationToken cancellationToken);

    /// <summary>The client certificate by which Hermes proves itself to the agent already when it reads its card; null where it has none.</summary>
    /// <exception cref="A2ACallException">It can't be read any more.</exception>
    Task<X509Certificate2?> CertificateAsync(AgentId agent, CancellationToken cancellationToken);

    /// <summary>The agent refused a token that was got for it: the next one is asked for anew. True when there was one.</summary>
    bool Forget(AgentId agent);
}

internal sealed class SetCallCredentialValidator : AbstractValidator<SetCallCredential>
{
    private const string Header = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$";

    public SetCallCredentialValidator()
    {
        RuleFor(r => r.Content.Secret).NotEmpty();
        RuleFor(r => r.Content.Secret).MaximumLength(8_000).Matches("^[\\x20-\\x7E]*$").WithMessage("Printable ASCII only.").When(r => r.Content.Kind != CredentialKind.ClientCertificate);
        RuleFor(r => r.Content.Secret).MaximumLength(32_000).Must((r, secret) => ClientCertificates.Read(secret, r.Content.Password).Succeeded)
            .WithMessage("A certificate with its private key, as PEM or as PKCS#12 in base64, and the password where it has one.").When(r => r.Content is { Kind: CredentialKind.ClientCertificate, Secret.Length: > 0 });
        RuleFor(r => r.Content.Password).MaximumLength(500);
        RuleFor(r => r.Content.Location).Must(l => l is null or "header" or "query" or "cookie").WithMessage("header, query or cookie.");
        RuleFor(r => r.Content.Name).Matches(Header).When(r => r.Content is { Kind: CredentialKind.ApiKey, Name: not null }).WithMessage("The name of a header, parameter or cookie.");
        RuleFor(r => r.Content.Name).Must(n => n is not ("Host" or "Content-Length" or "Transfer-Encoding" or "Connection")).WithMessage("Not this header.");
        RuleFor(r => r.Content.Name).NotEmpty().MaximumLength(500).Matches("^[\\x20-\\x7E]*$")
            .When(r => r.Content.Kind is CredentialKind.Basic or CredentialKind.OauthClientCredentials).WithMessage("The user name or client id.");
        RuleFor(r => r.Content.TokenUrl).Must(u => u is null || (Uri.TryCreate(u, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
            .WithMessage("An absolute http or https address.");
        RuleFor(r => r.Content.Scopes).MaximumLength(1_000);
    }
}

internal sealed class CallCredentialHandler(IAgentsDb db, ICurrentActor current, ICallCredentials credentials, IAudit audit, TimeProvider clock)
    : IRequestHandler<SetCallCredential, Result<CredentialView>>, IRequestHandler<ForgetCallCredential, Result<Done>>
{
    public async Task<Result<CredentialView>> Handle(SetCallCredential request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        var agent = await db.Agents.AsNoTracking().SingleOrDefaultAsync(a => a.Id == request.Agent && a.TenantId == tenant, cancellationToken);
        if (agent is null)
            return AgentErrors.NotFound;
        if (agent.Status == AgentStatus.Retired)
            return AgentErrors.Retired;
        var content = credentials.Protect(request.Content);
        var credential = await db.CallCredentials.SingleOrDefaultAsync(c => c.AgentId == agent.Id, cancellationToken);
        if (credential is null)
            db.CallCredentials.Add(credential = CallCredential.Of(agent, request.Content.Kind, content, clock));
        else
            credential.Replace(request.Content.Kind, content, clock);
        await db.SaveChangesAsync(cancellationToken);
        audit.Record("agent.credential_set", "agent", agent.Id.Value, null, new { credential.Kind });
        return new CredentialView(credential.Kind, credential.SetAt);
    }

    public async Task<Result<Done>> Handle(ForgetCallCredential request, CancellationToken cancellationToken)
    {
        var tenant = current.Actor.RequiredTenant;
        if (!await db.Agents.AnyAsync(a => a.Id == request.Agent && a.TenantId == tenant, cancellationToken))
            return AgentErrors.NotFound;
        if (await db.CallCredentials.SingleOrDefaultAsync(c => c.AgentId == request.Agent, cancellationToken) is not { } credential)
            return Done.Ok;
        db.CallCredentials.Remove(credential);
        await db.SaveChangesAsync(cancellationToken);
        audit.Record("agent.credential_forget", "agent", request.Agent.Value, new { credential.Kind }, null);
        return Done.Ok;
    }
}
