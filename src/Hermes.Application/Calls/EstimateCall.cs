using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Agents.Public;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Calls;

/// <summary>What a call would cost at this moment; nothing is held. A later call that names it as its most never costs more.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Message">A message of the protocol.</param>
/// <param name="TimeoutSeconds">Seconds until it fails by itself; null for the agent's own.</param>
/// <param name="MaxUnits">The most units that the caller allows; null for as many as the agent takes.</param>
[Requires(Permissions.AgentsCall)]
public sealed record EstimateCall(AgentId AgentId, JsonElement Message, int? TimeoutSeconds = null, long? MaxUnits = null) : IQuery<CallEstimate>;

/// <summary>What a call would cost.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Terms">What its owner asks, in a line.</param>
/// <param name="Most">Held when the call starts; it can't cost more.</param>
/// <param name="Least">What is paid in any case when the call is completed.</param>
/// <param name="Parts">What <paramref name="Most"/> is made of.</param>
/// <param name="MaxUnits">The most units that are charged, where the agent reports them; else null.</param>
public sealed record CallEstimate(AgentId AgentId, string Terms, Money Most, Money Least, IReadOnlyList<PricePart> Parts, long? MaxUnits);

internal sealed class EstimateCallHandler(ICallDirectory directory, CallQuotes quotes, ICurrentActor current) : IRequestHandler<EstimateCall, Result<CallEstimate>>
{
    public async Task<Result<CallEstimate>> Handle(EstimateCall request, CancellationToken cancellationToken)
    {
        if (await directory.FindAsync(request.AgentId, current.Actor.RequiredTenant, current.Actor.Agent, cancellationToken) is not { IsRetired: false, Access.IsAllowed: true } agent)
            return CallErrors.AgentNotFound;
        var quoted = await quotes.QuoteAsync(agent, new CallAsk(request.Message, request.TimeoutSeconds, request.MaxUnits), cancellationToken);
        if (!quoted.Succeeded)
            return quoted.Error;
        var quote = quoted.Value;
        return new CallEstimate(agent.Id, agent.Asked.ToString(), quote.Most, quote.Tariff?.Charge(0) ?? quote.Most, quote.Parts, quote.Tariff?.Most);
    }
}
