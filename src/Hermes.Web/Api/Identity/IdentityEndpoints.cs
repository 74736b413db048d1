using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Identity;
using Hermes.Web.Shared;
using MediatR;

namespace Hermes.Web.Api.Identity;

/// <summary>People, sessions, tokens, members.</summary>
internal sealed class IdentityEndpoints : IEndpoints
{
    /// <summary>Body of sign-in.</summary>
    internal sealed record SignInBody(string Email, string Password, string? Tenant, bool Remember);

    /// <summary>Body of a new token; with <c>email</c> and <c>password</c> where nobody is signed in.</summary>
    internal sealed record TokenBody(string? Name, int? ExpiresInDays, string[]? Scopes, string? Email, string? Password, string? Tenant);

    /// <summary>Body of an invitation.</summary>
    internal sealed record InvitationBody(string Email, string Role);

    /// <summary>Body of a member's change.</summary>
    internal sealed record MemberBody(string Role);

    /// <summary>Answer of sign-in; the session itself is in the cookie.</summary>
    internal sealed record SessionView(PersonId Id, string Email, string Name, Membership? Tenant, IReadOnlyList<Membership> Tenants);

    internal static readonly CsvList<MemberView> MembersCsv = new("people",
        ["id", "name", "email", "role", "joined_at"], m => [m.Id.ToString(), m.Name, m.Email, m.Role, m.JoinedAt.ToString("O")]);

    public void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/sign-in", SignInAsync).WithTags("Identity").ProducesProblem(StatusCodes.Status401Unauthorized).WithSummary("Begin a session (cookie)");
        api.MapPost("/sign-out", async (HttpContext context, IMediator mediator, CancellationToken ct) =>
        {
            await Sessions.EndAsync(context);
            return await mediator.NoContent(new SignOut(), ct);
        }).WithTags("Identity").WithSummary("End the session");
        api.MapGet("/me", (IMediator mediator, CancellationToken ct) => mediator.Ok(new GetMe(), ct)).WithTags("Identity").WithSummary("Who the caller is");

        var tokens = api.MapGroup("/tokens").WithTags("Identity");
        tokens.MapPost("", CreateTokenAsync).ProducesProblem(StatusCodes.Status401Unauthorized).WithSummary("Make a personal access token; its text is shown once");
        tokens.MapGet("", (IMediator mediator, CancellationToken ct) => mediator.Ok(new ListTokens(), ct)).WithSummary("One's own tokens in the current tenant");
        tokens.MapDelete("/{id:guid}", (Guid id, IMediator mediator, CancellationToken ct) => mediator.NoContent(new RevokeToken(new TokenId(id)), ct)).WithSummary("Revoke one of one's own tokens");

        api.MapGet("/rbac/roles", (IMediator mediator, CancellationToken ct) => mediator.Ok(new ListRoles(), ct)).WithTags("Identity").WithSummary("Roles and what they grant");

        var members = api.MapGroup("/members").WithTags("Identity");
        members.MapGet("", (string? search, string? role, int? limit, string? cursor, HttpRequest request, IMediator mediator) =>
            mediator.OkOrCsv(request, (most, next) => new ListMembers(most, next, search, role), limit, cursor, MembersCsv)).WithSummary("The tenant's members; format=csv for all of them as a file");
        members.MapPut("/{id:guid}", async (Guid id, MemberBody body, HttpContext context, IMediator mediator, CancellationToken ct) =>
            new OkAnswer<MemberView>((await mediator.Send(new ChangeMemberRole(new PersonId(id), body.Role, Versions.Expected(context.Request)), ct)).ToHttp(member =>
            {
                Versions.Write(context, member.Version);
                return Results.Json(member, HermesJson.Options);
            }))).WithSummary("Give a member another role");
        members.MapDelete("/{id:guid}", (Guid id, IMediator mediator, CancellationToken ct) => mediator.NoContent(new RemoveMember(new PersonId(id)), ct)).WithSummary("Remove a member");

        var invitations = api.MapGroup("/invitations").WithTags("Identity");
        invitations.MapPost("", (InvitationBody body, IMediator mediator, CancellationToken ct) =>
            mediator.Created(new InviteMember(body.Email, body.Role), i => $"/api/v1/invitations/{i.Id}", ct)).WithSummary("Invite somebody by e-mail");
        invitations.MapGet("", (IMediator mediator, CancellationToken ct) => mediator.Ok(new ListInvitations(), ct)).WithSummary("Open and expired invitations");
        invitations.MapDelete("/{id:guid}", (Guid id, IMediator mediator, CancellationToken ct) => mediator.NoContent(new RevokeInvitation(new InvitationId(id)), ct)).WithSummary("Take an invitation back");
    }

    private static async Task<OkAnswer<SessionView>> SignInAsync(SignInBody body, HttpContext context, IMediator mediator, CancellationToken ct)
    {
        var signedIn = await mediator.Send(new SignIn(body.Email, body.Password, body.Tenant), ct);
        if (signedIn.Succeeded)
            await Sessions.BeginAsync(context, signedIn.Value, body.Remember);
        return new(signedIn.ToHttp(value => Results.Json(new SessionView(value.Person, value.Email, value.Name, value.Tenant, value.Tenants), HermesJson.Options)));
    }

    private static Task<CreatedAnswer<NewToken>> CreateTokenAsync(TokenBody body, ICurrentActor current, IMediator mediator, CancellationToken ct)
    {
        IRequest<Result<NewToken>> request = current.Actor.Kind == ActorKind.Anonymous && body is { Email: { } email, Password: { } password }
            ? new CreateTokenByPassword(email, password, body.Tenant, body.Name ?? "", body.ExpiresInDays, body.Scopes)
            : new CreateToken(body.Name ?? "", body.ExpiresInDays, body.Scopes);
        return mediator.Created(request, token => $"/api/v1/tokens/{token.Id}", ct);
    }
}
