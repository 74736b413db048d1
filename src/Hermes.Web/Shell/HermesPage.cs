using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Web.Shared;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Hermes.Web.Shell;

/// <summary>
/// What every page shares: it sends one request and maps the result. The full page and the answer to htmx render the
/// same partial.
/// </summary>
public abstract class HermesPage : PageModel
{
    private IReadOnlyDictionary<Guid, string> _titles = new Dictionary<Guid, string>();

    /// <summary>Sends requests.</summary>
    protected IMediator Mediator => HttpContext.RequestServices.GetRequiredService<IMediator>();

    /// <summary>True when htmx asks for a part of the page; false for a full page, also when htmx restores history.</summary>
    public bool IsHtmx => Request.Headers["HX-Request"] == "true" && Request.Headers["HX-History-Restore-Request"] != "true";

    /// <inheritdoc />
    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Response.Headers.AppendCommaSeparatedValues("Vary", "HX-Request");
        base.OnPageHandlerExecuting(context);
    }

    /// <summary>Sends a request.</summary>
    protected Task<Result<T>> SendAsync<T>(IRequest<Result<T>> request) => Mediator.Send(request, HttpContext.RequestAborted);

    /// <summary>What a contract is called whose title was looked up, else the end of its id.</summary>
    public string TitleOf(Guid contract) => _titles.GetValueOrDefault(contract) ?? $"Contract {contract.ToString()[^8..]}";

    /// <summary>Looks titles up for <see cref="TitleOf"/>, as far as the actor may see the contracts.</summary>
    protected async Task LookUpTitlesAsync(IEnumerable<Guid> contracts)
    {
        if (await SendAsync(new GetContractTitles([.. contracts.Distinct().Select(id => new ContractId(id))])) is { Succeeded: true } titles)
            _titles = titles.Value;
    }

    /// <summary>The partial for htmx, the whole page for everybody else.</summary>
    protected IActionResult PageOr(string partial, object? model) => IsHtmx ? Partial(partial, model) : Page();

    /// <summary>
    /// Answers a refusal. Not signed in goes to the sign-in page and back; an invalid input returns the page with its
    /// errors at the fields (<paramref name="prefix"/> is the bound record's name); a conflict or lack of funds returns
    /// the page with the sentence on top; everything else is an error page.
    /// </summary>
    protected IActionResult Refused(Error error, string prefix = "Input")
    {
        ArgumentNullException.ThrowIfNull(error);
        if (error.Kind == ErrorKind.Unauthenticated)
            return ToSignIn();
        if (error.Kind is ErrorKind.NotFound or ErrorKind.Unavailable or ErrorKind.LimitExceeded || (error.Kind == ErrorKind.Forbidden && HttpMethods.IsGet(Request.Method)))
            return ErrorPage(error);
        Explain(error, prefix);
        Response.StatusCode = ResultHttp.StatusOf(error);
        return Page();
    }

    /// <summary>Adds a refusal to the model state: at the fields that it names, else on top.</summary>
    protected void Explain(Error error, string prefix = "Input")
    {
        ArgumentNullException.ThrowIfNull(error);
        if (error.Members is null)
        {
            ModelState.AddModelError("", error.Message);
            return;
        }
        foreach (var (member, messages) in error.Members)
        {
            var key = string.Join('.', member.Split('.').Select(Pascal));
            foreach (var message in messages)
                ModelState.AddModelError(prefix.Length == 0 ? key : $"{prefix}.{key}", message);
        }
    }

    /// <summary>The page that says what is wrong, with the refusal's status code and sentence.</summary>
    protected IActionResult ErrorPage(Error error)
    {
        ArgumentNullException.ThrowIfNull(error);
        HttpContext.Items[ProblemSentence] = error.Message;
        return StatusCode(ResultHttp.StatusOf(error));
    }

    /// <summary>To the sign-in page and back here.</summary>
    protected IActionResult ToSignIn()
    {
        string back = Request.Path + (HttpMethods.IsGet(Request.Method) ? Request.QueryString : QueryString.Empty);
        return Go($"/sign-in?returnUrl={Uri.EscapeDataString(Request.PathBase + back)}");
    }

    /// <summary>A redirect that htmx follows with the whole page, too.</summary>
    protected IActionResult Go(string path)
    {
        if (!IsHtmx)
            return LocalRedirect("~" + path);
        Response.Headers["HX-Redirect"] = Request.PathBase + path;
        return new NoContentResult();
    }

    /// <summary>Shows a sentence on the next page.</summary>
    protected void Say(string sentence, bool bad = false)
    {
        TempData["toast"] = sentence;
        TempData["toast-kind"] = bad ? "bad" : "ok";
    }

    /// <inheritdoc cref="CsvText.AllAsync" />
    protected Task<Result<List<T>>> AllAsync<T>(Func<string?, IRequest<Result<Page<T>>>> page) => Mediator.AllAsync(page, HttpContext.RequestAborted);

    /// <summary>A list as a CSV file for download, or the page that says why not.</summary>
    protected async Task<IActionResult> CsvAsync<T>(CsvList<T> csv, Func<string?, IRequest<Result<Page<T>>>> page)
    {
        ArgumentNullException.ThrowIfNull(csv);
        var rows = await AllAsync(page);
        return rows.Succeeded ? Csv(csv.Name, csv.Head, rows.Value.Select(csv.Cells)) : Refused(rows.Error, "");
    }

    /// <summary>The present list with its filters as CSV (<c>OnGetCsvAsync</c>).</summary>
    public string CsvHref => Request.PathBase + Request.Path + QueryString.Create(Request.Query
        .Where(q => q.Key is not ("cursor" or "handler")).SelectMany(q => q.Value, (q, v) => KeyValuePair.Create(q.Key, v)).Append(KeyValuePair.Create("handler", (string?)"Csv")));

    /// <summary>The present list with one part of its query changed; null removes it, and a new order starts at the first page.</summary>
    public string HrefWith(string key, string? value) => Request.PathBase + Request.Path + QueryString.Create(Request.Query
        .Where(q => q.Key != key && q.Key is not ("cursor" or "handler")).SelectMany(q => q.Value, (q, v) => KeyValuePair.Create(q.Key, v))
        .Concat(value is null ? [] : [KeyValuePair.Create(key, (string?)value)]));

    /// <summary>A CSV file for download.</summary>
    /// <param name="name">File name without extension.</param>
    /// <param name="head">Column names.</param>
    /// <param name="rows">Cells as text; null is empty.</param>
    protected FileContentResult Csv(string name, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string?>> rows) =>
        File(CsvText.Of(head, rows), "text/csv; charset=utf-8", name + ".csv");

    internal const string ProblemSentence = "hermes.problem";

    private static string Pascal(string name) =>
        string.Concat(name.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}
