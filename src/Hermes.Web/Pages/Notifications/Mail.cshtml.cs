using System.Text.RegularExpressions;
using Hermes.Application.Notifications;
using Hermes.Web.Identity;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Notifications;

/// <summary>Mail that development wrote to files.</summary>
[WorksWithoutTenant]
public sealed partial class MailModel : HermesPage
{
    /// <summary>The newest, first.</summary>
    public IReadOnlyList<WrittenMail> Mails { get; private set; } = [];

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync()
    {
        var result = await SendAsync(new ListWrittenMail());
        if (!result.Succeeded)
            return Refused(result.Error);
        Mails = result.Value;
        return Page();
    }

    /// <summary>The text in pieces: every second one is a link.</summary>
    public static string[] Pieces(string text) => Link().Split(text);

    /// <summary>The path of a link into this installation, so that it works whatever address the page was opened at.</summary>
    public static string PathOf(string link) => Uri.TryCreate(link, UriKind.Absolute, out var uri) ? uri.PathAndQuery : "/";

    [GeneratedRegex(@"(https?://\S+)")]
    private static partial Regex Link();
}
