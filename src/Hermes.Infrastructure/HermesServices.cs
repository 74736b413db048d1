using FluentValidation;
using Hermes.Application;
using Hermes.Application.Shared;
using Hermes.Infrastructure.Shared;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Hermes.Infrastructure;

/// <summary>Puts the house together.</summary>
public static class HermesServices
{
    /// <summary>Registers the pipeline, every use case, and every capability's adapters.</summary>
    public static IServiceCollection AddHermes(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddScoped<ActorScope>();
        services.AddScoped<ICurrentActor>(sp => sp.GetRequiredService<ActorScope>());
        services.AddSingleton<ISystemScopes, SystemScopes>();
        services.AddScoped<IAcrossTenantsSender, AcrossTenantsSender>();
        AddRequests(services);
        var modules = typeof(HermesServices).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && typeof(IModule).IsAssignableFrom(t))
            .OrderBy(t => t.FullName, StringComparer.Ordinal);
        foreach (var module in modules)
            ((IModule)Activator.CreateInstance(module, nonPublic: true)!).Register(services, configuration);
        return services;
    }

    private static void AddRequests(IServiceCollection services)
    {
        services.AddScoped<ServiceFactory>(sp => sp.GetService!);
        services.AddScoped<IMediator, Mediator>();
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(AcrossTenantsBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(LogBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(AccessBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(StandingBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(ValidationBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(TransactionBehaviour<,>));
        Type[] open = [typeof(IRequestHandler<,>), typeof(IValidator<>)];
        var parts =
            from assembly in new[] { typeof(AssemblyMark).Assembly, typeof(HermesServices).Assembly }
            from type in assembly.GetTypes()
            where type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
            from contract in type.GetInterfaces()
            where contract.IsGenericType && open.Contains(contract.GetGenericTypeDefinition())
            select (contract, type);
        foreach (var (contract, type) in parts)
            services.Add(new ServiceDescriptor(contract, type, contract.GetGenericTypeDefinition() == typeof(IValidator<>) ? ServiceLifetime.Singleton : ServiceLifetime.Transient));
    }
}
