using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Identity;

/// <summary>A token as its owner sees it.</summary>
/// <param name="Id">The token.</param>
/// <param name="Name">What for.</param>
/// <param name="Hint">Its first characters.</param>
/// <param name="Scopes">Permissions it is limited to; empty for all of the person's.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">Null for never.</param>
/// <param name="LastUsedAt">To the minute; null when never.</param>
public sealed record TokenView(TokenId Id, string Name, string Hint, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>A new token, with its text this once.</summary>
/// <param name="Id">The token.</param>
/// <param name="Token"><c>hp_…</c>; nobody can read it again.</param>
/// <param name="Name">What for.</param>
/// <param name="Tenant">Where it works.</param>
/// <param name="Scopes">Permissions it is limited to; empty for all of the person's.</param>
/// <param name="ExpiresAt">Null for never.</param>
public sealed record NewToken(TokenId Id, string Token, string Name, TenantId Tenant, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt);

/// <summary>Makes a personal access token in the current tenant. A token cannot make one that may do more than itself.</summary>
/// <param name="Name">What for.</param>
/// <param name="ExpiresInDays">1–366; null for never.</param>
/// <param name="Scopes">Permissions; null or empty for all of the person's.</param>
[RequiresSignIn]
public sealed record CreateToken(string Name, int? ExpiresInDays, IReadOnlyList<string>? Scopes) : ICommand<NewToken>;

/// <summary>Handles <see cref="CreateToken"/>.</summary>
public sealed class CreateTokenHandler(IIdentityDb db, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<CreateToken, Result<NewToken>>
{
    /// <inheritdoc />
    public async Task<Result<NewToken>> Handle(CreateToken request, CancellationToken cancellationToken)
    {
        if (current.Actor is not { Person: { } person } actor)
            return AccessErrors.SignInNeeded;
        if (actor.Tenant is not { } tenant)
            return AccessErrors.NoTenant;
        var scopes = request.Scopes;
        if (actor.Credential is { } used
            && await db.PersonalAccessTokens.AsNoTracking().SingleOrDefaultAsync(t => t.Id == new TokenId(used), cancellationToken) is { Scopes.Length: > 0 } parent)
        {
            // A limited token hands on its own limits at most.
            scopes = scopes is { Count: > 0 } ? scopes : parent.Scopes;
            if (!scopes.All(parent.Scopes.Contains))
                return IdentityErrors.TokenScopeUnknown;
        }
        return TokenMaking.Make(db, audit, clock, tenant, person, request.Name, request.ExpiresInDays, scopes);
    }
}

/// <summary>Makes a personal access token by e-mail address and password, for machines that have no session.</summary>
/// <param name="Email">The address.</param>
/// <param name="Password">The password.</param>
/// <param name="Tenant">Slug of the tenant; null when the person has one only.</param>
/// <param name="Name">What for.</param>
/// <param name="ExpiresInDays">1–366; null for never.</param>
/// <param name="Scopes">Permissions; null or empty for all of the person's.</param>
[AllowsAnyone("Address and password are the proof, checked as at sign-in.")]
public sealed record CreateTokenByPassword(string Email, string Password, string? Tenant, string Name, int? ExpiresInDays, IReadOnlyList<string>? Scopes)
    : ICommand<NewToken>, IOwnTransaction, IAcrossTenants;

/// <summary>Validates <see cref="CreateTokenByPassword"/>.</summary>
public sealed class CreateTokenByPasswordValidator : AbstractValidator<CreateTokenByPassword>
{
    /// <summary>The rules.</summary>
    public CreateTokenByPasswordValidator()
    {
        RuleFor(r => r.Email).NotEmpty().MaximumLength(EmailAddress.MaxLength);
        RuleFor(r => r.Password).NotEmpty().MaximumLength(PasswordRules.MaxLength);
    }
}

/// <summary>Handles <see cref="CreateTokenByPassword"/>.</summary>
public sealed class CreateTokenByPasswordHandler(
    IPeople people, IIdentityDb identity, ITenancyDb tenancy, IAudit audit, IUnitOfWork work, TimeProvider clock)
    : IRequestHandler<CreateTokenByPassword, Result<NewToken>>
{
    /// <inheritdoc />
    public async Task<Result<NewToken>> Handle(CreateTokenByPassword request, CancellationToken cancellationToken)
    {
        var proved = await people.CheckPasswordAsync(request.Email, request.Password, cancellationToken);
        if (!proved.Succeeded)
            return proved.Error;
        var account = proved.Value;
        if (!account.EmailConfirmed)
            return IdentityErrors.EmailNotConfirmed;
        var tenants = await Memberships.OfAsync(identity, tenancy, account.Id, cancellationToken);
        if (request.Tenant is null && tenants.Count > 1)
            return IdentityErrors.TenantNeeded;
        if (Memberships.Pick(tenants, request.Tenant, null) is not { } tenant)
            return IdentityErrors.NotYourTenant;
        if (tenant.Status != TenantStatus.Active)
            return TenancyErrors.Suspended;
        return await work.RunAsync(() => Task.FromResult(TokenMaking.Make(
            identity, audit, clock, tenant.Id, account.Id, request.Name, request.ExpiresInDays, request.Scopes)), cancellationToken);
    }
}

internal static class TokenMaking
{
    public static Result<NewToken> Make(
        IIdentityDb db, IAudit audit, TimeProvider clock, TenantId tenant, PersonId person, string? name, int? days, IReadOnlyCollection<string>? scopes, string? text = null)
    {
        var secret = text is null ? Secret.Make(Secret.TokenPrefix) : Secret.Of(text);
        var made = PersonalAccessToken.Make(Id.New<TokenId>(clock), tenant, person, name, secret, scopes, days, clock.GetUtcNow());
        if (!made.Succeeded)
            return made.Error;
        var token = made.Value;
        db.PersonalAccessTokens.Add(token);
        audit.Record("token.create", "token", token.Id.Value, null, new { token.Name, token.Hint, token.Scopes, token.ExpiresAt, Person = person }, tenant);
        return new NewToken(token.Id, secret.Text, token.Name, tenant, token.Scopes, token.ExpiresAt);
    }
}

/// <summary>Lists one's own live tokens in the current tenant, newest first.</summary>
[RequiresSignIn]
public sealed record ListTokens : IQuery<IReadOnlyList<TokenView>>;

/// <summary>Handles <see cref="ListTokens"/>.</summary>
public sealed class ListTokensHandler(IIdentityDb db, ICurrentActor current) : IRequestHandler<ListTokens, Result<IReadOnlyList<TokenView>>>
{
    /// <inheritdoc />
    public async Task<Result<IReadOnlyList<TokenView>>> Handle(ListTokens request, CancellationToken cancellationToken)
    {
        if (current.Actor.Person is not { } person)
            return AccessErrors.SignInNeeded;
        return await db.PersonalAccessTokens.AsNoTracking()
            .Where(t => t.PersonId == person && t.TenantId == current.Actor.Tenant && t.RevokedAt == null)
            .OrderByDescending(t => t.CreatedAt)
            .Select(t => new TokenView(t.Id, t.Name, t.Hint, t.Scopes, t.CreatedAt, t.ExpiresAt, t.LastUsedAt))
            .ToListAsync(cancellationToken);
    }
}

/// <summary>Ends one of one's own tokens.</summary>
/// <param name="Id">The token.</param>
[RequiresSignIn]
public sealed record RevokeToken(TokenId Id) : ICommand<Done>;

/// <summary>Handles <see cref="RevokeToken"/>.</summary>
public sealed class RevokeTokenHandler(IIdentityDb db, IAudit audit, ICurrentActor current, TimeProvider clock) : IRequestHandler<RevokeToken, Result<Done>>
{
    /// <inheritdoc />
    public async Task<Result<Done>> Handle(RevokeToken request, CancellationToken cancellationToken)
    {
        var token = await db.PersonalAccessTokens.SingleOrDefaultAsync(t => t.Id == request.Id, cancellationToken);
        if (token is null || token.PersonId != current.Actor.Person || token.RevokedAt is not null)
            return IdentityErrors.TokenNotFound;
        token.Revoke(clock.GetUtcNow());
        audit.Record("token.revoke", "token", token.Id.Value, new { token.Name, token.Hint }, null);
        return Done.Ok;
    }
}
