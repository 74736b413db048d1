using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace Hermes.Infrastructure.Marketplace.Embeddings;

/// <summary>
/// An OpenAI-compatible embedding endpoint. The operator names its address, so it is no guarded call; texts go in batches, and a
/// fault, a cut connection or "too many requests" is tried again after a growing, jittered wait, or after the time the server asks for.
/// </summary>
internal sealed class EndpointEmbeddings(HttpClient http, EmbeddingSettings settings, TimeProvider clock) : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <exception cref="HttpRequestException">The endpoint refuses, or does not answer after all retries.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var all = new GeneratedEmbeddings<Embedding<float>>();
        foreach (var batch in values.Chunk(settings.BatchSize))
        {
            var answer = await PostAsync(batch, cancellationToken);
            if (answer.Data.Count != batch.Length)
                throw new HttpRequestException($"The embedding endpoint answered {answer.Data.Count} vectors for {batch.Length} texts.");
            foreach (var one in answer.Data.OrderBy(d => d.Index))
            {
                if (one.Embedding.Length != settings.Dimensions)
                    throw new HttpRequestException($"The embedding endpoint answers vectors of {one.Embedding.Length} numbers; Hermes:Embeddings:Dimensions says {settings.Dimensions}.");
                all.Add(new Embedding<float>(one.Embedding) { ModelId = settings.Model });
            }
        }
        return all;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("openai-compatible", settings.Endpoint, settings.Model, settings.Dimensions) : null;

    public void Dispose()
    {
    }

    private async Task<Answer> PostAsync(string[] texts, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            TimeSpan? wait = null;
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(TimeSpan.FromSeconds(settings.TimeoutSeconds));
                using var request = new HttpRequestMessage(HttpMethod.Post, settings.Endpoint!.AbsoluteUri.TrimEnd('/') + "/embeddings")
                {
                    Content = JsonContent.Create(new { model = settings.Model, input = texts, encoding_format = "float" }),
                };
                if (settings.ApiKey is { Length: > 0 } key)
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
                using var response = await http.SendAsync(request, limit.Token);
                if (response.IsSuccessStatusCode)
                    return await response.Content.ReadFromJsonAsync<Answer>(limit.Token) ?? throw new HttpRequestException("The embedding endpoint answered nothing.");
                if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout) && (int)response.StatusCode < 500)
                    throw new EmbeddingRefusedException($"The embedding endpoint refused: {(int)response.StatusCode}.");
                wait = response.Headers.RetryAfter?.Delta;
                if (attempt >= settings.Retries)
                    throw new HttpRequestException($"The embedding endpoint answered {(int)response.StatusCode} {attempt + 1} times.");
            }
            catch (Exception fault) when (attempt < settings.Retries && !cancellationToken.IsCancellationRequested
                && fault is not EmbeddingRefusedException && fault is HttpRequestException or OperationCanceledException)
            {
                // Tried again below.
            }
            var backoff = TimeSpan.FromMilliseconds(Math.Min(10_000, 100 << attempt) * (0.5 + Random.Shared.NextDouble()));
            await Task.Delay(wait is { } asked && asked < TimeSpan.FromMinutes(1) ? asked : backoff, clock, cancellationToken);
        }
    }

    internal sealed record Answer([property: JsonPropertyName("data")] List<Item> Data);

    internal sealed record Item([property: JsonPropertyName("index")] int Index, [property: JsonPropertyName("embedding")] float[] Embedding);
}

/// <summary>The endpoint does not take the request as it is: trying again does not help.</summary>
internal sealed class EmbeddingRefusedException(string message) : HttpRequestException(message);
