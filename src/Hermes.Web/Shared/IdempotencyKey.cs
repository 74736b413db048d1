using System.Security.Cryptography;
using System.Text;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Web.Shared;

/// <summary>The request's <c>Idempotency-Key</c> with the fingerprint of what came with it.</summary>
public sealed class RequestIdempotencyKey : IIdempotencyKey
{
    /// <inheritdoc />
    public string? Key { get; private set; }

    /// <inheritdoc />
    public byte[]? Fingerprint { get; private set; }

    /// <inheritdoc />
    public void TakeOver(IIdempotencyKey other) => (Key, Fingerprint) = (other.Key, other.Fingerprint);

    internal void Set(string key, byte[] fingerprint) => (Key, Fingerprint) = (key, fingerprint);
}

/// <summary>Reads the header on API posts, buffers the body and hashes it.</summary>
internal sealed class IdempotencyKeyMiddleware(RequestDelegate next)
{
    public const string Header = "Idempotency-Key";

    private static readonly Error Bad = Error.Invalid("idempotency.key_invalid", "An Idempotency-Key has 1 to 200 printable ASCII characters.");

    public async Task InvokeAsync(HttpContext context, RequestIdempotencyKey holder)
    {
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method) || !request.Path.StartsWithSegments("/api", StringComparison.Ordinal) || !request.Headers.TryGetValue(Header, out var values))
        {
            await next(context);
            return;
        }
        var key = values.ToString();
        if (key.Length is 0 or > 200 || key.Any(c => c is < ' ' or > '~'))
        {
            await ResultHttp.Problem(Bad).ExecuteAsync(context);
            return;
        }
        request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        var buffer = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
            hash.AppendData(buffer, 0, read);
        request.Body.Position = 0;
        holder.Set(key, hash.GetHashAndReset());
        await next(context);
    }
}
