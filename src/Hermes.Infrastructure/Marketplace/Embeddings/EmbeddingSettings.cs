using System.ComponentModel.DataAnnotations;
using Hermes.Application.Shared;

namespace Hermes.Infrastructure.Marketplace.Embeddings;

/// <summary>The model that turns texts into vectors for the search. Without an endpoint the built-in embedder does.</summary>
[Settings("Hermes:Embeddings")]
public sealed class EmbeddingSettings : IChecksItself
{
    /// <summary>Address of an OpenAI-compatible API, up to and with its version: <c>https://api.example.com/v1</c>. Null for the built-in embedder.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>The model's name as the endpoint knows it; it is stored with each vector. Another name embeds all texts anew.</summary>
    public string? Model { get; set; }

    /// <summary>Sent as a bearer token; null for none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Numbers of a vector of that model.</summary>
    [Range(8, 4_096)]
    public int Dimensions { get; set; } = 1_536;

    /// <summary>Texts in one request.</summary>
    [Range(1, 2_048)]
    public int BatchSize { get; set; } = 64;

    /// <summary>Seconds that one request may take; a query waits a tenth of it.</summary>
    [Range(1, 300)]
    public int TimeoutSeconds { get; set; } = 20;

    /// <summary>How often a request is tried again after a fault or "too many requests".</summary>
    [Range(0, 10)]
    public int Retries { get; set; } = 4;

    /// <inheritdoc />
    public IEnumerable<string> Problems()
    {
        if (Endpoint is { } address && (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https")))
            yield return "Endpoint must be an absolute http or https address";
        if (Endpoint is not null && string.IsNullOrWhiteSpace(Model))
            yield return "Model must be given with an endpoint";
    }
}
