using Hermes.Application.Billing;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.TestPayments;

/// <summary>The test bank's question about a payment.</summary>
public sealed class AuthenticateModel : HermesPage
{
    /// <summary>The payment.</summary>
    public string Id { get; private set; } = "";

    /// <summary>The question.</summary>
    public void OnGet(string id) => Id = id;

    /// <summary>The answer.</summary>
    public async Task<IActionResult> OnPostAsync(string id, bool approve)
    {
        var answered = await SendAsync(new AnswerTestChallenge(id, approve));
        return answered.Succeeded ? Redirect(answered.Value) : ErrorPage(answered.Error);
    }
}
