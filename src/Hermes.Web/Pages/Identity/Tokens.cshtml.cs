using System.ComponentModel.DataAnnotations;
using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Identity;

/// <summary>One's own tokens for the API.</summary>
public sealed class TokensModel(ICurrentActor current) : HermesPage
{
    /// <summary>The token to make.</summary>
    /// <param name="Name">What for.</param>
    /// <param name="Days">Life in days; null for no end.</param>
    /// <param name="Scopes">Permissions; empty for all of one's own.</param>
    public sealed record Fields([Required] string Name, int? Days, string[]? Scopes);

    /// <summary>The token to make.</summary>
    [BindProperty]
    public Fields Input { get; set; } = new("", 90, []);

    /// <summary>Live tokens.</summary>
    public IReadOnlyList<TokenView> Tokens { get; private set; } = [];

    /// <summary>The token just made, shown this once; null else.</summary>
    public NewToken? Made { get; private set; }

    /// <summary>Permissions that a token can be limited to.</summary>
    public IEnumerable<string> Choices => current.Actor.Permissions.Order(StringComparer.Ordinal);

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync() => await LoadAsync() is { } refused ? Refused(refused) : Page();

    /// <summary>Makes a token.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (ModelState.IsValid)
        {
            var made = await SendAsync(new CreateToken(Input.Name, Input.Days, Input.Scopes));
            if (!made.Succeeded)
            {
                var answer = Refused(made.Error);
                await LoadAsync();
                return answer;
            }
            Made = made.Value;
            Input = new Fields("", 90, []);
            ModelState.Clear();
        }
        await LoadAsync();
        return Page();
    }

    /// <summary>Ends a token.</summary>
    public async Task<IActionResult> OnPostRevokeAsync(Guid token)
    {
        var result = await SendAsync(new RevokeToken(new TokenId(token)));
        if (!result.Succeeded)
            return Refused(result.Error);
        Say("The token was revoked.");
        return Go("/tokens");
    }

    private async Task<Error?> LoadAsync()
    {
        var tokens = await SendAsync(new ListTokens());
        if (!tokens.Succeeded)
            return tokens.Error;
        Tokens = tokens.Value;
        return null;
    }
}
