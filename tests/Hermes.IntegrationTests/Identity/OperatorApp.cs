using System.Net;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Identity;
using Hermes.IntegrationTests.Shared;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Hermes.IntegrationTests.Identity;

/// <summary>The app with a first operator, whose token makes tenants; sign-ins are not rate limited.</summary>
public class OperatorApp : HermesApp
{
    public const string OperatorEmail = "operator@hermes.test";
    public const string OperatorPassword = "quartz lantern mosaic 71";
    public const string OperatorToken = "hp_operator-of-the-tests-0123456789abcdef";
    public const string Password = "copper violin harbour 29";
    private static int _slugs;

    public OperatorApp()
    {
        Set("Hermes:Bootstrap:Email", OperatorEmail);
        Set("Hermes:Bootstrap:Password", OperatorPassword);
        Set("Hermes:Bootstrap:Token", OperatorToken);
        Set("Hermes:RateLimits:SignInsPerMinute", "0");
        Set("Hermes:RateLimits:AddressPerMinute", "0");
        Set("Hermes:PublicUrl", "https://hermes.test");
    }

    /// <summary>The hasher, which counts its checks.</summary>
    public CountingHasher Hashes { get; } = new();

    /// <summary>Mail that went out.</summary>
    public TestMail Mail { get; } = new();

    /// <inheritdoc />
    protected override void Configure(IWebHostBuilder builder) =>
        builder.ConfigureTestServices(services => services
            .Replace(ServiceDescriptor.Singleton<IMailSender>(Mail))
            .Replace(ServiceDescriptor.Singleton<IPasswordHasher<Person>>(Hashes)));

    /// <summary>A browser: keeps cookies, follows no redirect, fetches a form before posting it.</summary>
    public Browser Browser(WebApplicationFactory<Program>? node = null) =>
        new((node ?? Factory).CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false, HandleCookies = true, BaseAddress = new Uri("https://localhost") }));

    /// <summary>A browser with a session.</summary>
    public async Task<Browser> SignedInAsync(string email, string password = Password)
    {
        var browser = Browser();
        (await browser.PostAsync("/sign-in", new() { ["Input.Email"] = email, ["Input.Password"] = password })).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        return browser;
    }

    /// <summary>A new person in the tenant, with the role, and their token.</summary>
    public async Task<(string Email, string Token, PersonId Id)> MemberAsync(TestTenant tenant, string role)
    {
        var email = $"{role}-{Interlocked.Increment(ref _slugs)}@{tenant.Slug}.test";
        (await Client(tenant.Token).PostJsonAsync("/api/v1/invitations", new { email, role })).StatusCode.ShouldBe(HttpStatusCode.Created);
        var secret = (await Mail.ToAsync(email)).Link("secret");
        (await Browser().PostAsync("/invitation", new() { ["secret"] = secret, ["Input.Name"] = "Mia Member", ["Input.Password"] = Password }, $"/invitation?secret={secret}"))
            .StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var token = await TokenAsync(email, tenant.Slug);
        var me = await (await Client(token).GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);
        return (email, token, new PersonId(me.GetProperty("id").GetGuid()));
    }

    /// <summary>A client of the operator.</summary>
    public HttpClient Operator() => Client(OperatorToken);

    /// <summary>A new tenant with its owner's token.</summary>
    public async Task<TestTenant> TenantAsync(string? email = null, string password = Password)
    {
        var slug = $"acme-{Interlocked.Increment(ref _slugs)}";
        email ??= $"owner@{slug}.test";
        var made = await (await Operator().PostJsonAsync("/api/v1/admin/tenants", new { name = slug, slug, owner = new { email, password = Password, name = "Olga Owner" } }))
            .JsonAsync(HttpStatusCode.Created);
        return new TestTenant(new TenantId(made.GetProperty("id").GetGuid()), slug, email, await TokenAsync(email, slug, password));
    }

    /// <summary>A person's token by password.</summary>
    public async Task<string> TokenAsync(string email, string? tenant = null, string password = Password) =>
        (await (await Client().PostJsonAsync("/api/v1/tokens", new { email, password, tenant, name = "test" })).JsonAsync(HttpStatusCode.Created))
        .GetProperty("token").GetString()!;
}

/// <summary>A tenant that a test works in.</summary>
public sealed record TestTenant(TenantId Id, string Slug, string Email, string Token);

/// <summary>Keeps mail instead of sending it; the first sending of one can be made to fail.</summary>
public sealed class TestMail : IMailSender
{
    private readonly List<(Guid Id, Mail Mail)> _sent = [];
    private int _failures;
    private Exception? _failure;

    /// <summary>How many mails went, counted by id.</summary>
    public int CountTo(string address) => SentTo(address).Count;

    /// <summary>The next sendings fail.</summary>
    public void Fail(int times, Exception? with = null)
    {
        _failure = with ?? new MailFailedException("The server is away.");
        Interlocked.Exchange(ref _failures, times);
    }

    /// <inheritdoc />
    public Task SendAsync(Guid id, Mail mail, CancellationToken cancellationToken)
    {
        if (Interlocked.Decrement(ref _failures) >= 0)
            throw _failure!;
        lock (_sent)
            _sent.Add((id, mail));
        return Task.CompletedTask;
    }

    /// <summary>The newest mail to the address; waits for it.</summary>
    public async Task<Mail> ToAsync(string address, int nth = 1)
    {
        await Eventually.HoldsAsync(() => CountTo(address) >= nth, $"{nth} mails went to {address}");
        return SentTo(address)[^1];
    }

    private List<Mail> SentTo(string address)
    {
        lock (_sent)
            return [.. _sent.Where(m => m.Mail.To == address).Select(m => m.Mail)];
    }
}

/// <summary>Reading mails.</summary>
public static class Mails
{
    /// <summary>A query value of the mail's link.</summary>
    public static string Link(this Mail mail, string name) =>
        Uri.UnescapeDataString(Regex.Match(mail.Text, $@"https://hermes\.test/\S*[?&]{name}=([^&\s]+)").Groups[1].Value);
}

/// <summary>A browser without JavaScript.</summary>
public sealed class Browser(HttpClient client)
{
    private static readonly HtmlParser Parser = new();

    /// <summary>The bare client with its cookies.</summary>
    public HttpClient Client { get; } = client;

    /// <summary>A page.</summary>
    public Task<HttpResponseMessage> GetAsync(string path) => Client.GetAsync(path);

    /// <summary>A page's text.</summary>
    public async Task<string> TextAsync(string path)
    {
        var answer = await GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return text;
    }

    /// <summary>Opens the page with the form and posts it with the page's antiforgery token.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, Dictionary<string, string> fields, string? page = null)
    {
        var html = await (await GetAsync(page ?? path.Split('?')[0])).Content.ReadAsStringAsync();
        var token = Parser.ParseDocument(html).QuerySelector("input[name=__RequestVerificationToken]")?.GetAttribute("value");
        if (token is not null)
            fields["__RequestVerificationToken"] = token;
        return await Client.PostAsync(path, new FormUrlEncodedContent(fields));
    }
}

/// <summary>The real hasher with a counter of the passwords it checked.</summary>
public sealed class CountingHasher : PasswordHasher<Person>
{
    private int _count;

    /// <summary>Checks so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <inheritdoc />
    public override PasswordVerificationResult VerifyHashedPassword(Person user, string hashedPassword, string providedPassword)
    {
        Interlocked.Increment(ref _count);
        return base.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }
}
