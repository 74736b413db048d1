namespace Hermes.Application.A2A.Public;

/// <summary>What a card has to hold.</summary>
public static class CardRules
{
    private const int MostShown = 10;

    /// <summary>All that is wrong with a card: sentences' ends that name the member; empty when it is valid.</summary>
    public static IReadOnlyList<string> Problems(AgentCard card)
    {
        var problems = new List<string>();
        Text(card.Name, "name", 200);
        Text(card.Description, "description", 20_000);
        Text(card.Version, "version", 100);
        if (card.Capabilities is null)
            problems.Add("capabilities is missing");
        List(card.DefaultInputModes, "defaultInputModes");
        List(card.DefaultOutputModes, "defaultOutputModes");
        List(card.Skills, "skills");
        List(card.SupportedInterfaces, "supportedInterfaces");
        if (problems.Exists(p => p.EndsWith("holds null", StringComparison.Ordinal)) || card.SecurityRequirements?.Any(r => r is null) == true)
            return [.. problems, "lists of objects may not hold null"];
        for (var i = 0; i < Math.Min(card.Skills.Count, 200); i++)
        {
            Text(card.Skills[i].Id, $"skills[{i}].id", 200);
            Text(card.Skills[i].Name, $"skills[{i}].name", 200);
            Text(card.Skills[i].Description, $"skills[{i}].description", 20_000);
            List(card.Skills[i].Tags, $"skills[{i}].tags");
        }
        if (card.Skills.Select(s => s.Id).Distinct(StringComparer.Ordinal).Count() != card.Skills.Count)
            problems.Add("skills have ids that are not unique");
        for (var i = 0; i < Math.Min(card.SupportedInterfaces.Count, 20); i++)
        {
            var one = card.SupportedInterfaces[i];
            if (!Uri.TryCreate(one.Url, UriKind.Absolute, out var url) || (one.ProtocolBinding != ProtocolBindings.Grpc && url.Scheme is not ("http" or "https")))
                problems.Add($"supportedInterfaces[{i}].url is not an absolute http or https address");
            Text(one.ProtocolBinding, $"supportedInterfaces[{i}].protocolBinding", 200);
            Text(one.ProtocolVersion, $"supportedInterfaces[{i}].protocolVersion", 20);
        }
        foreach (var requirement in card.SecurityRequirements ?? [])
        {
            foreach (var name in requirement.Schemes.Keys.Where(name => card.SecuritySchemes?.ContainsKey(name) != true))
                problems.Add($"securityRequirements names '{name}', which securitySchemes doesn't have");
        }
        if (card.SupportedInterfaces.Count > 0 && Interface(card) is null)
            problems.Add("supportedInterfaces has none with protocolBinding JSONRPC or HTTP+JSON and protocolVersion 1.0");
        return problems.Count <= MostShown ? problems : [.. problems.Take(MostShown), $"and {problems.Count - MostShown} more"];

        void Text(string value, string member, int most)
        {
            if (string.IsNullOrWhiteSpace(value))
                problems.Add($"{member} is missing");
            else if (value.Length > most)
                problems.Add($"{member} is longer than {most} characters");
        }

        void List<T>(IReadOnlyList<T> values, string member)
        {
            if (values.Count == 0)
                problems.Add($"{member} is empty");
            else if (values.Any(v => v is null))
                problems.Add($"{member} holds null");
        }
    }

    /// <summary>The first interface that Hermes speaks: the card's order is the agent's preference; null for none.</summary>
    public static AgentInterface? Interface(AgentCard card) => card.SupportedInterfaces.FirstOrDefault(one =>
        one is not null && one.ProtocolBinding is ProtocolBindings.JsonRpc or ProtocolBindings.HttpJson && IsVersion1(one.ProtocolVersion) &&
        Uri.TryCreate(one.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https");

    private static bool IsVersion1(string version) => version is "1.0" or "1" || version.StartsWith("1.", StringComparison.Ordinal);
}
