using System.Text.Json;
using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Hermes.SampleAgents;

/// <summary>
/// Markdown → HTML that is safe to show: raw HTML is escaped, links keep only http, https, mailto and relative
/// addresses. Answers the outline too. Context: <c>markdown</c>.
/// </summary>
public sealed class MarkdownConverter(Pricing pricing) : SampleCraft("markdown.convert", pricing)
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .DisableHtml().UsePipeTables().UseTaskLists().UseEmphasisExtras().UseAutoIdentifiers().UseAutoLinks().Build();

    protected override string InputMember => "markdown";

    public override object Work(string input, JsonElement context)
    {
        var document = Markdown.Parse(input, Pipeline);
        var removed = 0;
        foreach (var link in document.Descendants<LinkInline>().Where(l => !IsSafe(l.Url)))
        {
            link.Url = "";
            removed++;
        }
        return new
        {
            Html = document.ToHtml(Pipeline),
            Outline = document.Descendants<HeadingBlock>().Select(h => new
            {
                h.Level,
                Text = string.Concat(h.Inline?.Descendants<LiteralInline>().Select(l => l.Content.ToString()) ?? []),
                Id = h.TryGetAttributes()?.Id,
            }).ToArray(),
            UnsafeLinksRemoved = removed,
        };
    }

    private static bool IsSafe(string? url) =>
        url is null || !Uri.TryCreate(url.Trim(), UriKind.Absolute, out var uri) || uri.Scheme is "http" or "https" or "mailto";
}
