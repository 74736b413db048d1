using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Hermes.Web.Pages;

/// <summary>What people see where the API answers problem details.</summary>
[IgnoreAntiforgeryToken]
[ResponseCache(NoStore = true, Location = ResponseCacheLocation.None)]
public sealed class ProblemModel : PageModel
{
    /// <summary>The status code.</summary>
    public int Status { get; private set; }

    /// <summary>In a few words.</summary>
    public string Title { get; private set; } = "";

    /// <summary>What happened and what to do.</summary>
    public string Sentence { get; private set; } = "";

    /// <summary>Shows the problem; also when the failed request was a post.</summary>
    public IActionResult OnGet(int status) => Show(status);

    /// <inheritdoc cref="OnGet" />
    public IActionResult OnPost(int status) => Show(status);

    private PageResult Show(int status)
    {
        Status = status is >= 400 and < 600 ? status : 404;
        var (title, sentence) = Status switch
        {
            400 => ("That request made no sense", "The form may have been open for too long. Go back, reload and try again."),
            401 => ("Please sign in", "This page is for people who are signed in."),
            403 => ("Not yours to open", "Your role in this organisation does not allow this. Ask an admin if it should."),
            404 => ("Nothing here", "The page does not exist, or it belongs to somebody else."),
            429 => ("A little slower, please", "You have sent many requests in a short time. Try again in a minute."),
            503 => ("Back in a moment", "A part of Hermes is not available right now. Try again shortly."),
            >= 500 => ("That was our mistake", "Something failed on our side and was written down. Try again; if it stays, tell your operator the request's id below."),
            _ => ("That did not work", "The request was refused."),
        };
        Title = title;
        Sentence = HttpContext.Items[HermesPage.ProblemSentence] as string ?? sentence;
        Response.StatusCode = Status;
        return Page();
    }
}
