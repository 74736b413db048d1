using System.Text.Json;
using Hermes.Application.Compliance;
using Hermes.Application.Shared;
using Hermes.Web.Api.Compliance;
using Hermes.Web.Shell;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Compliance;

/// <summary>The organisation's audit log.</summary>
public sealed class AuditModel : HermesPage
{
    /// <summary>Part of the actor's name.</summary>
    [BindProperty(SupportsGet = true, Name = "actor")]
    public string? Actor { get; set; }

    /// <summary>The action or its beginning.</summary>
    [BindProperty(SupportsGet = true, Name = "act")]
    public string? Act { get; set; }

    /// <summary>One subject.</summary>
    [BindProperty(SupportsGet = true, Name = "subject")]
    public Guid? Subject { get; set; }

    /// <summary>First day (UTC).</summary>
    [BindProperty(SupportsGet = true, Name = "from")]
    public DateOnly? From { get; set; }

    /// <summary>Last day (UTC).</summary>
    [BindProperty(SupportsGet = true, Name = "to")]
    public DateOnly? To { get; set; }

    /// <summary>The rows shown.</summary>
    public Page<AuditView> Entries { get; private set; } = new([], null);

    private AuditFilter Filter => new(Actor, Act, null, Subject, null, Start(From), Start(To is { } to && to < DateOnly.MaxValue ? to.AddDays(1) : null));

    /// <summary>The list.</summary>
    public async Task<IActionResult> OnGetAsync(string? cursor)
    {
        var result = await SendAsync(new ListAuditEntries(Filter, null, cursor));
        if (!result.Succeeded)
            return Refused(result.Error, "");
        Entries = result.Value;
        return PageOr("_Entries", this);
    }

    /// <summary>The list as CSV.</summary>
    public Task<IActionResult> OnGetCsvAsync() => CsvAsync(ComplianceEndpoints.Csv, cursor => new ListAuditEntries(Filter, Paging.MaxLimit, cursor));

    /// <summary>The members of before and after, side by side: name, before, after; what did not change comes last.</summary>
    public static IEnumerable<(string Name, string? Before, string? After)> Changes(AuditView entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var (before, after) = (Members(entry.Before), Members(entry.After));
        return before.Keys.Union(after.Keys).Select(name => (name, before.GetValueOrDefault(name), after.GetValueOrDefault(name)))
            .OrderBy(c => c.Item2 == c.Item3);
    }

    private static Dictionary<string, string?> Members(JsonElement? json) => json is { ValueKind: JsonValueKind.Object } members
        ? members.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => m.Value.GetString(),
            _ => m.Value.GetRawText(),
        })
        : [];

    private static DateTimeOffset? Start(DateOnly? day) => day is { } d ? new DateTimeOffset(d.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null;
}
