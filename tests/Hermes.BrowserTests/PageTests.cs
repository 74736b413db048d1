using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Hermes.BrowserTests;

/// <summary>
/// Every page that is routed, as an operator with an organisation and as a visitor: no finding of axe in light and dark,
/// no horizontal scroll on a phone, no error in the console. A new page is found by itself; one with a parameter must be
/// named in <see cref="Parameters"/>.
/// </summary>
[Collection("browser")]
public sealed class PageTests(BrowserApp app)
{
    /// <summary>Pages without a view of their own.</summary>
    private static readonly string[] NotLookedAt = ["theme", "sign-out"];

    /// <summary>What people see where something is refused or failed.</summary>
    private static readonly int[] Problems = [400, 401, 403, 404, 422, 429, 500, 503];

    private static readonly ViewportSize Desk = new() { Width = 1360, Height = 850 }, Phone = new() { Width = 390, Height = 850 };

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>What may differ between light and dark.</summary>
    private static readonly string[] ColourRules = ["color-contrast", "link-in-text-block"];

    [Fact]
    public async Task Every_page_passes_axe_in_light_and_dark_and_fits_a_phone()
    {
        var sample = await SampleAsync();
        var pages = Paths(sample);
        pages.Count.ShouldBeGreaterThan(12);
        var looks = new ConcurrentQueue<(string Path, bool AsVisitor, int Status)>(
        [
            .. pages.Select(p => (p, false, 200)), .. pages.Where(IsPublic).Select(p => (p, true, 200)),
            .. Problems.Select(s => ($"/problem/{s}", s == 401, s)),
        ]);
        var findings = new ConcurrentBag<string>();
        // Whoever wants no motion sees a change of colours at once.
        var options = new BrowserNewContextOptions { ColorScheme = ColorScheme.Light, ViewportSize = Desk, ReducedMotion = ReducedMotion.Reduce, BypassCSP = true };
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            var (signedIn, @operator, visitor) = (await app.SignedInAsync(sample.Person, options), await app.SignedInAsync("operator@example.test", options), await app.VisitorAsync(options));
            while (looks.TryDequeue(out var look))
            {
                var page = look.AsVisitor ? visitor : look.Path.StartsWith("/operator", StringComparison.Ordinal) ? @operator : signedIn;
                foreach (var finding in await LookFromAllSidesAsync(page, look.Path, look.AsVisitor ? "visitor" : "signed in", look.Status))
                    findings.Add(finding);
            }
            foreach (var page in (IPage[])[signedIn, @operator, visitor])
                await page.Context.CloseAsync();
        }));
        findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_empty_list_says_what_to_do_next()
    {
        var newcomer = await app.OrganisationAsync("Empty House", "Emma Hill");
        var findings = new List<string>();
        var page = await app.SignedInAsync(newcomer.Email, new BrowserNewContextOptions { ViewportSize = Phone, BypassCSP = true });
        foreach (var path in (string[])["/contracts?scope=Mine", "/contracts?q=nothing-like-it", "/agents", "/agents?q=nothing-like-it", "/agents/fleet", "/calls", "/conversations", "/wallet/mandates",
            "/members?q=nothing-like-it", "/audit?actor=nobody-like-it", "/marketplace?q=nothing-like-it", "/leaderboard?capability=nothing-like-it", "/billing/subscriptions", "/billing/payouts", "/wallet/statements"])
        {
            findings.AddRange(await LookAsync(page, path, "empty"));
            if (await page.Locator("main .empty p").CountAsync() == 0)
                findings.Add($"{path}: says nothing about being empty");
        }
        findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_form_that_is_refused_says_where_and_why()
    {
        var organisation = await app.OrganisationAsync("Careless House", "Carl Hill");
        var options = new BrowserNewContextOptions { ViewportSize = Phone, BypassCSP = true };
        var (member, visitor, @operator) = (await app.SignedInAsync(organisation.Email, options), await app.VisitorAsync(options), await app.SignedInAsync("operator@example.test", options));
        var findings = new List<string>();
        foreach (var (page, path) in new[]
        {
            (visitor, "/sign-in"), (visitor, "/sign-up"), (visitor, "/forgot"), (member, "/contracts/new"), (member, "/agents/new"), (member, "/members"), (member, "/tokens"),
            (member, "/account"), (member, "/settings"), (@operator, "/operator/tenants"),
        })
        {
            await page.GotoAsync(path);
            // As a browser without its own checks would send it.
            await page.EvaluateAsync("for (const form of document.forms) { form.noValidate = true; } for (const input of document.querySelectorAll('main form.panel input:not([type=hidden]), main form.panel textarea, main form.columns input:not([type=hidden])')) { if (!['checkbox', 'radio'].includes(input.type)) input.value = ''; }");
            var send = page.Locator("main form[method=post] button.primary");
            if (await send.CountAsync() == 0)
            {
                findings.Add($"{path}: has no form to send");
                continue;
            }
            // The page as it was is loaded already: the answer is what is waited for.
            await page.RunAndWaitForResponseAsync(() => send.Last.ClickAsync(), r => r.Request.Method == "POST");
            try
            {
                await page.Locator("main [aria-invalid=true], main [role=alert]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            }
            catch (TimeoutException)
            {
                findings.Add($"{path}: says nothing about what is wrong");
            }
            await page.WaitForLoadStateAsync();
            findings.AddRange(await JudgedAsync(page, $"{path} (refused)"));
        }
        findings.ShouldBeEmpty();
    }

    private static async Task<List<string>> LookAsync(IPage page, string path, string how, int status = 200)
    {
        var findings = new List<string>();
        void Console(object? sender, IConsoleMessage message)
        {
            // A browser reports the page's own status, too.
            if (message.Type == "error" && (status == 200 || !message.Text.Contains($"status of {status}", StringComparison.Ordinal)))
                findings.Add($"{path} ({how}): console: {message.Text}");
        }
        page.Console += Console;
        var answer = await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
        if (answer!.Status != status)
            findings.Add($"{path} ({how}): {answer.Status}");
        // Made in the browser, from the OpenAPI document.
        if (await page.Locator("#api").CountAsync() > 0)
            await page.Locator("#api .opblock").First.WaitForAsync();
        findings.AddRange(await JudgedAsync(page, $"{path} ({how})"));
        page.Console -= Console;
        return findings;
    }

    private static async Task<List<string>> LookFromAllSidesAsync(IPage page, string path, string who, int status)
    {
        var findings = await LookAsync(page, path, $"{who}, light", status);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        findings.AddRange(await JudgedAsync(page, $"{path} ({who}, dark)", ColourRules));
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await page.SetViewportSizeAsync(Phone.Width, Phone.Height);
        findings.AddRange(await JudgedAsync(page, $"{path} ({who}, phone)"));
        await page.SetViewportSizeAsync(Desk.Width, Desk.Height);
        return findings;
    }

    // What axe finds, by all its rules or by some, and whether anything is wider than the window.
    private static async Task<IEnumerable<string>> JudgedAsync(IPage page, string where, params string[] rules)
    {
        if (!await page.EvaluateAsync<bool>("'axe' in window"))
            await page.EvaluateAsync(Axe);
        var found = await page.EvaluateAsync<string[]>("""
            async rules => {
                // Colours that are still on their way would be judged half-way.
                await Promise.all(document.getAnimations().filter(a => a.effect.getComputedTiming().endTime !== Infinity).map(a => a.finished.catch(() => null)));
                const { violations } = await axe.run({ resultTypes: ['violations'], ...(rules.length && { runOnly: rules }) });
                const over = document.documentElement.scrollWidth - innerWidth;
                return [...violations.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.html).join(' | ')}`), ...(over > 0 ? [`${over} px too wide`] : [])];
            }
            """, rules);
        return found.Select(f => $"{where}: {f}");
    }

    private static bool IsPublic(string path) =>
        path is "/" or "/receipts" or "/leaderboard" || path.StartsWith("/marketplace", StringComparison.Ordinal) || path.StartsWith("/sign-", StringComparison.Ordinal) || path.StartsWith("/problem", StringComparison.Ordinal);

    private List<string> Paths(Sample sample)
    {
        var paths = new List<string>();
        foreach (var template in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<PageActionDescriptor>() is not null).Select(e => e.RoutePattern.RawText!.TrimStart('/')).Distinct().Order())
        {
            if (NotLookedAt.Contains(template) || template.StartsWith("problem", StringComparison.Ordinal))
                continue;
            var path = Parameters(sample).Aggregate("/" + template, (filled, p) => filled.Replace(p.Template, p.Value, StringComparison.Ordinal));
            path.ShouldNotContain("{", customMessage: "Say in Parameters how this page is opened.");
            paths.Add(path);
        }
        return paths;
    }

    private static IEnumerable<(string Template, string Value)> Parameters(Sample sample) =>
    [
        ("contracts/new/{id:guid?}", "contracts/new"), ("agents/{id:guid}/earnings", $"agents/{sample.Agent}/earnings"),
        ("contracts/{id:guid}/dispute", $"contracts/{sample.Disputed}/dispute"), ("contracts/{id:guid}", $"contracts/{sample.Contract}"), ("marketplace/{id:guid}", $"marketplace/{sample.Agent}"), ("agents/{id:guid}", $"agents/{sample.Agent}"),
        ("calls/{id:guid}", $"calls/{sample.Call}"), ("conversations/{id:guid}", $"conversations/{sample.Conversation}"), ("operator/disputes/{id:guid}", $"operator/disputes/{sample.Disputed}"),
        ("wallet/statements/{month}", $"wallet/statements/{DateTime.UtcNow:yyyy-MM}"),
        ("wallet/purchases/{id:guid}", $"wallet/purchases/{sample.Purchase}"), ("billing/invoices/{id:guid}", $"billing/invoices/{sample.Invoice}"), ("test-payments/checkout/{id}", $"test-payments/checkout/{sample.Checkout}"),
        ("test-payments/authenticate/{id}", "test-payments/authenticate/pi_sample"), ("test-payments/onboarding/{id}", "test-payments/onboarding/acct_sample"), ("test-payments/invoices/{id}", "test-payments/invoices/in_sample"),
        ("wallet/mandates/{id:guid}", $"wallet/mandates/{sample.Mandate}"),
    ];

    /// <summary>An organisation with an agent of its own that won, delivered and settled a contract, and one that is open.</summary>
    private async Task<Sample> SampleAsync()
    {
        var organisation = await app.OrganisationAsync("Sample House", "Sam Hill");
        await app.FundAsync(organisation, "100.00");
        var agent = await app.AgentAsync(organisation, "Sampler");
        var (contract, disputed) = ("", "");
        foreach (var title in new[] { "Still open", "Disputed", "Settled" })
        {
            var posted = await app.PostAsync(organisation.Token, "/api/v1/mesh/contracts", new
            {
                title,
                intent = "Anything",
                context = new { text = "A text." },
                reward = new { amount = "5.00", currency = "USD" },
                bidding_window_seconds = 600,
                required_capabilities = new[] { "text.summarise" },
                watch_bids = true,
            });
            contract = posted.GetProperty("id").GetString()!;
            await app.PostAsync(agent.Key, $"/api/v1/mesh/contracts/{contract}/bid", new { price = new { amount = "3.00", currency = "USD" }, eta_seconds = 60, confidence = 0.9, note = "At once." });
            if (title == "Still open")
                continue;
            await app.PostAsync(organisation.Token, $"/api/v1/mesh/contracts/{contract}/award", new { });
            await app.PostAsync(agent.Key, $"/api/v1/mesh/contracts/{contract}/deliver", new { result = new { summary = "Short.", pages = new[] { 1, 2 } } });
            await app.PostAsync(organisation.Token, $"/api/v1/mesh/contracts/{contract}/validate", new { accept = title == "Settled", reason = "Not what was asked for." });
            disputed = title == "Disputed" ? contract : disputed;
        }
        // The mesh is an agent too; without a reward it asks for one, which leaves a call with a trace and a conversation.
        var call = await app.PostAsync(organisation.Token, "/api/v1/agents/execute", new { agent_id = Application.Calls.BuiltInAgents.Mesh.Value, input = "Get this done.", mode = "handle" });
        var mandate = await app.PostAsync(organisation.Token, "/api/v1/mandates", new { agent_id = agent.Id, name = "Translations", amount = new { amount = "20.00", currency = "USD" }, period = "monthly" });
        var purchase = await app.PostAsync(organisation.Token, "/api/v1/wallet/credits/purchase", new { amount = new { amount = "20.00", currency = "USD" } });
        var plan = await app.PostAsync(organisation.Token, "/api/v1/subscriptions/subscribe", new { plan = "pro" });
        await app.Services.GetRequiredService<Application.Billing.ITestCheckouts>().PayAsync(plan.GetProperty("checkout_url").GetString()!.Split('/')[^1], "4242424242424242", CancellationToken.None);
        var invoices = await Eventually.ReadAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/subscriptions/invoices") { Headers = { Authorization = new("Bearer", organisation.Token) } };
            return System.Text.Json.JsonDocument.Parse(await (await app.Http.SendAsync(request)).Content.ReadAsStringAsync()).RootElement.GetProperty("items");
        }, listed => listed.GetArrayLength() > 0);
        return new Sample(organisation.Email, contract, disputed, agent.Id, call.GetProperty("id").GetString()!, call.GetProperty("conversation_id").GetString()!, mandate.GetProperty("id").GetString()!, purchase.GetProperty("id").GetString()!, purchase.GetProperty("checkout_url").GetString()!.Split('/')[^1], invoices[0].GetProperty("id").GetString()!);
    }

    private sealed record Sample(string Person, string Contract, string Disputed, Guid Agent, string Call, string Conversation, string Mandate, string Purchase, string Checkout, string Invoice);
}
