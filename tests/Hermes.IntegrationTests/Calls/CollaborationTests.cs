using Hermes.Application.Calls;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Calls;

/// <summary>Agents that work together by preference.</summary>
public sealed class CollaborationTests(CallsApp app) : IClassFixture<CallsApp>
{
    [Fact]
    public async Task An_accepted_invitation_lets_each_agent_call_the_other_and_its_end_takes_that_back()
    {
        var (ours, _) = await app.KeyedAgentAsync(visibility: AgentVisibility.Tenant);
        var (theirs, _) = await app.KeyedAgentAsync();
        var (we, they) = (Owner(ours), Owner(theirs));
        (await MayCallAsync(theirs, ours)).ShouldBeFalse();

        var invited = (await app.SendAsync(we, new InviteCollaborator(ours.RequiredAgent, theirs.RequiredAgent, "Shall we?"))).Value;
        invited.State.ShouldBe(CollaborationState.Invited);
        (await MayCallAsync(theirs, ours)).ShouldBeFalse("an invitation alone opens nothing");
        var seen = (await app.SendAsync(they, new ListCollaborators(theirs.RequiredAgent))).Value.ShouldHaveSingleItem();
        (seen.AgentId, seen.ByUs, seen.Note).ShouldBe((ours.RequiredAgent, false, "Shall we?"));
        (await app.SendAsync(they, new AnswerCollaboration(invited.Id, true))).Error.ShouldBeNull();

        (await MayCallAsync(theirs, ours)).ShouldBeTrue();
        (await app.SendAsync(we, new ListCollaborators(ours.RequiredAgent))).Value.ShouldHaveSingleItem().State.ShouldBe(CollaborationState.Accepted);
        (await app.SendAsync(they, new AnswerCollaboration(invited.Id, true))).Error.ShouldBe(CallErrors.InvitationAnswered);
        (await app.SendAsync(they, new InviteCollaborator(theirs.RequiredAgent, ours.RequiredAgent))).Error.ShouldBe(CallErrors.AlreadyCollaborators);

        (await app.SendAsync(we, new EndCollaboration(invited.Id))).Error.ShouldBeNull();
        (await MayCallAsync(theirs, ours)).ShouldBeFalse();
        (await app.SendAsync(they, new EndCollaboration(invited.Id))).Error.ShouldBe(CallErrors.CollaborationOver);
        (await app.SendAsync(they, new ListCollaborators(theirs.RequiredAgent))).Value.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_declined_invitation_opens_nothing_and_may_be_repeated()
    {
        var (ours, _) = await app.KeyedAgentAsync(visibility: AgentVisibility.Tenant);
        var (theirs, _) = await app.KeyedAgentAsync();
        var invited = (await app.SendAsync(Owner(ours), new InviteCollaborator(ours.RequiredAgent, theirs.RequiredAgent))).Value;

        (await app.SendAsync(Owner(theirs), new AnswerCollaboration(invited.Id, false))).Error.ShouldBeNull();

        (await MayCallAsync(theirs, ours)).ShouldBeFalse();
        (await app.SendAsync(Owner(ours), new InviteCollaborator(ours.RequiredAgent, theirs.RequiredAgent))).Error.ShouldBeNull();
    }

    [Fact]
    public async Task An_invitation_that_is_taken_back_leaves_the_rules_that_an_owner_made()
    {
        var (ours, _) = await app.KeyedAgentAsync(visibility: AgentVisibility.Tenant);
        var (theirs, _) = await app.KeyedAgentAsync();
        (await app.SendAsync(Owner(ours), new RuleCaller(ours.RequiredAgent, AccessEffect.Allow, new AccessSubject(null, theirs.RequiredAgent)))).Error.ShouldBeNull();
        var invited = (await app.SendAsync(Owner(theirs), new InviteCollaborator(theirs.RequiredAgent, ours.RequiredAgent))).Value;

        (await app.SendAsync(Owner(theirs), new EndCollaboration(invited.Id))).Error.ShouldBeNull();

        (await MayCallAsync(theirs, ours)).ShouldBeTrue();
    }

    [Fact]
    public async Task Agents_of_one_owner_need_no_answer()
    {
        var (first, _) = await app.KeyedAgentAsync(visibility: AgentVisibility.Tenant);
        var (second, _) = await app.KeyedAgentAsync(visibility: AgentVisibility.Tenant, tenant: first.Tenant);

        (await app.SendAsync(Owner(first), new InviteCollaborator(first.RequiredAgent, second.RequiredAgent))).Value.State.ShouldBe(CollaborationState.Accepted);
        (await app.SendAsync(Owner(first), new InviteCollaborator(first.RequiredAgent, first.RequiredAgent))).Error.ShouldBe(CallErrors.OwnCollaborator);
    }

    [Fact]
    public async Task Strangers_and_those_without_the_permission_get_nothing()
    {
        var (ours, _) = await app.KeyedAgentAsync();
        var (theirs, _) = await app.KeyedAgentAsync();
        var (hidden, _) = await app.KeyedAgentAsync(visibility: AgentVisibility.Tenant);
        var invited = (await app.SendAsync(Owner(ours), new InviteCollaborator(ours.RequiredAgent, theirs.RequiredAgent))).Value;
        var stranger = Owner(hidden);

        (await app.SendAsync(stranger, new AnswerCollaboration(invited.Id, true))).Error.ShouldBe(CallErrors.CollaborationNotFound);
        (await app.SendAsync(Owner(ours), new AnswerCollaboration(invited.Id, true))).Error.ShouldBe(CallErrors.CollaborationNotFound, "who invites does not answer");
        (await app.SendAsync(stranger, new EndCollaboration(invited.Id))).Error.ShouldBe(CallErrors.CollaborationNotFound);
        (await app.SendAsync(stranger, new ListCollaborators(ours.RequiredAgent))).Error.ShouldBe(CallErrors.AgentNotFound);
        (await app.SendAsync(stranger, new InviteCollaborator(ours.RequiredAgent, theirs.RequiredAgent))).Error.ShouldBe(CallErrors.AgentNotFound);
        (await app.SendAsync(Owner(ours), new InviteCollaborator(ours.RequiredAgent, hidden.RequiredAgent))).Error.ShouldBe(CallErrors.AgentNotFound);
        var viewer = Actors.Person(ours.Tenant!.Value, Permissions.AgentsRead);
        (await app.SendAsync(viewer, new InviteCollaborator(ours.RequiredAgent, theirs.RequiredAgent))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(viewer, new EndCollaboration(invited.Id))).Error!.Code.ShouldBe("access.permission_missing");
    }

    [Fact]
    public async Task Two_who_invite_each_other_at_once_have_one_collaboration()
    {
        var (ours, _) = await app.KeyedAgentAsync();
        var (theirs, _) = await app.KeyedAgentAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => i % 2 == 0
            ? app.SendAsync(Owner(ours), new InviteCollaborator(ours.RequiredAgent, theirs.RequiredAgent))
            : app.SendAsync(Owner(theirs), new InviteCollaborator(theirs.RequiredAgent, ours.RequiredAgent))));

        results.Count(r => r.Succeeded).ShouldBe(1);
        results.Where(r => !r.Succeeded).ShouldAllBe(r => r.Error == CallErrors.AlreadyCollaborators);
    }

    private static Actor Owner(Actor agent) => Actors.Person(agent.Tenant!.Value);

    private async Task<bool> MayCallAsync(Actor caller, Actor agent) =>
        (await app.CallAsync(caller, agent.RequiredAgent)).Error is not { } error || error != CallErrors.AgentNotFound;
}
