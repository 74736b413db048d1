using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Hermes.IntegrationTests.Ledger;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Billing;

/// <summary>Stripe's own JavaScript library, restored from npm, as the other side.</summary>
public sealed class StripeLibraryTests(BillingApp app) : IClassFixture<BillingApp>
{
    private static readonly Lazy<Task<string>> Restored = new(RestoreAsync);

    [Fact]
    public async Task What_Stripes_library_signs_is_taken()
    {
        var tenant = Books.NewTenant();
        var purchase = await app.BuyAsync(tenant, 20);
        var payload = JsonSerializer.SerializeToUtf8Bytes(new
        {
            id = $"evt_{Guid.NewGuid():N}",
            type = "payment_intent.succeeded",
            created = app.Clock.GetUtcNow().ToUnixTimeSeconds(),
            data = new { @object = new { id = "pi_js", status = "succeeded", amount = 2_000, amount_received = 2_000, currency = "usd", metadata = new { purchase_id = purchase.Id.ToString(), text = "Grüße € 💶" } } },
        });

        var signature = await NodeAsync("sign.js", [app.Provider.WebhookSecret, app.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture)], Encoding.UTF8.GetString(payload));

        signature.ShouldStartWith("t=");
        (await app.PostEventAsync(payload, signature)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Eventually.IsAsync(() => app.AvailableAsync(tenant), 20_000_000);
        var other = await NodeAsync("sign.js", ["whsec_forged", app.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture)], Encoding.UTF8.GetString(payload));
        (await app.PostEventAsync(payload, other)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Stripes_library_reads_the_test_providers_answers()
    {
        await using var node = app.NewNode();
        node.UseKestrel(0);
        node.StartServer();
        var address = new Uri(node.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

        var read = JsonDocument.Parse(await NodeAsync("walk.js", [app.Provider.ApiKey, address.Host, address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)], "")).RootElement;

        read.GetProperty("sameCustomer").GetBoolean().ShouldBeTrue();
        read.GetProperty("reusedKey").GetString().ShouldBe("StripeIdempotencyError");
        Json("session").ShouldBe("""["checkout.session","open",300,"payment",true]""");
        Json("intent").ShouldBe("""["requires_payment_method",true]""");
        Json("declined").ShouldBe("""["StripeCardError","card_declined",402]""");
        Json("paid").ShouldBe("""["succeeded",1000,"p"]""");
        Json("refund").ShouldBe("""["succeeded",400]""");
        Json("account").ShouldBe("""[false,"account_link",true]""");
        Json("missing").ShouldBe("""["StripeInvalidRequestError","resource_missing",404]""");
        read.GetProperty("events").GetBoolean().ShouldBeTrue();
        Json("movements").ShouldBe("""[["refund",-400],["charge",1000]]""");

        string Json(string member) => JsonSerializer.Serialize(read.GetProperty(member));
    }

    private static async Task<string> NodeAsync(string program, string[] arguments, string input)
    {
        var start = new ProcessStartInfo("node") { WorkingDirectory = await Restored.Value, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.StandardInputEncoding = new UTF8Encoding(false);
        using var node = Process.Start(start)!;
        await node.StandardInput.WriteAsync(input);
        node.StandardInput.Close();
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync();
        node.ExitCode.ShouldBe(0, await errors);
        return await output;
    }

    private static async Task<string> RestoreAsync()
    {
        var folder = Repository.PathOf("tests", "stripe-js");
        if (File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
            return folder;
        using var npm = Process.Start(new ProcessStartInfo("npm", "ci --no-audit --no-fund --loglevel=error") { WorkingDirectory = folder })!;
        await npm.WaitForExitAsync();
        return npm.ExitCode == 0 ? folder : throw new InvalidOperationException("npm can't restore Stripe's library.");
    }
}
