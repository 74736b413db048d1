using Hermes.Application.Identity;
using Hermes.Application.Identity.Public;
using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Identity;
using Hermes.Infrastructure.Notifications.Public;
using Hermes.Infrastructure.Persistence;
using Hermes.Infrastructure.Shared;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Hermes.Infrastructure.Identity;

internal sealed class IdentityModule : IModule
{
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(3);

    public void Register(IServiceCollection services, IConfiguration configuration)
    {
        services.AddDataProtection().SetApplicationName("Hermes");
        services.AddSingleton<DatabaseKeyRing>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(sp =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlRepository = sp.GetRequiredService<DatabaseKeyRing>()));
        services.Configure<DataProtectionTokenProviderOptions>(options => options.TokenLifespan = LinkLifetime);
        services.AddIdentityCore<Person>(options =>
            {
                options.User.RequireUniqueEmail = true;
                options.User.AllowedUserNameCharacters = null!;
                options.Password = new PasswordOptions
                {
                    RequiredLength = PasswordRules.MinLength,
                    RequireDigit = false,
                    RequireLowercase = false,
                    RequireUppercase = false,
                    RequireNonAlphanumeric = false,
                };
            })
            .AddEntityFrameworkStores<HermesDbContext>()
            .AddDefaultTokenProviders();
        services.AddSingleton<IBreachedPasswords, CommonPasswords>();
        services.AddScoped<IPeople, People>();
        services.AddScoped<IMemberCounts, MemberCounts>();
        services.AddScoped<Application.Agents.Public.IAgentOwners, AgentOwners>();
        services.AddSingleton<ActorLookup>();
        services.AddSingleton<IActors>(sp => sp.GetRequiredService<ActorLookup>());
        services.AddSingleton<IEventObserver>(sp => sp.GetRequiredService<ActorLookup>());
        services.AddScoped<RightsChanges>();
        services.AddSingleton<IPublicLinks, PublicLinks>();
        services.AddHostedService<Bootstrap>();
    }
}
