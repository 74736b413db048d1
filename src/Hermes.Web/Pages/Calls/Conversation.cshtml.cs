using Hermes.Application.Calls;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Calls;

/// <summary>A conversation, page by page from its latest calls.</summary>
public sealed class ConversationModel : HermesPage
{
    /// <summary>The conversation's id.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    /// <summary>The conversation.</summary>
    public ConversationView Conversation { get; private set; } = null!;

    /// <summary>Shows a page of it.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var result = await SendAsync(new GetConversation(Id, null, cursor));
        if (!result.Succeeded)
            return Refused(result.Error);
        Conversation = result.Value;
        return Page();
    }
}
