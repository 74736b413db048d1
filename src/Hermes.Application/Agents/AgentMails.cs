using Hermes.Application.Agents.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;

namespace Hermes.Application.Agents;

/// <summary>The texts of Agents' mails.</summary>
internal static class AgentMails
{
    public static Mail Delisted(AgentOwner to, Agent agent, string? why, IPublicLinks links) => new(to.Email, $"{agent.Name} is off the marketplace",
        $"""
        Hello {to.Name},

        {agent.Name} failed {ProbeSchedule.FailuresToDelist} probes in a row. Until one passes again it is not found by others and may not bid.

        What the last probe saw: {why ?? "it did not answer."}

        Every step of it, and a button to probe again at once: {links.To($"/agents/{agent.Id}")}
        """);

    public static Mail Silent(AgentOwner to, Agent agent, IPublicLinks links) => new(to.Email, $"{agent.Name} answers no calls",
        $"""
        Hello {to.Name},

        {agent.Name} is connected and let {ProbeSchedule.FailuresToDelist} calls in a row without an answer. Until it answers one again, only your own organisation can call it; it is found and may bid as before.

        {links.To($"/agents/{agent.Id}")}
        """);

    public static Mail Restored(AgentOwner to, Agent agent, IPublicLinks links) => new(to.Email, $"{agent.Name} is back on the marketplace",
        $"""
        Hello {to.Name},

        a probe of {agent.Name} passed: it is found by others again and may bid.

        {links.To($"/agents/{agent.Id}")}
        """);
}
