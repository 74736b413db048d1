using System.Security.Cryptography.X509Certificates;

namespace Hermes.Application.Shared;

/// <summary>
/// The one way to call an address that a user gave Hermes: agent endpoints, cards, webhooks. It resolves names itself and
/// connects only to addresses that are public or that the installation allows, follows redirects with the same care and
/// without credentials for another origin, and limits time and size after decompression.
/// </summary>
public interface IOutgoingHttp
{
    /// <summary>Sends and reads the whole answer, whatever its status.</summary>
    /// <param name="request">The request; sent once, and again with the same content only by a redirect that keeps the method.</param>
    /// <param name="limits">Time and size.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OutgoingFailedException">There is no whole answer.</exception>
    Task<OutgoingAnswer> SendAsync(OutgoingRequest request, OutgoingLimits limits, CancellationToken cancellationToken);

    /// <summary>Sends and reads the head of the answer; the body is read under the same limits.</summary>
    /// <inheritdoc cref="SendAsync"/>
    Task<OpenAnswer> OpenAsync(OutgoingRequest request, OutgoingLimits limits, CancellationToken cancellationToken);
}

/// <summary>A request to an address that a user gave.</summary>
/// <param name="Method">For instance <c>POST</c>.</param>
/// <param name="Url">Absolute, http or https.</param>
public sealed record OutgoingRequest(HttpMethod Method, Uri Url)
{
    /// <summary>Headers that anybody may see.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Headers that prove the caller: dropped at a redirect to another origin.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Secrets { get; init; } = [];

    /// <summary>Certificate that proves the caller in the TLS handshake, to the first origin only; null for none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The body; null for none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>The body's media type.</summary>
    public string ContentType { get; init; } = "application/json";
}

/// <summary>Time and size of an outgoing request.</summary>
public sealed record OutgoingLimits
{
    /// <summary>From the start to the last byte, redirects included.</summary>
    public TimeSpan Total { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two reads, and until the head of the answer.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Most bytes of the body after decompression.</summary>
    public long MaxBytes { get; init; } = 1024 * 1024;

    /// <summary>Most redirects; 0 answers a redirect as it is.</summary>
    public int MaxRedirects { get; init; } = 3;
}

/// <summary>A whole answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Headers">By name, first value each; names in any case.</param>
/// <param name="Body">After decompression.</param>
/// <param name="Url">Where it came from, after redirects.</param>
public sealed record OutgoingAnswer(int Status, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body, Uri Url)
{
    /// <summary>200–299.</summary>
    public bool Succeeded => Status is >= 200 and < 300;

    /// <summary>Media type without parameters, lower case; empty when not said.</summary>
    public string MediaType => OpenAnswer.MediaTypeOf(Headers);
}

/// <summary>An answer whose body is still to be read; dispose it.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="headers">By name, first value each.</param>
/// <param name="body">After decompression; its reads throw <see cref="OutgoingFailedException"/> past a limit.</param>
/// <param name="url">Where it comes from, after redirects.</param>
/// <param name="held">What lives as long as the body.</param>
public sealed class OpenAnswer(int status, IReadOnlyDictionary<string, string> headers, Stream body, Uri url, IDisposable held) : IDisposable
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>By name, first value each; names in any case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; } = headers;

    /// <summary>The body after decompression.</summary>
    public Stream Body { get; } = body;

    /// <summary>Where it comes from, after redirects.</summary>
    public Uri Url { get; } = url;

    /// <summary>Media type without parameters, lower case; empty when not said.</summary>
    public string MediaType => MediaTypeOf(Headers);

    /// <inheritdoc />
    public void Dispose()
    {
        Body.Dispose();
        held.Dispose();
    }

    internal static string MediaTypeOf(IReadOnlyDictionary<string, string> headers) =>
        headers.TryGetValue("Content-Type", out var type) ? type.Split(';')[0].Trim().ToLowerInvariant() : "";
}

/// <summary>Why an outgoing request failed.</summary>
public enum OutgoingFailure
{
    /// <summary>The address may not be called.</summary>
    Blocked,
    /// <summary>The name can't be resolved, nothing listens, TLS fails, or the connection broke.</summary>
    Unreachable,
    /// <summary>Too slow as a whole, or silent for too long.</summary>
    TimedOut,
    /// <summary>The body is larger than allowed.</summary>
    TooLarge,
    /// <summary>More redirects than allowed, or one that leads nowhere.</summary>
    Redirected,
    /// <summary>Not HTTP, or a body that can't be decompressed.</summary>
    Malformed,
}

/// <summary>An outgoing request failed.</summary>
/// <param name="failure">Why.</param>
/// <param name="message">One sentence; names no address that resolution found.</param>
/// <param name="inner">What caused it; null for nothing.</param>
public sealed class OutgoingFailedException(OutgoingFailure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Why.</summary>
    public OutgoingFailure Failure { get; } = failure;

    /// <summary>True when no byte of the request was sent.</summary>
    public bool NeverSent { get; init; }
}
