using System.Text.Json.Nodes;
using Hermes.Application.Agents;
using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Shared.Outgoing;
using Hermes.IntegrationTests.Outgoing;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Hermes.IntegrationTests.Agents;

/// <summary>An app that believes servers which sign their certificates themselves, as tests' servers do.</summary>
public sealed class TrustingApp : HermesApp
{
    public TrustingApp() => Set("Hermes:Probes:Enabled", "true");

    protected override void Configure(IWebHostBuilder builder) => builder.ConfigureTestServices(services => services.Replace(ServiceDescriptor.Singleton<IOutgoingHttp>(sp =>
        new GuardedHttp(sp.GetRequiredService<OutgoingRules>(), sp.GetRequiredService<IHostAddresses>(), (_, certificate, _, _) => certificate is not null))));
}

/// <summary>Agents that want a certificate of who calls.</summary>
public sealed class ClientCertificateTests(TrustingApp app) : IClassFixture<TrustingApp>
{
    private readonly TenantId _tenant = new(Guid.CreateVersion7());

    [Theory]
    [InlineData("pem")]
    [InlineData("pkcs12")]
    public async Task An_agent_that_wants_a_certificate_is_called_with_it_and_nobody_else_sees_it(string form)
    {
        using var certificate = TestCertificates.Make("hermes.example");
        var callers = new System.Collections.Concurrent.ConcurrentQueue<(string Path, string? Certificate)>();
        await using var peer = await TestCertificates.ServerAsync(ClientCertificateMode.RequireCertificate, context => AnswerAsync(context, callers));
        var agent = (await app.SendAsync(Actors.Person(_tenant), new RegisterAgent(AgentTests.Profile($"Agent {Guid.CreateVersion7()}") with { Endpoint = peer.Url }))).Value.Id;
        var first = await UntilAsync(agent, r => r.Items.Count > 0);
        first.Items[0].Failure.ShouldBe("unreachable");
        callers.ShouldBeEmpty();

        var content = form == "pem" ? new CredentialContent(CredentialKind.ClientCertificate, TestCertificates.PemOf(certificate))
            : new CredentialContent(CredentialKind.ClientCertificate, Convert.ToBase64String(certificate.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12, "pass")), Password: "pass");
        (await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, content))).Value.Kind.ShouldBe(CredentialKind.ClientCertificate);
        await app.SqlAsync<int>($"UPDATE agents.probe_schedules SET next_at = now() - interval '1 day' WHERE agent_id = '{agent}'");

        (await UntilAsync(agent, r => r.Listing == ListingState.Listed)).Callable.ShouldBe(CallableState.Proved);
        callers.ShouldAllBe(c => c.Certificate == certificate.Thumbprint);
        (await app.SqlAsync<long>($"SELECT count(*) FROM agents.call_credentials c WHERE agent_id = '{agent}' AND encode(c.content, 'escape') LIKE '%CERTIFICATE%'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_call_of_an_agent_that_was_never_probed_reads_its_card_with_the_certificate()
    {
        using var certificate = TestCertificates.Make("hermes.example");
        var callers = new System.Collections.Concurrent.ConcurrentQueue<(string Path, string? Certificate)>();
        await using var peer = await TestCertificates.ServerAsync(ClientCertificateMode.RequireCertificate, context => AnswerAsync(context, callers));
        var owner = Actors.Person(_tenant);
        var agent = (await app.SendAsync(owner, new RegisterAgent(AgentTests.Profile($"Agent {Guid.CreateVersion7()}") with { Endpoint = peer.Url, BasePrice = Money.Usd(0m) }))).Value.Id;
        await UntilAsync(agent, r => r.Items.Count > 0);
        await app.SendAsync(owner, new SetCallCredential(agent, new CredentialContent(CredentialKind.ClientCertificate, TestCertificates.PemOf(certificate))));
        callers.ShouldBeEmpty("its only probe had no certificate, so no card was kept");

        var call = await app.SendAsync(owner, new StartCall(agent, CallMessage.Text("hello")));

        call.Error.ShouldBeNull();
        var ended = await Eventually.ReadAsync(async () => (await app.SendAsync(owner, new GetCall(call.Value.Id))).Value, r => r.Call.IsEnded);
        (ended.Call.Error, ended.Text).ShouldBe((null, "OK"));
        callers.Select(c => c.Path).ShouldBe(["/.well-known/agent-card.json", "/rpc"]);
        callers.ShouldAllBe(c => c.Certificate == certificate.Thumbprint);
    }

    [Theory]
    [InlineData("nonsense", null)]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", null)]
    public async Task What_is_no_certificate_is_refused(string secret, string? password)
    {
        var agent = (await app.SendAsync(Actors.Person(_tenant), new RegisterAgent(AgentTests.Profile($"Agent {Guid.CreateVersion7()}")))).Value.Id;
        (await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.ClientCertificate, secret, Password: password)))).Error!.Members!.Keys.ShouldBe(["content.secret"]);
        using var certificate = TestCertificates.Make("hermes.example");
        // Without its private key, and with the wrong password.
        (await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.ClientCertificate, certificate.ExportCertificatePem())))).Error!.Members!.Keys.ShouldBe(["content.secret"]);
        var sealedByPassword = Convert.ToBase64String(certificate.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12, "pass"));
        (await app.SendAsync(Actors.Person(_tenant), new SetCallCredential(agent, new CredentialContent(CredentialKind.ClientCertificate, sealedByPassword, Password: "other")))).Error!.Members!.Keys.ShouldBe(["content.secret"]);
    }

    private Task<ProbeReport> UntilAsync(AgentId agent, Func<ProbeReport, bool> seen) =>
        Eventually.ReadAsync(async () => (await app.SendAsync(Actors.Person(_tenant), new ListProbes(agent))).Value, seen);

    private static async Task AnswerAsync(HttpContext context, System.Collections.Concurrent.ConcurrentQueue<(string, string?)> callers)
    {
        callers.Enqueue((context.Request.Path, context.Connection.ClientCertificate?.Thumbprint));
        if (context.Request.Path.Value!.EndsWith("agent-card.json", StringComparison.Ordinal))
        {
            await context.Response.WriteAsJsonAsync(JsonNode.Parse($$"""
                {"name":"Careful","description":"Wants a certificate.","version":"1","capabilities":{},"defaultInputModes":["text/plain"],"defaultOutputModes":["text/plain"],
                 "supportedInterfaces":[{"url":"https://{{context.Request.Host}}/rpc","protocolBinding":"JSONRPC","protocolVersion":"1.0"}],
                 "skills":[{"id":"s","name":"S","description":"Does S.","tags":["s"]}]}
                """));
            return;
        }
        var request = (await context.Request.ReadFromJsonAsync<JsonObject>())!;
        await StandInAgent.RpcAsync(context, JsonNode.Parse("""{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"text":"OK"}]}}"""), request["id"]);
    }
}
