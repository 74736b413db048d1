using Hermes.Application.Shared.Settings;
using Hermes.Infrastructure;
using Hermes.Infrastructure.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Operations;

public sealed class SettingsTests
{
    private static readonly System.Reflection.Assembly[] Assemblies =
        [typeof(Application.AssemblyMark).Assembly, typeof(HermesServices).Assembly, typeof(Program).Assembly];

    [Fact]
    public void Nothing_configured_is_usable()
    {
        using var services = Read().BuildServiceProvider();
        services.GetRequiredService<InstallationSettings>().DataFolder.ShouldBe("data");
        services.GetRequiredService<ProPlanSettings>().PlatformPercent.ShouldBe(15m);
    }

    [Theory]
    [InlineData("Hermes:RateLimits:PersonPerMinute", "abc", "Hermes:RateLimits:PersonPerMinute is 'abc', which is not a whole number")]
    [InlineData("Hermes:RateLimits:PersonPerMinute", "-1", "Hermes:RateLimits:PersonPerMinute must be from 0 to 10000000")]
    [InlineData("Hermes:Plans:Pro:PlatformPercent", "50", "Hermes:Plans:Pro:PlatformPercent must be from 10 to 20")]
    [InlineData("Hermes:DataFolder", "", "Hermes:DataFolder must be given")]
    [InlineData("Hermes:Demo", "maybe", "Hermes:Demo is 'maybe', which is not true or false")]
    [InlineData("Hermes:Apexdomain", "https://x", "Hermes:ApexDomain must be a domain")]
    [InlineData("Hermes:PublicUrl", "ftp://x", "Hermes:PublicUrl is 'ftp://x/'")]
    [InlineData("Hermes:TrustedProxies:0", "proxy", "Hermes:TrustedProxies names 'proxy'")]
    [InlineData("Hermes:Bootstrap:Password", "long enough for anyone", "Hermes:Bootstrap:Email must be given")]
    [InlineData("Hermes:DatFolder", "x", "Hermes:DatFolder is not a setting of Hermes (did you mean Hermes:DataFolder?)")]
    [InlineData("Hermes:RateLimits:Robots", "x", "Hermes:RateLimits:Robots is not a setting of Hermes")]
    public void An_unusable_value_is_named(string key, string value, string sentence)
    {
        var refusal = Should.Throw<StartRefusedException>(() => Read((key, value)));
        refusal.Message.ShouldContain(sentence);
        refusal.Message.ShouldNotContain("\n");
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var refusal = Should.Throw<StartRefusedException>(() => Read(("Hermes:Demo", "x"), ("Hermes:Nope", "y")));
        refusal.Message.ShouldContain("Hermes:Demo");
        refusal.Message.ShouldContain("Hermes:Nope");
    }

    [Fact]
    public void The_example_file_documents_every_key_with_its_default()
    {
        var example = new ConfigurationBuilder().AddJsonFile(Repository.PathOf("appsettings.example.json")).Build();
        var keys = SettingsReader.KeysOf(SettingsReader.TypesOf(Assemblies));
        keys.Count.ShouldBeGreaterThan(15);
        var documented = Leaves(example.GetSection("Hermes")).ToHashSet();
        documented.ShouldBe(keys.Keys, ignoreOrder: true);

        // The file must be usable as it stands, and say what holds when it is not there.
        using var from = Read(example).BuildServiceProvider();
        using var none = Read().BuildServiceProvider();
        foreach (var (key, property) in keys)
        {
            var given = property.GetValue(from.GetRequiredService(property.ReflectedType!));
            var usual = property.GetValue(none.GetRequiredService(property.ReflectedType!));
            if (usual is not System.Collections.IEnumerable or string)
                given.ShouldBe(usual, key);
        }

        var comments = File.ReadAllLines(Repository.PathOf("appsettings.example.json"))
            .Select(line => line.Trim()).Zip(File.ReadAllLines(Repository.PathOf("appsettings.example.json")).Skip(1).Select(line => line.Trim()));
        foreach (var (above, line) in comments)
            if (line.StartsWith('"') && !line.EndsWith('{'))
                above.ShouldStartWith("//", customMessage: $"{line} has no comment above it");
    }

    private static IServiceCollection Read(params (string Key, string Value)[] pairs) =>
        Read(new ConfigurationBuilder().AddInMemoryCollection(pairs.ToDictionary(p => p.Key, p => (string?)p.Value)).Build());

    private static IServiceCollection Read(IConfiguration configuration) => new ServiceCollection().AddSettings(configuration, Assemblies);

    // A list or an empty value counts as one key.
    private static IEnumerable<string> Leaves(IConfigurationSection section) => section.GetChildren().SelectMany(child =>
        child.Value is not null || child.GetChildren().All(c => int.TryParse(c.Key, out _)) ? [child.Path] : Leaves(child));
}
