using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Hermes.Application.A2A.Public;
using Hermes.Application.Shared;

namespace Hermes.Infrastructure.A2A;

internal sealed class AgentCardReader(IOutgoingHttp http) : IAgentCardReader
{
    private static readonly string[] Files = ["agent-card.json", "agent.json"];
    private static readonly OutgoingLimits Limits = new() { Total = TimeSpan.FromSeconds(10), Silence = TimeSpan.FromSeconds(8), MaxBytes = 512 * 1024 };

    public async Task<FetchedCard> ReadAsync(Uri endpoint, X509Certificate2? certificate, CancellationToken cancellationToken)
    {
        foreach (var place in Places(endpoint))
        {
            var answer = await FetchAsync(place, certificate, cancellationToken);
            if (answer.Status is 404 or 405 or 410)
                continue;
            if (!answer.Succeeded)
                throw new A2ACallException(answer.Status is 401 or 403 ? A2AFailure.Unauthorized : A2AFailure.HttpError, $"{place} answered HTTP {answer.Status}.") { HttpStatus = answer.Status };
            return Read(answer);
        }
        throw new A2ACallException(A2AFailure.HttpError, $"There is no agent card at {Places(endpoint)[0]} nor at the older agent.json.") { HttpStatus = 404 };
    }

    /// <summary>Where a card may lie, most likely first.</summary>
    internal static IReadOnlyList<Uri> Places(Uri endpoint)
    {
        if (endpoint.AbsolutePath.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return [endpoint];
        var (origin, below) = (endpoint.GetLeftPart(UriPartial.Authority), endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/'));
        return [.. Files.SelectMany(file => new[] { below, origin }.Distinct().Select(at => new Uri($"{at}/.well-known/{file}")))];
    }

    private async Task<OutgoingAnswer> FetchAsync(Uri place, X509Certificate2? certificate, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(new OutgoingRequest(HttpMethod.Get, place)
            {
                Headers = [new("Accept", "application/json, application/a2a+json"), new(A2AJson.VersionHeader, A2AJson.Version)],
                ClientCertificate = certificate,
            }, Limits, cancellationToken);
        }
        catch (OutgoingFailedException failure)
        {
            throw A2AClient.Told(failure);
        }
    }

    private static FetchedCard Read(OutgoingAnswer answer)
    {
        JsonElement json;
        try
        {
            json = JsonElement.Parse(answer.Body.Span);
        }
        catch (JsonException failure)
        {
            throw Invalid(answer.MediaType is "application/json" or A2AJson.MediaType or ""
                ? "The agent card can't be parsed as JSON."
                : $"The agent card is {answer.MediaType}, not JSON.", failure);
        }
        if (json.ValueKind != JsonValueKind.Object)
            throw Invalid("The agent card is not a JSON object.");
        AgentCard card;
        try
        {
            card = A2AJson.Read<AgentCard>(json);
        }
        catch (JsonException failure)
        {
            throw Invalid($"The agent card has a member of another type than the specification says{(failure.Path is { Length: > 0 } path ? $" at {path}" : "")}.", failure);
        }
        // The form of the versions before 1.0, whose calls look otherwise, too.
        if (!json.TryGetProperty("supportedInterfaces", out _) && json.TryGetProperty("url", out _))
            throw Invalid("The agent card is of a version before 1.0; Hermes calls agents of version 1.0.");
        var problems = CardRules.Problems(card);
        if (problems.Count > 0)
            throw Invalid($"The agent card is not valid: {string.Join("; ", problems)}.");
        return new FetchedCard(card, Encoding.UTF8.GetString(answer.Body.Span), answer.Url, CardRules.Interface(card)!);
    }

    private static A2ACallException Invalid(string message, Exception? inner = null) => new(A2AFailure.InvalidAnswer, message, inner);
}
