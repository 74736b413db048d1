using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Hermes.Application.Shared;

namespace Hermes.Infrastructure.Shared.Outgoing;

/// <summary>
/// The guarded client. Names are resolved here, every resolved address is checked, and the socket is connected to an
/// address that was checked: a name that changes its answer between check and use changes nothing. Neither proxy, cookies
/// nor automatic redirects; timers run in real time.
/// </summary>
internal sealed class GuardedHttp : IOutgoingHttp, IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private readonly OutgoingRules _rules;
    private readonly IHostAddresses _hosts;
    private readonly RemoteCertificateValidationCallback? _trust;
    private readonly HttpMessageInvoker _http;

    /// <param name="rules">Which addresses may be called.</param>
    /// <param name="hosts">Resolves names.</param>
    /// <param name="trust">Which certificates of servers are believed; null for those that the machine trusts.</param>
    public GuardedHttp(OutgoingRules rules, IHostAddresses hosts, RemoteCertificateValidationCallback? trust = null)
    {
        (_rules, _hosts, _trust) = (rules, hosts, trust);
        _http = Invoker(null);
    }

    public void Dispose() => _http.Dispose();

    private HttpMessageInvoker Invoker(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectCallback = ConnectAsync,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
            MaxResponseHeadersLength = 32,
            // What an abandoned answer still has to say is not waited for.
            MaxResponseDrainSize = 0,
            ActivityHeadersPropagator = null,
            PreAuthenticate = false,
        };
        handler.SslOptions.RemoteCertificateValidationCallback = _trust;
        if (certificate is not null)
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true);
        return new HttpMessageInvoker(handler);
    }

    public async Task<OutgoingAnswer> SendAsync(OutgoingRequest request, OutgoingLimits limits, CancellationToken cancellationToken)
    {
        using var open = await OpenAsync(request, limits, cancellationToken);
        using var whole = new MemoryStream();
        await open.Body.CopyToAsync(whole, cancellationToken);
        return new OutgoingAnswer(open.Status, open.Headers, whole.GetBuffer().AsMemory(0, (int)whole.Length), open.Url);
    }

    public async Task<OpenAnswer> OpenAsync(OutgoingRequest request, OutgoingLimits limits, CancellationToken cancellationToken)
    {
        // Lives as long as the body: the total time covers it.
        var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        HttpResponseMessage? response = null;
        // Connections that are proved by a certificate are nobody else's: they end with the answer.
        var proved = request.ClientCertificate is { } certificate ? Invoker(certificate) : null;
        try
        {
            time.CancelAfter(limits.Total);
            var (answered, url) = await FollowAsync(request, proved, limits, time.Token, cancellationToken);
            response = answered;
            if (response.Content.Headers.ContentEncoding.Count > 0)
                throw new OutgoingFailedException(OutgoingFailure.Malformed, "The answer's Content-Encoding is not understood.");
            if (response.Content.Headers.ContentLength > limits.MaxBytes)
                throw TooLarge(limits);
            var body = new GuardedBody(await response.Content.ReadAsStreamAsync(time.Token), limits, time, cancellationToken);
            return new OpenAnswer((int)response.StatusCode, HeadersOf(response), body, url, new Held(response, time, proved));
        }
        catch (Exception failure)
        {
            response?.Dispose();
            proved?.Dispose();
            time.Dispose();
            if (failure is OutgoingFailedException || (failure is OperationCanceledException && cancellationToken.IsCancellationRequested))
                throw;
            throw Told(failure, cancellationToken);
        }
    }

    internal static OutgoingFailedException TooLarge(OutgoingLimits limits) =>
        new(OutgoingFailure.TooLarge, $"The answer is larger than {limits.MaxBytes:N0} bytes.");

    /// <summary>The failure in the words of the port.</summary>
    internal static Exception Told(Exception failure, CancellationToken caller)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is OutgoingFailedException told)
                return told;
        }
        return failure switch
        {
            OperationCanceledException when caller.IsCancellationRequested => failure,
            OperationCanceledException => new OutgoingFailedException(OutgoingFailure.TimedOut, "It took too long.", failure),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
                new OutgoingFailedException(OutgoingFailure.Unreachable, "The host's name can't be resolved.", failure) { NeverSent = true },
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } =>
                new OutgoingFailedException(OutgoingFailure.Unreachable, "Nothing answers at the address.", failure) { NeverSent = true },
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                new OutgoingFailedException(OutgoingFailure.Unreachable, "No secure connection: the certificate is not valid for the host, or TLS fails.", failure) { NeverSent = true },
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.ConfigurationLimitExceeded } =>
                new OutgoingFailedException(OutgoingFailure.Malformed, "The answer is not HTTP.", failure),
            InvalidDataException => new OutgoingFailedException(OutgoingFailure.Malformed, "The answer can't be decompressed.", failure),
            _ => new OutgoingFailedException(OutgoingFailure.Unreachable, "The connection broke.", failure),
        };
    }

    private async Task<(HttpResponseMessage Response, Uri Url)> FollowAsync(
        OutgoingRequest request, HttpMessageInvoker? proved, OutgoingLimits limits, CancellationToken time, CancellationToken caller)
    {
        var (url, method, body, secrets) = (request.Url, request.Method, request.Body, request.Secrets);
        for (var redirects = 0; ; redirects++)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(time);
            silence.CancelAfter(limits.Silence);
            HttpResponseMessage response;
            try
            {
                if (_rules.Refuse(url) is { } refusal)
                    throw new OutgoingFailedException(OutgoingFailure.Blocked, refusal) { NeverSent = true };
                using var message = Message(request, method, url, body, secrets);
                response = await (proved ?? _http).SendAsync(message, silence.Token);
            }
            catch (Exception failure)
            {
                // Who redirected has had the request, whatever became of it behind the redirect.
                throw Told(failure, caller) is not OutgoingFailedException { NeverSent: true } told || redirects == 0
                    ? Told(failure, caller)
                    : new OutgoingFailedException(told.Failure, told.Message, told);
            }
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || limits.MaxRedirects == 0)
                return (response, url);
            using (response)
            {
                if (redirects >= limits.MaxRedirects)
                    throw new OutgoingFailedException(OutgoingFailure.Redirected, $"More than {limits.MaxRedirects} redirects.");
                if (response.Headers.Location is not { } location || !Uri.TryCreate(url, location, out var next))
                    throw new OutgoingFailedException(OutgoingFailure.Redirected, "A redirect leads nowhere.");
                if (url.Scheme == "https" && next.Scheme == "http")
                    throw new OutgoingFailedException(OutgoingFailure.Blocked, "A redirect leads away from TLS.");
                // Credentials are for the origin they were given for, and for no other that it names.
                if (Uri.Compare(url, next, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) != 0)
                {
                    secrets = [];
                    proved = null;
                }
                if ((int)response.StatusCode == 303 || ((int)response.StatusCode is 301 or 302 && method == HttpMethod.Post))
                    (method, body) = (method == HttpMethod.Head ? method : HttpMethod.Get, null);
                url = next;
            }
        }
    }

    private static HttpRequestMessage Message(OutgoingRequest request, HttpMethod method, Uri url, ReadOnlyMemory<byte>? body, IReadOnlyList<KeyValuePair<string, string>> secrets)
    {
        var message = new HttpRequestMessage(method, url);
        if (body is { } bytes)
        {
            message.Content = new ReadOnlyMemoryContent(bytes);
            message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(request.ContentType);
        }
        message.Headers.TryAddWithoutValidation("User-Agent", "Hermes");
        foreach (var (name, value) in request.Headers.Concat(secrets))
        {
            // Validated, so that a value can't carry a second header.
            if (value.AsSpan().ContainsAny('\r', '\n', '\0') || !message.Headers.TryAddWithoutValidation(name, value))
                throw new OutgoingFailedException(OutgoingFailure.Blocked, $"The header '{name}' can't be sent.") { NeverSent = true };
        }
        return message;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host.Trim('[', ']'), context.DnsEndPoint.Port);
        IPAddress[] addresses;
        try
        {
            addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _hosts.ResolveAsync(host, cancellationToken);
        }
        catch (SocketException failure)
        {
            throw new OutgoingFailedException(OutgoingFailure.Unreachable, "The host's name can't be resolved.", failure) { NeverSent = true };
        }
        if (addresses.Length == 0)
            throw new OutgoingFailedException(OutgoingFailure.Unreachable, "The host's name can't be resolved.") { NeverSent = true };
        // A name that also points inside is meant to be trouble: one wrong address refuses all.
        if (!_rules.IsNamed(host) && !Array.TrueForAll(addresses, _rules.MayConnect))
            throw new OutgoingFailedException(OutgoingFailure.Blocked, "The host is not on the public Internet, and this installation doesn't allow it.") { NeverSent = true };
        SocketException? last = null;
        foreach (var address in addresses.OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).Take(4))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException failure)
            {
                socket.Dispose();
                last = failure;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw new OutgoingFailedException(OutgoingFailure.Unreachable, "Nothing answers at the address.", last) { NeverSent = true };
    }

    private static Dictionary<string, string> HeadersOf(HttpResponseMessage response)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
            headers.TryAdd(name, values.FirstOrDefault() ?? "");
        return headers;
    }

    private sealed class Held(HttpResponseMessage response, CancellationTokenSource time, HttpMessageInvoker? proved) : IDisposable
    {
        public void Dispose()
        {
            response.Dispose();
            proved?.Dispose();
            time.Dispose();
        }
    }
}

/// <summary>A body that is read up to a size and given up when it is silent for too long.</summary>
internal sealed class GuardedBody(Stream inner, OutgoingLimits limits, CancellationTokenSource time, CancellationToken caller) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        silence.CancelAfter(limits.Silence);
        int count;
        try
        {
            count = await inner.ReadAsync(buffer, silence.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (failure is not OutgoingFailedException)
        {
            throw GuardedHttp.Told(failure, caller);
        }
        _read += count;
        return _read <= limits.MaxBytes ? count : throw GuardedHttp.TooLarge(limits);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
