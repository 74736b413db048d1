using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure.Shared.Outgoing;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Outgoing;

/// <summary>The guarded client against those who mean harm. The test's server is reached where a test allows its address.</summary>
public sealed class GuardedHttpTests : IDisposable
{
    private readonly List<GuardedHttp> _clients = [];
    private readonly RawServer _server = new();

    public void Dispose()
    {
        _clients.ForEach(c => c.Dispose());
        _server.Dispose();
    }

    private GuardedHttp Client(IHostAddresses? hosts = null, bool http = true, params string[] allow)
    {
        var client = new GuardedHttp(new OutgoingRules(new OutgoingSettings { Allow = allow, AllowHttp = http }, development: false), hosts ?? new HostAddresses());
        _clients.Add(client);
        return client;
    }

    private static OutgoingRequest Get(string url) => new(HttpMethod.Get, new Uri(url));

    private static async Task<OutgoingFailedException> FailsAsync(GuardedHttp client, string url, OutgoingLimits? limits = null) =>
        await Should.ThrowAsync<OutgoingFailedException>(client.SendAsync(Get(url), limits ?? new OutgoingLimits { Total = Eventually.Patience }, default));

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f000001:{0}/")]
    [InlineData("http://0x7f.0.0.1:{0}/")]
    [InlineData("http://0177.0.0.1:{0}/")]
    [InlineData("http://127.0.0.1.:{0}/")]
    [InlineData("http://0.0.0.0:{0}/")]
    [InlineData("http://0:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[::]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://[::ffff:7f00:1]:{0}/")]
    [InlineData("http://[::127.0.0.1]:{0}/")]
    [InlineData("http://[64:ff9b::7f00:1]:{0}/")]
    [InlineData("http://[64:ff9b:1::7f00:1]:{0}/")]
    [InlineData("http://[2002:7f00:1::]:{0}/")]
    [InlineData("http://[fe80::1%25lo]:{0}/")]
    [InlineData("http://[fd00::1]:{0}/")]
    [InlineData("http://[ff02::1]:{0}/")]
    [InlineData("http://10.0.0.1:{0}/")]
    [InlineData("http://172.16.0.1:{0}/")]
    [InlineData("http://192.168.1.1:{0}/")]
    [InlineData("http://100.64.0.1:{0}/")]
    [InlineData("http://169.254.169.254:{0}/latest/meta-data/")]
    [InlineData("http://224.0.0.1:{0}/")]
    [InlineData("http://255.255.255.255:{0}/")]
    [InlineData("http://①②⑦.⓪.⓪.①:{0}/")]
    public async Task Addresses_that_lead_inside_are_not_called_however_they_are_written(string pattern)
    {
        if (!Uri.TryCreate(string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, _server.Port), UriKind.Absolute, out var url))
            return;

        var failure = await Should.ThrowAsync<OutgoingFailedException>(Client().SendAsync(new OutgoingRequest(HttpMethod.Get, url), new OutgoingLimits { Total = Eventually.Patience }, default));

        failure.Failure.ShouldBeOneOf(OutgoingFailure.Blocked, OutgoingFailure.Unreachable);
        failure.NeverSent.ShouldBeTrue();
        _server.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700:4700::1111", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("192.0.0.192", false)]
    [InlineData("fec0::1", false)]
    [InlineData("fe80::1", false)]
    public void Public_is_what_the_open_Internet_routes(string address, bool isPublic) =>
        OutgoingRules.IsPublic(IPAddress.Parse(address)).ShouldBe(isPublic);

    [Fact]
    public async Task What_the_installation_allows_is_called_and_nothing_else_of_the_same_network()
    {
        _server.Answer("200 OK", "fine");

        (await Client(null, true, "127.0.0.1").SendAsync(Get(_server.Url), new OutgoingLimits(), default)).Body.ToArray().ShouldBe("fine"u8.ToArray());
        (await Client(null, true, "127.0.0.0/24").SendAsync(Get(_server.Url), new OutgoingLimits(), default)).Status.ShouldBe(200);
        (await Client(null, true, "localhost").SendAsync(Get($"http://localhost:{_server.Port}/"), new OutgoingLimits(), default)).Status.ShouldBe(200);
        (await FailsAsync(Client(null, true, "127.0.0.2"), _server.Url)).Failure.ShouldBe(OutgoingFailure.Blocked);
        (await FailsAsync(Client(null, true, "localhost"), _server.Url)).Failure.ShouldBe(OutgoingFailure.Blocked);
    }

    [Fact]
    public async Task A_name_that_changes_its_answer_gains_nothing()
    {
        // First public, then this machine: a client that checks and then lets the system resolve anew would come here.
        var names = new ChangingNames([IPAddress.Parse("192.0.2.1")], [IPAddress.Loopback]);
        var failure = await FailsAsync(Client(names), $"http://rebind.test:{_server.Port}/");
        failure.Failure.ShouldBe(OutgoingFailure.Blocked);

        (await FailsAsync(Client(names), $"http://rebind.test:{_server.Port}/")).Failure.ShouldBe(OutgoingFailure.Blocked);
        // One public and one inside: all refused.
        (await FailsAsync(Client(new ChangingNames([IPAddress.Parse("8.8.8.8"), IPAddress.Loopback])), $"http://both.test:{_server.Port}/")).Failure.ShouldBe(OutgoingFailure.Blocked);
        _server.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task The_name_is_resolved_once_for_a_connection_and_that_answer_is_used()
    {
        _server.Answer("200 OK", "fine");
        var names = new ChangingNames([IPAddress.Loopback], [IPAddress.Parse("10.0.0.1")]);

        (await Client(names, true, "127.0.0.1").SendAsync(Get($"http://once.test:{_server.Port}/"), new OutgoingLimits(), default)).Status.ShouldBe(200);

        names.Asked.ShouldBe(1);
    }

    [Theory]
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1/")]
    [InlineData("http://user:pass@127.0.0.1/")]
    public async Task A_redirect_inside_is_not_followed(string to)
    {
        _server.Answer("302 Found", "", $"Location: {to}");

        (await FailsAsync(Client(null, true, "127.0.0.1"), _server.Url)).Failure.ShouldBe(OutgoingFailure.Blocked);
    }

    [Fact]
    public async Task Redirects_are_followed_so_far_and_without_end_they_end()
    {
        _server.Answer("302 Found", "", "Location: /again");

        var failure = await FailsAsync(Client(null, true, "127.0.0.1"), _server.Url);

        failure.Failure.ShouldBe(OutgoingFailure.Redirected);
        _server.Requests.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Credentials_are_not_carried_to_another_origin()
    {
        using var other = new RawServer();
        other.Answer("200 OK", "other");
        _server.Answer("307 Temporary Redirect", "", $"Location: {other.Url}");
        var request = Get(_server.Url) with { Method = HttpMethod.Post, Body = "{}"u8.ToArray(), Secrets = [new("Authorization", "Bearer secret"), new("X-Api-Key", "secret")], Headers = [new("X-Open", "yes")] };

        await Client(null, true, "127.0.0.1").SendAsync(request, new OutgoingLimits(), default);

        _server.Requests.Single().ShouldContain("Bearer secret");
        other.Requests.Single().ShouldNotContain("secret");
        other.Requests.Single().ShouldContain("X-Open: yes");
        other.Requests.Single().ShouldStartWith("POST");
    }

    [Fact]
    public async Task Within_an_origin_credentials_stay()
    {
        _server.Answer(request => request.StartsWith("GET /there", StringComparison.Ordinal) ? RawServer.Http("200 OK", "there") : RawServer.Http("302 Found", "", "Location: /there"));

        await Client(null, true, "127.0.0.1").SendAsync(Get(_server.Url) with { Secrets = [new("X-Api-Key", "secret")] }, new OutgoingLimits(), default);

        _server.Requests.ElementAt(1).ShouldContain("secret");
    }

    [Fact]
    public async Task Without_TLS_nothing_public_is_called()
    {
        var failure = await FailsAsync(Client(new ChangingNames([IPAddress.Parse("8.8.8.8")]), http: false), "http://plain.test/");

        failure.Failure.ShouldBe(OutgoingFailure.Blocked);
        failure.Message.ShouldContain("TLS");
    }

    [Fact]
    public async Task A_slow_body_is_given_up()
    {
        _server.Drip(TimeSpan.FromMilliseconds(150));
        var client = Client(null, true, "127.0.0.1");

        (await FailsAsync(client, _server.Url, new OutgoingLimits { Total = TimeSpan.FromSeconds(1), Silence = TimeSpan.FromSeconds(1) })).Failure.ShouldBe(OutgoingFailure.TimedOut);
        (await FailsAsync(client, _server.Url, new OutgoingLimits { Total = TimeSpan.FromHours(1), Silence = TimeSpan.FromMilliseconds(50) }).WaitAsync(Eventually.Patience)).Failure.ShouldBe(OutgoingFailure.TimedOut);
    }

    [Fact]
    public async Task Silence_before_the_answer_is_given_up()
    {
        _server.Answer(_ => null);

        (await FailsAsync(Client(null, true, "127.0.0.1"), _server.Url, new OutgoingLimits { Silence = TimeSpan.FromMilliseconds(300) })).Failure.ShouldBe(OutgoingFailure.TimedOut);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_compression_bomb_is_read_up_to_the_limit_only(string encoding)
    {
        // 200 MB of zeros in some hundred kilobytes.
        using var packed = new MemoryStream();
        await using (Stream pack = encoding == "br" ? new BrotliStream(packed, CompressionLevel.Fastest, true) : new GZipStream(packed, CompressionLevel.Fastest, true))
        {
            var zeros = new byte[1024 * 1024];
            for (var i = 0; i < 200; i++)
                await pack.WriteAsync(zeros);
        }
        _server.Answer(_ => [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {packed.Length}\r\nConnection: close\r\n\r\n"), .. packed.ToArray()]);
        var client = Client(null, true, "127.0.0.1");
        var before = GC.GetTotalAllocatedBytes();

        (await FailsAsync(client, _server.Url, new OutgoingLimits { MaxBytes = 4 * 1024 * 1024, Total = Eventually.Patience })).Failure.ShouldBe(OutgoingFailure.TooLarge);

        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(100 * 1024 * 1024);
    }

    [Fact]
    public async Task A_bomb_in_a_bomb_is_not_opened()
    {
        _server.Answer("200 OK", "xxxx", "Content-Encoding: gzip, gzip");

        (await FailsAsync(Client(null, true, "127.0.0.1"), _server.Url)).Failure.ShouldBe(OutgoingFailure.Malformed);
    }

    [Fact]
    public async Task A_large_body_is_refused_by_its_announced_and_by_its_real_length()
    {
        var client = Client(null, true, "127.0.0.1");
        var limits = new OutgoingLimits { MaxBytes = 1_000 };
        _server.Answer("200 OK", new string('x', 1_001));
        (await FailsAsync(client, _server.Url, limits)).Failure.ShouldBe(OutgoingFailure.TooLarge);
        _server.Answer(_ => Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + new string('x', 1_001)));
        (await FailsAsync(client, _server.Url, limits)).Failure.ShouldBe(OutgoingFailure.TooLarge);
        _server.Answer("200 OK", new string('x', 1_000));
        (await client.SendAsync(Get(_server.Url), limits, default)).Body.Length.ShouldBe(1_000);
    }

    [Fact]
    public async Task What_is_not_HTTP_and_headers_without_end_are_named()
    {
        var client = Client(null, true, "127.0.0.1");
        _server.Answer(_ => "SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray());
        (await FailsAsync(client, _server.Url)).Failure.ShouldBeOneOf(OutgoingFailure.Malformed, OutgoingFailure.Unreachable);
        _server.Answer(_ => Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nX: " + new string('x', 200_000) + "\r\n\r\n"));
        (await FailsAsync(client, _server.Url)).Failure.ShouldBeOneOf(OutgoingFailure.Malformed, OutgoingFailure.Unreachable);
    }

    [Fact]
    public async Task A_header_can_not_carry_another()
    {
        var request = Get(_server.Url) with { Secrets = [new("X-Key", "a\r\nX-Evil: b")] };

        (await Should.ThrowAsync<OutgoingFailedException>(Client(null, true, "127.0.0.1").SendAsync(request, new OutgoingLimits(), default))).NeverSent.ShouldBeTrue();
    }

    [Fact]
    public async Task Nothing_listening_is_unreachable_and_was_never_sent()
    {
        var port = _server.Port;
        _server.Dispose();

        var failure = await FailsAsync(Client(null, true, "127.0.0.1"), $"http://127.0.0.1:{port}/");

        failure.Failure.ShouldBe(OutgoingFailure.Unreachable);
        failure.NeverSent.ShouldBeTrue();
    }

    [Fact]
    public async Task What_a_redirect_led_nowhere_with_was_sent_all_the_same()
    {
        using var dead = new RawServer();
        var nowhere = dead.Url;
        dead.Dispose();
        _server.Answer("307 Temporary Redirect", "", $"Location: {nowhere}");
        var request = Get(_server.Url) with { Method = HttpMethod.Post, Body = "{}"u8.ToArray() };

        var failure = await Should.ThrowAsync<OutgoingFailedException>(Client(null, true, "127.0.0.1").SendAsync(request, new OutgoingLimits(), default));

        (failure.Failure, failure.NeverSent).ShouldBe((OutgoingFailure.Unreachable, false));
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_its_origin_only_and_on_connections_of_its_own()
    {
        using var certificate = TestCertificates.Make("agent.example");
        await using var server = await TestCertificates.ServerAsync(Microsoft.AspNetCore.Server.Kestrel.Https.ClientCertificateMode.AllowCertificate);
        await using var other = await TestCertificates.ServerAsync(Microsoft.AspNetCore.Server.Kestrel.Https.ClientCertificateMode.AllowCertificate);
        using var client = new GuardedHttp(new OutgoingRules(new OutgoingSettings { AllowLoopback = true }, development: false), new HostAddresses(), (_, shown, _, _) => shown is not null);
        var proved = Get(server.Url + "/who") with { ClientCertificate = certificate };

        (await TextAsync(proved)).ShouldBe(certificate.Thumbprint);
        (await TextAsync(Get(server.Url + "/who"))).ShouldBe("nobody");
        (await TextAsync(proved)).ShouldBe(certificate.Thumbprint);
        (await TextAsync(proved with { Url = new Uri($"{server.Url}/away?to={other.Url}/who") })).ShouldBe("nobody");

        async Task<string> TextAsync(OutgoingRequest request) => Encoding.UTF8.GetString((await client.SendAsync(request, new OutgoingLimits(), default)).Body.Span);
    }

    [Fact]
    public async Task The_callers_own_end_is_no_failure()
    {
        _server.Answer(_ => null);
        using var ends = new CancellationTokenSource(200);

        await Should.ThrowAsync<OperationCanceledException>(Client(null, true, "127.0.0.1").SendAsync(Get(_server.Url), new OutgoingLimits(), ends.Token));
    }

    private sealed class ChangingNames(params IPAddress[][] answers) : IHostAddresses
    {
        public int Asked { get; private set; }

        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
            Task.FromResult(answers[Math.Min(Asked++, answers.Length - 1)]);
    }
}

/// <summary>A server that answers whatever bytes a test wants.</summary>
internal sealed class RawServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _requests = new();
    private Func<string, byte[]?> _answer = _ => Http("404 Not Found", "");
    private TimeSpan? _drip;
    private int _connections;

    public RawServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}/";

    public int Connections => _connections;

    public IReadOnlyCollection<string> Requests => _requests;

    public static byte[] Http(string status, string body, params string[] headers) => Encoding.UTF8.GetBytes(
        $"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n{body}");

    public void Answer(string status, string body, params string[] headers) => _answer = _ => Http(status, body, headers);

    /// <summary>Null: never answers.</summary>
    public void Answer(Func<string, byte[]?> answer) => _answer = answer;

    public void Drip(TimeSpan pause) => _drip = pause;

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                _ = ServeAsync(client);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var buffer = new byte[64 * 1024];
                var count = await stream.ReadAsync(buffer, _stop.Token);
                var request = Encoding.UTF8.GetString(buffer, 0, count);
                _requests.Enqueue(request);
                if (_drip is { } pause)
                {
                    await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"u8.ToArray(), _stop.Token);
                    while (true)
                    {
                        await stream.WriteAsync("x"u8.ToArray(), _stop.Token);
                        await Task.Delay(pause, _stop.Token);
                    }
                }
                if (_answer(request) is not { } answer)
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                    return;
                }
                await stream.WriteAsync(answer, _stop.Token);
                client.Client.Shutdown(SocketShutdown.Send);
                // Closing with unread bytes would reset the connection before the answer is read.
                while (await stream.ReadAsync(buffer, _stop.Token) > 0)
                {
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException or SocketException)
            {
            }
        }
    }
}
