using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using IResult = Microsoft.AspNetCore.Http.IResult;

namespace Hermes.Web.Api.Mesh;

/// <summary>A text.</summary>
/// <param name="Text">1–2,000 characters.</param>
public sealed record TextBody(string? Text = null);

/// <summary>A piece of evidence.</summary>
/// <param name="Text">At most 4,000 characters.</param>
/// <param name="File">A file.</param>
public sealed record EvidenceBody(string? Text = null, EvidenceFileBody? File = null);

/// <summary>A file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Content">Its bytes in Base64; at most 2 MiB of PNG, JPEG, GIF, WebP, PDF or plain text.</param>
public sealed record EvidenceFileBody(string? Name = null, string? Content = null);

/// <summary>How much to release; nothing for all that is held.</summary>
/// <param name="Amount">An amount.</param>
/// <param name="Percent">Or 1–100 of what is held.</param>
/// <param name="Reason">A line for the history; operators need one.</param>
/// <param name="Repeat">True for an intended repeat of the very same release within the window in which a repetition is taken for a retry.</param>
public sealed record ReleaseBody(Money? Amount = null, int? Percent = null, string? Reason = null, bool Repeat = false);

internal sealed class DisputeEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var dispute = api.MapGroup("/mesh/contracts/{id:guid}/dispute").WithTags("Mesh");
        dispute.MapGet("", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetOwnDispute(new(id)), ct))
            .Produces<OwnDispute>().WithSummary("The contract's dispute for its two sides, with evidence and deadlines.");
        dispute.MapPost("/response", (Guid id, TextBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new RespondToDispute(new(id), body.Text), ct))
            .Produces<DisputeView>().WithSummary("The side that did not open it answers, once and in time.");
        dispute.MapPost("/evidence", (Guid id, EvidenceBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new GiveEvidence(new(id), body.Text, body.File?.Name, Read(body.File?.Content)), ct))
            .Produces<EvidenceView>().WithSummary("Either side gives a text, a file or both.");
        dispute.MapGet("/evidence/{evidenceId:guid}/file", async (Guid id, Guid evidenceId, HttpContext http, IMediator mediator, CancellationToken ct) =>
                (await mediator.Send(new GetEvidenceFile(new(id), evidenceId), ct)).ToHttp(file => Attachment(http, file)))
            .Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream").WithSummary("The file of a piece of evidence.");
        dispute.MapPost("/appeal", (Guid id, ReasonBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new AppealDispute(new(id), body.Reason), ct))
            .Produces<DisputeView>().WithSummary("Either side appeals, once and in time; another operator decides for good.");

        var escrow = api.MapGroup("/escrow/{contract_id:guid}").WithTags("Ledger");
        escrow.MapGet("", ([FromRoute(Name = "contract_id")] Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new GetEscrow(new(id)), ct))
            .Produces<EscrowView>().WithSummary("What is and was held for a contract.");
        escrow.MapPost("/release", ([FromRoute(Name = "contract_id")] Guid id, ReleaseBody? body, ICurrentActor current, IMediator mediator, CancellationToken ct) =>
                current.Actor.IsOperator
                    ? mediator.Ok(new MoveEscrow(new(id), false, body?.Amount, body?.Reason, body?.Percent) { Repeat = body?.Repeat == true }, ct)
                    : mediator.Ok(new ReleaseEscrow(new(id), body?.Amount, body?.Percent, body?.Reason) { Repeat = body?.Repeat == true }, ct))
            .Produces<EscrowReleased>().WithSummary("The poster, or an operator, releases a part of what is held, or all of it, at once.");
        escrow.MapPost("/dispute", ([FromRoute(Name = "contract_id")] Guid id, ReasonBody? body, IMediator mediator, CancellationToken ct) => mediator.Ok(new OpenDispute(new(id), body?.Reason), ct))
            .Produces<DisputeView>().WithSummary("Poster or winner disagrees; what is held stays held.");

        var admin = api.MapGroup("/admin").WithTags("Operators");
        admin.MapPost("/escrow/{id:guid}/release", (Guid id, ReleaseBody body, IMediator mediator, CancellationToken ct) =>
                mediator.Ok(new MoveEscrow(new(id), false, body.Amount, body.Reason, body.Percent) { Repeat = body.Repeat }, ct))
            .Produces<EscrowReleased>().WithSummary("Releases what is held by hand; much money needs a second operator.");
        admin.MapPost("/escrow/{id:guid}/refund", (Guid id, ReasonBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new MoveEscrow(new(id), true, null, body.Reason), ct))
            .Produces<EscrowReleased>().WithSummary("Gives what is held back by hand; much money needs a second operator.");
        admin.MapGet("/disputes/{id:guid}/evidence/{evidenceId:guid}/file", async (Guid id, Guid evidenceId, HttpContext http, IMediator mediator, CancellationToken ct) =>
                (await mediator.Send(new ReadEvidenceFile(new(id), evidenceId), ct)).ToHttp(file => Attachment(http, file)))
            .Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream").WithSummary("The file of a piece of evidence.");
        admin.MapGet("/proposals", (bool? open, int? limit, string? cursor, IMediator mediator, CancellationToken ct) => mediator.Ok(new ListProposals(open, limit, cursor), ct))
            .Produces<Page<ProposalView>>().WithSummary("What operators proposed that needs a second one.");
        admin.MapPost("/proposals/{id:guid}/confirm", (Guid id, IMediator mediator, CancellationToken ct) => mediator.Ok(new ConfirmProposal(id), ct))
            .Produces<ProposalView>().WithSummary("Another operator confirms a proposal, which is carried out with it.");
        admin.MapPost("/proposals/{id:guid}/decline", (Guid id, ReasonBody body, IMediator mediator, CancellationToken ct) => mediator.Ok(new DeclineProposal(id, body.Reason), ct))
            .Produces<ProposalView>().WithSummary("An operator declines a proposal, or takes its own back.");
    }

    // What is no Base64 is refused where every other content that is not taken is: with the signed-in caller's answer.
    private static byte[] Read(string? content)
    {
        if (string.IsNullOrEmpty(content))
            return [];
        var bytes = new byte[content.Length];
        return Convert.TryFromBase64String(content, bytes, out var written) ? bytes[..written] : [0];
    }

    /// <summary>A file that no browser shows or runs: an attachment whose type is not guessed.</summary>
    internal static IResult Attachment(HttpContext http, EvidenceContent file)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        http.Response.Headers.CacheControl = "private, no-store";
        return Results.File(file.Content, file.ContentType, file.Name);
    }
}
