using Hermes.Domain.Calls;

namespace Hermes.UnitTests.Calls;

public sealed class CallTests
{
    [Fact]
    public void Nothing_leads_out_of_an_end() => CallTransitions.Table.Keys.ShouldAllBe(k => !CallTransitions.Final.Contains(k.From));

    [Fact]
    public void Every_open_state_can_end_in_every_way()
    {
        foreach (var state in Enum.GetValues<CallState>().Where(s => !CallTransitions.Final.Contains(s)))
            foreach (var act in new[] { CallAct.Complete, CallAct.Fail, CallAct.Cancel, CallAct.Reject })
                CallTransitions.Next(state, act).Succeeded.ShouldBeTrue();
    }

    [Theory]
    [InlineData(true, true, true, true, true, AccessReason.DeniedByAgent)]
    [InlineData(false, true, true, true, true, AccessReason.AllowedByAgent)]
    [InlineData(false, false, true, true, true, AccessReason.AllowedByOrganisation)]
    [InlineData(false, false, false, true, true, AccessReason.SameTenant)]
    [InlineData(false, false, false, false, true, AccessReason.Public)]
    [InlineData(false, false, false, false, false, AccessReason.Private)]
    public void Access_is_decided_in_the_stated_order(bool denies, bool allows, bool organisation, bool same, bool isPublic, AccessReason reason) =>
        AccessRules.Decide(new AccessFacts(denies, allows, organisation, same, isPublic)).Reason.ShouldBe(reason);
}
