using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;

namespace Hermes.Application.Identity;

/// <summary>A new token, with its text this once.</summary>
/// <param name="Id">The token.</param>
/// <param name="Token"><c>hp_…</c>; nobody can read it again.</param>
/// <param name="Name">What for.</param>
/// <param name="Tenant">Where it works.</param>
/// <param name="Scopes">Permissions it is limited to; empty for all of the person's.</param>
/// <param name="ExpiresAt">Null for never.</param>
public sealed record NewToken(TokenId Id, string Token, string Name, TenantId Tenant, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt);

internal static class TokenMaking
{
    public static Result<NewToken> Make(
        IIdentityDb db, IAudit audit, TimeProvider clock, TenantId tenant, PersonId person, string? name, int? days, IReadOnlyCollection<string>? scopes, string? text = null, ProvedPerson? by = null,
        PersonalAccessToken? parent = null)
    {
        var secret = text is null ? Secret.Make(Secret.TokenPrefix) : Secret.Of(text);
        var made = PersonalAccessToken.Make(Id.New<TokenId>(clock), tenant, person, name, secret, scopes, days, clock.GetUtcNow(), parent);
        if (!made.Succeeded)
            return made.Error;
        var token = made.Value;
        db.PersonalAccessTokens.Add(token);
        audit.Record("token.create", "token", token.Id.Value, null, new { token.Name, token.Hint, token.Scopes, token.ExpiresAt, Person = person }, tenant, by);
        return new NewToken(token.Id, secret.Text, token.Name, tenant, token.Scopes, token.ExpiresAt);
    }
}
