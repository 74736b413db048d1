using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using FluentValidation;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hermes.Application.Shared;

/// <summary>Times and logs every request by name and ids, never by payload.</summary>
public sealed class LogBehaviour<TRequest, TResponse>(ICurrentActor current, ILogger<LogBehaviour<TRequest, TResponse>> logger)
    : IPipelineBehavior<TRequest, TResponse> where TRequest : IRequest<TResponse> where TResponse : IFailable<TResponse>
{
    private static readonly string Name = typeof(TRequest).Name;

    /// <inheritdoc />
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var started = Stopwatch.GetTimestamp();
        using var activity = PipelineTelemetry.Source.StartActivity(Name);
        activity?.SetTag("hermes.tenant", current.Actor.Tenant?.ToString());
        activity?.SetTag("hermes.actor", current.Actor.Kind.ToString());
        TResponse response;
        try
        {
            response = await next();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
            PipelineTelemetry.Record(Name, "failed", started);
            throw;
        }
        var code = response.Error?.Code ?? "ok";
        activity?.SetTag("hermes.result", code);
        PipelineTelemetry.Record(Name, code, started);
        if (response.Error is { } error)
            logger.LogInformation("{Request} refused: {Code} ({Actor}, request {RequestId})", Name, error.Code, current.Actor, current.RequestId);
        else
            logger.LogDebug("{Request} done in {Elapsed} ms ({Actor}, request {RequestId})",
                Name, Stopwatch.GetElapsedTime(started).TotalMilliseconds, current.Actor, current.RequestId);
        return response;
    }
}

/// <summary>Refuses a request whose declaration the actor does not meet, and one that declares nothing.</summary>
public sealed class AccessBehaviour<TRequest, TResponse>(ICurrentActor current)
    : IPipelineBehavior<TRequest, TResponse> where TRequest : IRequest<TResponse> where TResponse : IFailable<TResponse>
{
    private static readonly AccessAttribute? Declared = typeof(TRequest).GetCustomAttribute<AccessAttribute>();

    /// <inheritdoc />
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var refusal = Declared is null ? AccessErrors.Undeclared : Declared.Check(current.Actor);
        return refusal is null ? next() : Task.FromResult(TResponse.Fail(refusal));
    }
}

/// <summary>
/// Refuses what people and agents of a tenant do in its name whose payment is overdue for too long, however the command came in. Reading,
/// what <see cref="IWhileSuspended"/> marks, and what concerns the signed-in person alone go on.
/// </summary>
public sealed class StandingBehaviour<TRequest, TResponse>(ICurrentActor current, IPlans plans)
    : IPipelineBehavior<TRequest, TResponse> where TRequest : IRequest<TResponse> where TResponse : IFailable<TResponse>
{
    private static readonly bool Concerned = typeof(ICommand).IsAssignableFrom(typeof(TRequest)) && !typeof(IWhileSuspended).IsAssignableFrom(typeof(TRequest))
        && typeof(TRequest).GetCustomAttribute<AccessAttribute>() is RequiresAttribute or RequiresEitherAttribute or RequiresAgentAttribute;

    /// <inheritdoc />
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next) =>
        Concerned && current.Actor is { Kind: ActorKind.Person or ActorKind.Agent, IsOperator: false, Tenant: { } tenant } && (await plans.OfAsync(tenant, cancellationToken)).Standing == PlanStanding.Suspended
            ? TResponse.Fail(PlanErrors.Suspended)
            : await next();
}

/// <summary>Runs the request's validators; the errors name the members as the API writes them.</summary>
public sealed class ValidationBehaviour<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse> where TRequest : IRequest<TResponse> where TResponse : IFailable<TResponse>
{
    /// <inheritdoc />
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        Dictionary<string, List<string>>? wrong = null;
        foreach (var validator in validators)
        {
            var outcome = await validator.ValidateAsync(request, cancellationToken);
            foreach (var failure in outcome.Errors)
            {
                wrong ??= [];
                var member = SnakeCase.Path(failure.PropertyName);
                if (!wrong.TryGetValue(member, out var messages))
                    wrong[member] = messages = [];
                messages.Add(failure.ErrorMessage);
            }
        }
        return wrong is null
            ? await next()
            : TResponse.Fail(Error.Validation(wrong.ToDictionary(m => m.Key, m => m.Value.ToArray())));
    }
}

/// <summary>Gives commands their transaction. Asks for it only then: a query that reads no row makes no database context.</summary>
public sealed class TransactionBehaviour<TRequest, TResponse>(IServiceProvider services)
    : IPipelineBehavior<TRequest, TResponse> where TRequest : IRequest<TResponse> where TResponse : IFailable<TResponse>
{
    /// <inheritdoc />
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next) =>
        request is ICommand and not IOwnTransaction
            ? services.GetRequiredService<ITransactionalSend>().SendAsync<TRequest, TResponse>(() => next(), cancellationToken, (request as IPays)?.Cause)
            : next();
}

/// <summary>The transaction of a command with its idempotency record; <see cref="IUnitOfWork"/> for code that has its result's type at hand.</summary>
public interface ITransactionalSend
{
    /// <summary>Answers from the idempotency record where there is one, else runs the work in a transaction.</summary>
    /// <param name="work">The work; it may run again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="cause">What it holds or pays for; null where that is not said.</param>
    Task<TResponse> SendAsync<TRequest, TResponse>(Func<Task<TResponse>> work, CancellationToken cancellationToken, PaymentCause? cause = null) where TResponse : IFailable<TResponse>;
}

/// <summary>snake_case, as the API and the database write names.</summary>
public static class SnakeCase
{
    private static readonly ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    /// <summary>One name: <c>EtaSeconds</c> → <c>eta_seconds</c>.</summary>
    public static string Of(string name) => Known.GetOrAdd(name, System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName);

    /// <summary>A validator's path: <c>Weights.Price</c> → <c>weights.price</c>.</summary>
    public static string Path(string path) => string.Join('.', path.Split('.').Select(Of));
}
