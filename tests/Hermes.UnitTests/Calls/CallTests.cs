using Hermes.Domain.Calls;
using Hermes.Domain.Shared;

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

    [Theory]
    [InlineData(60, 60, true)]
    [InlineData(60, 90, true)]
    [InlineData(60, 1, false)]
    public void Being_late_is_the_agents_fault_when_it_had_its_owners_time(int owners, int callers, bool fault)
    {
        var clock = new StandingClock();
        var call = Started(clock, owners, callers);
        clock.Now = call.DeadlineAt;
        call.Expire(clock).Succeeded.ShouldBeTrue();
        (call.ErrorCode, call.IsAgentsFault).ShouldBe((CallFailures.Late, fault));
    }

    [Theory]
    [InlineData(CallAct.AskInput)]
    [InlineData(CallAct.AskAuth)]
    public void A_silent_caller_costs_the_agent_nothing(CallAct ask)
    {
        var clock = new StandingClock();
        var call = Started(clock, 60, 90);
        call.Do(ask, clock);
        clock.Now = call.DeadlineAt;
        call.Expire(clock).Succeeded.ShouldBeTrue();
        (call.ErrorCode, call.IsAgentsFault).ShouldBe((CallFailures.Unanswered, false));
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(40, false)]
    public void What_the_agent_waited_for_its_caller_is_not_its_time(int waited, bool fault)
    {
        var clock = new StandingClock();
        var call = Started(clock, 60, 90);
        call.Do(CallAct.AskInput, clock);
        clock.Now += TimeSpan.FromSeconds(waited);
        call.Do(CallAct.Say, clock);
        clock.Now = call.DeadlineAt;
        call.Expire(clock).Succeeded.ShouldBeTrue();
        (call.ErrorCode, call.IsAgentsFault).ShouldBe((CallFailures.Late, fault));
    }

    [Theory]
    [InlineData(CallFailures.Agent, true)]
    [InlineData("calls.agent_unreachable", true)]
    [InlineData(CallFailures.Interrupted, false)]
    [InlineData(CallFailures.NotCarried, false)]
    public void What_happened_to_Hermes_is_not_the_agents_fault(string code, bool fault)
    {
        var call = Started(new StandingClock(), 60, 60);
        call.Fail(code, "Why.", TimeProvider.System);
        call.IsAgentsFault.ShouldBe(fault);
    }

    [Theory]
    [InlineData(5, 3, 2, 2, 1, 2)]
    [InlineData(5, 0, 2, 0, 0, 3)]
    [InlineData(5, 5, 2, 2, 3, 0)]
    [InlineData(5, 3, 5, 3, 0, 0)]
    [InlineData(5, 3, 0, 0, 3, 2)]
    public void A_lower_price_keeps_the_credits_that_it_needs(long held, long credits, long price, long kept, long promotional, long available)
    {
        var call = Started(new StandingClock(), 60, 60, held, credits);
        call.Lower(new Money(price, Currency.Usd)).ShouldBe((promotional, available));
        (call.Price.MicroUnits, call.PromotionalMicroUnits, call.Payment).ShouldBe((price, kept, price == 0 ? CallPayment.Free : CallPayment.Held));
    }

    private static Call Started(TimeProvider clock, int owners, int callers, long price = 0, long credits = 0)
    {
        var (tenant, agent) = (new TenantId(Guid.CreateVersion7()), new AgentId(Guid.CreateVersion7()));
        return Call.Start(new CallTerms(tenant, null, new PersonId(Guid.CreateVersion7()), agent, agent, tenant, Guid.CreateVersion7(), "c", CallTransport.Socket,
            new Money(price, Currency.Usd), credits, clock.GetUtcNow().AddSeconds(callers), clock.GetUtcNow().AddSeconds(owners)), clock);
    }

    private sealed class StandingClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
