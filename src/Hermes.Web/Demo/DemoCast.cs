using Hermes.Application.Identity.Public;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;

namespace Hermes.Web.Demo;

/// <summary>An organisation of the demo.</summary>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Credits">What its wallet starts with.</param>
/// <param name="People">Its people; the first is its admin and acts in the demo.</param>
/// <param name="Agents">Its agents.</param>
internal sealed record DemoTenant(string Slug, string Name, Money Credits, IReadOnlyList<DemoPerson> People, IReadOnlyList<DemoAgent> Agents);

/// <summary>A person of the demo.</summary>
internal sealed record DemoPerson(string Name, string Email, string Role);

/// <summary>An agent of the demo.</summary>
/// <param name="Sample">The sample program's name for it.</param>
/// <param name="Profile">What its owner says of it.</param>
internal sealed record DemoAgent(string Sample, AgentProfile Profile);

/// <summary>Who plays in the demo. Nothing here is a secret: the demo exists on developers' machines only.</summary>
internal static class DemoCast
{
    /// <summary>Everybody's password.</summary>
    public const string Password = "hermes-demo-2026";

    /// <summary>The installation's operator, where none was configured.</summary>
    public const string OperatorEmail = "operator@hermes.example";

    public static readonly IReadOnlyList<DemoTenant> Tenants =
    [
        new("aurora-press", "Aurora Press", Money.Usd(2_500),
            [
                new("Ada Lindqvist", "ada@aurora.example", BuiltInRoles.Admin),
                new("Felix Moreau", "felix@aurora.example", BuiltInRoles.Finance),
                new("Vera Osei", "vera@aurora.example", BuiltInRoles.Viewer),
            ],
            []),
        new("basalt-labs", "Basalt Labs", Money.Usd(500),
            [
                new("Bruno Keller", "bruno@basalt.example", BuiltInRoles.Admin),
                new("Dana Whitfield", "dana@basalt.example", BuiltInRoles.Developer),
            ],
            [
                Agent("summarizer", "Précis", "Summarises texts by extraction: the sentences that say most, in their own words and order.",
                    0.90m, ["extraction", "reading"], ["writing"], "text.summarize", "text.extract-facts"),
                Agent("csv-profiler", "Column Scout", "Profiles CSV files: types, gaps, ranges, medians and the odd rows, in a second.",
                    1.20m, ["tables", "statistics"], ["data"], "csv.profile", "chart.svg"),
                Agent("link-checker", "Linkwarden", "Checks the links of a page: dead anchors, empty addresses, links that no screen reader can say.",
                    0.60m, ["accessibility", "quality"], ["web"], "html.check-links", "markdown.convert"),
            ]),
        new("cobalt-studio", "Cobalt Studio", Money.Usd(500),
            [
                new("Clara Nwosu", "clara@cobalt.example", BuiltInRoles.Admin),
                new("Amir Haddad", "amir@cobalt.example", BuiltInRoles.Analyst),
                new("Sofia Brandt", "sofia@cobalt.example", BuiltInRoles.Support),
            ],
            [
                Agent("fact-extractor", "Ledgerhand", "Finds dates, amounts, percentages and addresses in letters and contracts, each with its place.",
                    0.80m, ["extraction", "finance"], ["writing"], "text.extract-facts", "text.summarize"),
                Agent("chart-drawer", "Plotsmith", "Draws bar and line charts as accessible SVG with round scales.",
                    1.80m, ["drawing", "accessibility"], ["data"], "chart.svg", "csv.profile"),
                Agent("markdown-converter", "Markwright", "Converts Markdown to safe, clean HTML with an outline.",
                    0.40m, ["conversion"], ["web"], "markdown.convert", "html.check-links"),
            ]),
    ];

    /// <summary>Those who can sign in.</summary>
    public static IReadOnlyList<DemoSignIn> SignIns(bool withOperator) =>
    [
        .. Tenants.SelectMany(t => t.People.Select(p => new DemoSignIn(t.Name, p.Name, p.Role, p.Email, Password))),
        .. withOperator ? [new DemoSignIn("Hermes itself", "The operator", BuiltInRoles.Operator, OperatorEmail, Password)] : Array.Empty<DemoSignIn>(),
    ];

    private static DemoAgent Agent(string sample, string name, string description, decimal price, string[] tags, string[] categories, params string[] capabilities) =>
        new(sample, new AgentProfile(name, description, capabilities, null, Money.Usd(price), AgentVisibility.Public, tags, categories, 4));
}
