using Hermes.Domain.Shared;

namespace Hermes.Domain.Calls;

/// <summary>Where an invitation to work together stands.</summary>
public enum CollaborationState
{
    /// <summary>The other owner has not answered.</summary>
    Invited,
    /// <summary>Both agents prefer each other and may call each other.</summary>
    Accepted,
    /// <summary>The other owner said no.</summary>
    Declined,
    /// <summary>One of the owners ended it.</summary>
    Ended,
}

/// <summary>
/// Two agents that work together by preference: one owner invites, the other answers. While it is accepted each may call the
/// other, whatever else their owners' rules say of strangers.
/// </summary>
public sealed class Collaboration : ITenantOwned, IVersioned
{
    /// <summary>Longest line to the other owner.</summary>
    public const int MaxNote = 500;

    private Collaboration() { }

    /// <summary>Its id.</summary>
    public Guid Id { get; private set; }

    /// <summary>The inviting owner.</summary>
    public TenantId TenantId { get; private set; }

    /// <summary>The inviting agent.</summary>
    public AgentId AgentId { get; private set; }

    /// <summary>The invited agent's owner; may be the inviting one.</summary>
    public TenantId OtherTenantId { get; private set; }

    /// <summary>The invited agent.</summary>
    public AgentId OtherAgentId { get; private set; }

    /// <summary>A line to the other owner; may be empty.</summary>
    public string Note { get; private set; } = "";

    /// <summary>Where it stands.</summary>
    public CollaborationState State { get; private set; }

    /// <summary>When it was offered.</summary>
    public DateTimeOffset InvitedAt { get; private set; }

    /// <summary>When the other owner answered; null before.</summary>
    public DateTimeOffset? AnsweredAt { get; private set; }

    /// <summary>When it was ended or taken back; null before.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <inheritdoc />
    public uint Version { get; private set; }

    /// <summary>A new invitation; an agent can't invite itself.</summary>
    public static Result<Collaboration> Invite(TenantId owner, AgentId agent, TenantId otherOwner, AgentId other, string note, TimeProvider clock) => agent == other
        ? CallErrors.OwnCollaborator
        : new Collaboration
        {
            Id = Guid.CreateVersion7(clock.GetUtcNow()),
            TenantId = owner,
            AgentId = agent,
            OtherTenantId = otherOwner,
            OtherAgentId = other,
            Note = note,
            InvitedAt = clock.GetUtcNow(),
        };

    /// <summary>Invited → accepted or declined, by the other owner.</summary>
    public Result<Done> Answer(bool accept, TimeProvider clock)
    {
        if (State != CollaborationState.Invited)
            return CallErrors.InvitationAnswered;
        (State, AnsweredAt) = (accept ? CollaborationState.Accepted : CollaborationState.Declined, clock.GetUtcNow());
        return Done.Ok;
    }

    /// <summary>Invited or accepted → ended, by either owner.</summary>
    public Result<Done> End(TimeProvider clock)
    {
        if (State is not (CollaborationState.Invited or CollaborationState.Accepted))
            return CallErrors.CollaborationOver;
        (State, EndedAt) = (CollaborationState.Ended, clock.GetUtcNow());
        return Done.Ok;
    }
}
