using Hermes.Application.Agents;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Agents;

/// <summary>How often an agent is probed.</summary>
/// <param name="IntervalSeconds">60–86,400.</param>
public sealed record ProbeIntervalBody(int IntervalSeconds);

/// <summary>What proves Hermes to an agent.</summary>
/// <param name="Kind"><c>api_key</c>, <c>bearer</c>, <c>basic</c>, <c>oauth_client_credentials</c> or <c>client_certificate</c>.</param>
/// <param name="Secret">The key, token, password or client secret; a certificate with its private key as PEM, or as PKCS#12 in base64.</param>
/// <param name="Name">Header, parameter or cookie of a key (left out: as the card says), user name, or client id.</param>
/// <param name="Location"><c>header</c>, <c>query</c> or <c>cookie</c> for a key; left out: as the card says.</param>
/// <param name="TokenUrl">Where a token is got; left out: as the card says, which then has to name the agent's own origin.</param>
/// <param name="Scopes">What the token is to allow.</param>
/// <param name="Password">Of a certificate's private key.</param>
public sealed record CredentialBody(CredentialKind Kind, string? Secret = null, string? Name = null, string? Location = null, string? TokenUrl = null, string? Scopes = null, string? Password = null);

internal sealed class ProbeEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var agents = api.MapGroup("/agents/{id:guid}").WithTags("Agents");
        agents.MapGet("/probes", (Guid id, int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListProbes(new AgentId(id), limit, cursor), ct))
            .Produces<ProbeReport>().WithSummary("Whether an own agent's endpoint works: states, card, and its probes, latest first.");
        agents.MapPost("/probes", async (Guid id, IMediator mediator, CancellationToken ct) =>
                (await mediator.Send(new AskForProbe(new AgentId(id)), ct)).ToHttp(report => Results.Json(report, HermesJson.Options, statusCode: StatusCodes.Status202Accepted)))
            .Produces<ProbeReport>(StatusCodes.Status202Accepted).WithSummary("Probes an own agent as soon as possible; the result is in its probes a few seconds later.");
        agents.MapPut("/probes/interval", (Guid id, ProbeIntervalBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new SetProbeInterval(new AgentId(id), body.IntervalSeconds), ct))
            .Produces<ProbeReport>().WithSummary("Sets how often an own agent is probed.");
        agents.MapPut("/credential", (Guid id, CredentialBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new SetCallCredential(new AgentId(id), new CredentialContent(body.Kind, body.Secret ?? "", body.Name, body.Location, body.TokenUrl, body.Scopes, body.Password)), ct))
            .Produces<CredentialView>().WithSummary("Sets how Hermes proves itself to an own agent; stored encrypted, never shown, sent to the agent's origin only.");
        agents.MapDelete("/credential", (Guid id, IMediator mediator, CancellationToken ct) => mediator.NoContent(new ForgetCallCredential(new AgentId(id)), ct))
            .Produces(StatusCodes.Status204NoContent).WithSummary("Forgets how Hermes proves itself to an own agent.");
    }
}
