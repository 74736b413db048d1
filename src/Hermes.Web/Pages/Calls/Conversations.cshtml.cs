using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Calls;

/// <summary>Conversations with and between agents.</summary>
public sealed class ConversationsModel : HermesPage
{
    /// <summary>The page shown.</summary>
    public Page<ConversationRow> Conversations { get; private set; } = new([], null);

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var result = await SendAsync(new ListConversations(null, cursor));
        if (!result.Succeeded)
            return Refused(result.Error);
        Conversations = result.Value;
        return Page();
    }
}
