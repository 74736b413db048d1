using System.Net;
using System.Net.Sockets;
using System.Text;
using Hermes.Application.Identity;
using Hermes.Application.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Identity;

/// <summary>Sends through a mail server that the test plays.</summary>
public sealed class SmtpApp : HermesApp, IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource<string> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SmtpApp()
    {
        _listener.Start();
        Set("Hermes:Mail:Host", "127.0.0.1");
        Set("Hermes:Mail:Port", $"{((IPEndPoint)_listener.LocalEndpoint).Port}");
        Set("Hermes:Mail:Tls", "false");
        Set("Hermes:Mail:From", "hermes@hermes.test");
        Set("Hermes:PublicUrl", "https://hermes.test");
        _ = ServeAsync();
    }

    /// <summary>The first message as it came.</summary>
    public Task<string> Received => _received.Task.WaitAsync(Eventually.Patience);

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        using var client = await _listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\r\n" };
        await writer.WriteLineAsync("220 test");
        var message = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            message.AppendLine(line);
            if (line == "DATA")
            {
                await writer.WriteLineAsync("354 go on");
                while (await reader.ReadLineAsync() is { } text && text != ".")
                    message.AppendLine(text);
                _received.TrySetResult(message.ToString());
            }
            await writer.WriteLineAsync("250 fine");
        }
    }
}

public sealed class SmtpTests(SmtpApp app) : IClassFixture<SmtpApp>
{
    [Fact]
    public async Task With_a_mail_server_configured_mail_goes_there()
    {
        (await app.SendAsync(Actor.Anonymous, new SignUp("ada@smtp.test", OperatorApp.Password, "Ada", "Ada Ltd", "ada-smtp"))).Succeeded.ShouldBeTrue();

        var message = await app.Received;
        message.ShouldContain("MAIL FROM:<hermes@hermes.test>");
        message.ShouldContain("RCPT TO:<ada@smtp.test>");
        message.ShouldContain("Subject: Confirm your e-mail address");
        message.ShouldContain("@hermes.test>");
    }
}

/// <summary>Development without a mail server.</summary>
public sealed class MailFolderApp : HermesApp
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hermes-mail-").FullName;

    public MailFolderApp() => Set("Hermes:DataFolder", _folder);

    /// <inheritdoc />
    protected override void Configure(IWebHostBuilder builder) => builder.UseEnvironment("Development");
}

public sealed class MailFolderTests(MailFolderApp app) : IClassFixture<MailFolderApp>
{
    [Fact]
    public async Task In_development_mail_is_a_file_that_a_page_shows()
    {
        (await app.SendAsync(Actor.Anonymous, new SignUp("ada@folder.test", OperatorApp.Password, "Ada <b>", "Ada Ltd", "ada-folder"))).Succeeded.ShouldBeTrue();

        var page = await Eventually.ReadAsync(async () => await (await app.Client().GetAsync("/dev/mail")).Content.ReadAsStringAsync(), text => text.Contains("to ada@folder.test", StringComparison.Ordinal));

        page.ShouldContain("href=\"/confirm?person=");
        page.ShouldContain("Hello Ada &lt;b&gt;");
        (await app.Client().GetAsync("/sign-in")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}

public sealed class MailPageTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task Elsewhere_there_is_no_such_page() =>
        (await app.Client().GetAsync("/dev/mail")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

    [Fact]
    public async Task An_idempotency_key_goes_along_when_a_request_reaches_across_tenants()
    {
        async Task<string> MakeAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/admin/tenants")
            {
                Content = new StringContent("""{"name":"Once","slug":"made-once","owner":{"email":"once@once.test","password":"copper violin harbour 29"}}""", Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Idempotency-Key", "tenant-once");
            var answer = await app.Operator().SendAsync(request);
            return (await answer.JsonAsync(HttpStatusCode.Created)).GetRawText();
        }

        (await MakeAsync()).ShouldBe(await MakeAsync());
        app.Services.GetRequiredService<IMailSender>().ShouldBeOfType<TestMail>();
    }
}
