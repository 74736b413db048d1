using System.Text;
using Hermes.Application.Calls.Public;
using Hermes.Application.Marketplace;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Marketplace.Search;

namespace Hermes.Infrastructure.Marketplace;

/// <summary>
/// A listed agent as the database has it; while its row version is unchanged, its text need not be indexed anew. The longest of it,
/// what it says of itself, is kept as UTF-8.
/// </summary>
internal sealed record Listing(
    AgentId Id, TenantId Tenant, string Name, ReadOnlyMemory<byte> Said, string[] Capabilities, Money BasePrice, string Visibility, string[] Tags, string[] Categories,
    string[] Languages, string[] Regions, decimal Trust, string Presence, bool HasEndpoint, DateTimeOffset RegisteredAt, uint Version,
    DateTimeOffset ChangedAt, int? LatencyMs)
{
    /// <summary>What it does; may be empty.</summary>
    public string Description => Encoding.UTF8.GetString(Said.Span);

    /// <summary>What is indexed of it.</summary>
    public AgentText Text => new(Name, Description, Capabilities, Tags, Categories);

    /// <summary>Whether the viewer may know of it: exactly when it may call it.</summary>
    public bool IsSeenBy(CallerAccess viewer) => viewer.MayCall(Id, Tenant, Visibility == "public");

    /// <summary>As it is shown.</summary>
    public FoundAgent Show(TenantId? viewer, double score, double relevance, double? lexical, double? semantic, double cheapness) => new(
        Id, Tenant, Name, Description, Capabilities, BasePrice, Visibility, Tags, Categories, Languages, Regions, Presence, Trust, RegisteredAt, Tenant == viewer,
        Digits(score), new ScoreComponents(Digits(relevance), Digits(lexical), Digits(semantic), Trust, Digits(cheapness), Digits(Availability(Presence))))
    {
        ChangedAt = ChangedAt,
        LatencyMs = LatencyMs,
    };

    /// <summary>The presence of a listed agent that has no socket: its probes vouch for its endpoint.</summary>
    public static string Unconnected(bool hasEndpoint) => hasEndpoint ? "online" : "offline";

    /// <summary>1 online, 0.5 busy, 0 offline.</summary>
    public static double Availability(string presence) => presence switch { "online" => 1, "busy" => 0.5, _ => 0 };

    private static decimal Digits(double value) => Math.Round((decimal)Math.Clamp(value, 0, 1), 4);

    private static decimal? Digits(double? value) => value is { } there ? Digits(there) : null;
}
