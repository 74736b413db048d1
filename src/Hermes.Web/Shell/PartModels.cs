namespace Hermes.Web.Shell;

/// <summary>Model of <c>_Pager</c>.</summary>
/// <param name="Summary">What is shown: "25 contracts".</param>
/// <param name="FirstHref">Back to the start; null on the first page.</param>
/// <param name="NextHref">The next page; null at the end.</param>
public sealed record PagerModel(string Summary, string? FirstHref, string? NextHref)
{
    /// <summary>Caption of the way back.</summary>
    public string First { get; init; } = "First page";

    /// <summary>Caption of the way on.</summary>
    public string Next { get; init; } = "Next page";

    /// <summary>For a list with cursor paging: keeps the query and sets <c>cursor</c>.</summary>
    /// <param name="request">The present request.</param>
    /// <param name="summary">What is shown.</param>
    /// <param name="nextCursor">Null at the end.</param>
    public static PagerModel For(HttpRequest request, string summary, string? nextCursor)
    {
        ArgumentNullException.ThrowIfNull(request);
        var kept = request.Query.Where(q => q.Key is not ("cursor" or "handler")).SelectMany(q => q.Value, (q, v) => KeyValuePair.Create(q.Key, v)).ToList();
        string Href(string? cursor) => request.PathBase + request.Path + QueryString.Create(cursor is null ? kept : [.. kept, KeyValuePair.Create("cursor", (string?)cursor)]);
        return new PagerModel(summary, request.Query.ContainsKey("cursor") ? Href(null) : null, nextCursor is null ? null : Href(nextCursor));
    }
}

/// <summary>Model of <c>_Empty</c>: says what is missing and what to do next.</summary>
/// <param name="Icon">A symbol.</param>
/// <param name="Title">What is not there.</param>
/// <param name="Text">Why, or what would fill it.</param>
/// <param name="Action">Caption of the button; null for none.</param>
/// <param name="ActionHref">Where the button leads, from the root.</param>
public sealed record EmptyModel(string Icon, string Title, string Text, string? Action = null, string? ActionHref = null);
