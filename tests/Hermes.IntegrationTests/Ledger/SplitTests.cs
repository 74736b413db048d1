using System.Text.Json;
using Hermes.Application.Agents;
using Hermes.Application.Identity;
using Hermes.Application.Ledger;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Mesh;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>Who gets what of a payment, and what agents owe those they derive from.</summary>
public sealed class SplitTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task A_contract_is_split_between_all_that_have_a_share_and_each_sees_its_part()
    {
        var (far, near) = (await OriginAsync(2m), await OriginAsync(3m));
        await DeriveAsync(near, far);
        var agent = await DerivedAsync(near);
        var owner = Actors.Person(agent.RequiredTenant);
        var (referrer, slug) = await NewTenantAsync();
        (await app.SendAsync(owner, new SetOrganisationShare(10m))).Value.AgentPercent.ShouldBe(75m);
        (await app.SendAsync(Actors.Operator(), new SetReferrer(owner.RequiredTenant, slug, 5m))).Value.AgentPercent.ShouldBe(70m);

        var (poster, contract) = await SettledAsync(agent, 4m);

        (await BalanceAsync("available", owner.RequiredTenant)).ShouldBe(400_000);
        (await BalanceAsync("earnings", owner.RequiredTenant)).ShouldBe(2_600_000);
        (await BalanceAsync("earnings", referrer)).ShouldBe(200_000);
        (await BalanceAsync("earnings", near.RequiredTenant)).ShouldBe(120_000);
        (await BalanceAsync("earnings", far.RequiredTenant)).ShouldBe(80_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
        (await app.HeldAsync(contract)).ShouldBe(0);

        var own = (await app.SendAsync(agent, new GetDelivery(contract))).Value;
        own.Shares.Select(s => s.Amount.MicroUnits).ShouldBe([2_600_000, 600_000, 400_000, 200_000, 120_000, 80_000]);
        own.Settlement!.Agent.ShouldBe(Money.Usd(3.4m));
        (await app.SendAsync(poster, new GetDelivery(contract))).Value.Shares.ShouldHaveSingleItem().Party.ShouldBe(ShareParty.Platform);

        var earnings = (await app.SendAsync(owner, new GetAgentEarnings(agent.RequiredAgent))).Value;
        earnings.Totals.ShouldHaveSingleItem().Total.ShouldBe(Money.Usd(3m));
        earnings.Totals[0].Settlements.ShouldBe(1);
        earnings.Months.ShouldHaveSingleItem().Total.ShouldBe(Money.Usd(3m));
        earnings.Shares.Items.Count.ShouldBe(2);
        var royalties = (await app.SendAsync(Actors.Person(near.RequiredTenant), new GetAgentEarnings(near.RequiredAgent))).Value;
        royalties.Totals[0].Royalties.ShouldBe(Money.Usd(0.12m));
        (await app.SendAsync(owner, new GetAgentEarnings(near.RequiredAgent))).Error!.Kind.ShouldBe(ErrorKind.NotFound);
        (await app.SendAsync(agent with { Permissions = [] }, new GetAgentEarnings(agent.RequiredAgent))).Error!.Kind.ShouldBe(ErrorKind.Forbidden);
    }

    [Fact]
    public async Task Earnings_are_paged()
    {
        var agent = await app.AgentAsync();
        for (var i = 0; i < 3; i++)
            await SettledAsync(agent, 2m + i);
        var owner = Actors.Person(agent.RequiredTenant);

        var first = (await app.SendAsync(owner, new GetAgentEarnings(agent.RequiredAgent, 2))).Value;
        first.Shares.Items.Count.ShouldBe(2);
        var second = (await app.SendAsync(owner, new GetAgentEarnings(agent.RequiredAgent, 2, first.Shares.NextCursor))).Value;

        second.Shares.Items.ShouldHaveSingleItem();
        second.Shares.NextCursor.ShouldBeNull();
        first.Totals[0].Total.ShouldBe(Money.Usd(7.65m));
    }

    [Fact]
    public async Task Shares_out_of_range_and_of_strangers_are_refused()
    {
        var owner = Actors.Person(new TenantId(Guid.CreateVersion7()));
        (await app.SendAsync(owner, new SetOrganisationShare(10.01m))).Error.ShouldBe(SplitErrors.OrganisationOutOfRange);
        (await app.SendAsync(owner, new SetOrganisationShare(1.001m))).Error.ShouldBe(SplitErrors.OrganisationOutOfRange);
        var (other, own) = (await NewTenantAsync(), await NewTenantAsync());
        (await app.SendAsync(owner, new SetReferrer(own.Id, other.Slug, 1m))).Error.ShouldBe(AccessErrors.OperatorsOnly);
        (await app.SendAsync(Actors.Operator(), new SetReferrer(own.Id, own.Slug, 1m))).Error.ShouldBe(SplitErrors.OwnReferrer);
        foreach (var nobody in new[] { "nobody-here", "No slug!", Guid.CreateVersion7().ToString() })
            (await app.SendAsync(Actors.Operator(), new SetReferrer(own.Id, nobody, 1m))).Error.ShouldBe(SplitErrors.NoReferrer);
        foreach (var percent in new[] { 0m, 5.01m, 1.001m, -1m })
            (await app.SendAsync(Actors.Operator(), new SetReferrer(own.Id, other.Id.ToString(), percent))).Error.ShouldBe(SplitErrors.ReferrerOutOfRange);
        (await app.SendAsync(Actors.Person(owner.RequiredTenant, Permissions.BillingView), new SetOrganisationShare(1m))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(owner, new GetSplit())).Value.OrganisationPercent.ShouldBe(0m);
    }

    [Fact]
    public async Task An_origin_is_taken_once_with_its_owners_leave_and_never_in_a_circle()
    {
        var (closed, open) = (await app.AgentAsync(), await OriginAsync(4m));
        var agent = await app.AgentAsync();
        (await EditAsync(agent, closed.RequiredAgent)).Error.ShouldBe(AgentErrors.OriginNotLicensed);
        (await EditAsync(agent, new AgentId(Guid.CreateVersion7()))).Error.ShouldBe(AgentErrors.OriginNotFound);
        (await EditAsync(agent, agent.RequiredAgent)).Error.ShouldBe(AgentErrors.DerivedInCircle);
        var hidden = await app.AgentAsync(visibility: AgentVisibility.Tenant);
        (await EditAsync(agent, hidden.RequiredAgent)).Error.ShouldBe(AgentErrors.OriginNotFound, "another organisation's private agent does not exist");

        (await EditAsync(agent, open.RequiredAgent)).Value.DerivedFrom.ShouldBe(open.RequiredAgent);
        (await EditAsync(agent, null)).Value.DerivedFrom.ShouldBe(open.RequiredAgent, "what was said once stays");
        (await EditAsync(agent, closed.RequiredAgent)).Error.ShouldBe(AgentErrors.OriginFixed);

        // Dearer terms are for those who come later.
        await EditAsync(open, null, royalty: 9m);
        (await app.SqlAsync<int>($"SELECT owed_basis_points FROM agents.agents WHERE id = '{agent.RequiredAgent}'")).ShouldBe(400);
        var second = await OriginAsync(2m);
        await DeriveAsync(second, open);
        (await EditAsync(await app.AgentAsync(), second.RequiredAgent)).Error.ShouldBe(AgentErrors.RoyaltiesTooHigh);
        (await EditAsync(open, second.RequiredAgent, royalty: 9m)).Error.ShouldBe(AgentErrors.DerivedInCircle);
    }

    [Fact]
    public async Task A_chain_has_three_steps_at_most_and_two_at_once_never_close_a_circle()
    {
        var last = await OriginAsync(1m);
        for (var step = 0; step < 3; step++)
        {
            var next = await OriginAsync(1m);
            await DeriveAsync(next, last);
            last = next;
        }
        (await EditAsync(await app.AgentAsync(), last.RequiredAgent)).Error.ShouldBe(AgentErrors.DerivedTooFar);

        var (left, right) = (await OriginAsync(0m), await OriginAsync(0m));
        var both = await Task.WhenAll(EditAsync(left, right.RequiredAgent, royalty: 0m), EditAsync(right, left.RequiredAgent, royalty: 0m));
        both.Count(r => r.Succeeded).ShouldBe(1);
        both.Single(r => !r.Succeeded).Error.ShouldBe(AgentErrors.DerivedInCircle);
    }

    [Fact]
    public async Task Within_an_organisation_nothing_is_owed()
    {
        var origin = await app.AgentAsync(visibility: AgentVisibility.Tenant);
        var agent = await app.AgentAsync(origin.RequiredTenant);
        (await EditAsync(agent, origin.RequiredAgent)).Error.ShouldBeNull();

        var (_, contract) = await SettledAsync(agent, 4m);

        (await app.SendAsync(agent, new GetDelivery(contract))).Value.Shares.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Credits_that_are_spent_on_ones_own_agent_earn_nothing_and_others_earn_by_them()
    {
        var poster = await app.PosterAsync(1m);
        await GiveAsync(poster.RequiredTenant, 3_000_000);
        var own = await app.AgentAsync(poster.RequiredTenant);
        (await app.SendAsync(Actors.Person(own.RequiredTenant), new SetOrganisationShare(10m))).Error.ShouldBeNull();

        var contract = await SettleAsync(poster, own, 4m);

        // The fee is paid from the money, which credits leave alone until they are spent.
        (await BalanceAsync("earnings", poster.RequiredTenant)).ShouldBe(400_000);
        (await BalanceAsync("available", poster.RequiredTenant) + await BalanceAsync("promotional", poster.RequiredTenant)).ShouldBe(0);
        (await app.SendAsync(own, new GetDelivery(contract))).Value.Shares.Where(s => s.Party != ShareParty.Platform).Sum(s => s.Amount.MicroUnits).ShouldBe(400_000);
        (await app.SendAsync(poster, new GetEscrow(contract))).Value.Refunded.ShouldBe(Money.Usd(0));

        await GiveAsync(poster.RequiredTenant, 4_000_000);
        var other = await app.AgentAsync();
        await SettleAsync(poster, other, 4m);
        (await BalanceAsync("earnings", other.RequiredTenant)).ShouldBe(3_400_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    private async Task<(TenantId Id, string Slug)> NewTenantAsync()
    {
        var slug = $"s{Guid.NewGuid():N}"[..20];
        var made = await app.SendAsync(Actors.Operator(), new CreateTenant(slug, slug, new OwnerInput($"{slug}@example.test", "a long enough passphrase 9")));
        made.Error.ShouldBeNull();
        return (made.Value.Id, slug);
    }

    private async Task GiveAsync(TenantId tenant, long micro) =>
        (await app.PostAsync(Books.Move(AccountRef.Promotions(Currency.Usd), AccountRef.Promotional(tenant, Currency.Usd), micro))).Error.ShouldBeNull();

    [Fact]
    public async Task The_database_keeps_shares_as_they_are_and_referrers_from_those_they_pay()
    {
        var agent = await app.AgentAsync();
        var (_, contract) = await SettledAsync(agent, 4m);
        foreach (var statement in new[] { $"UPDATE ledger.shares SET amount_micro_units = 0 WHERE subject_id = '{contract}'", $"DELETE FROM ledger.shares WHERE subject_id = '{contract}'" })
            foreach (var role in new[] { "hermes_app", "hermes_engine" })
                (await Should.ThrowAsync<Npgsql.PostgresException>(() => app.SqlAsync<object>($"BEGIN; SET LOCAL ROLE {role}; {statement}; COMMIT"))).SqlState.ShouldBe("42501");
        var tenant = Guid.CreateVersion7();
        (await Should.ThrowAsync<Npgsql.PostgresException>(() => app.SqlAsync<object>(
            $"BEGIN; SET LOCAL ROLE hermes_app; SET LOCAL app.tenant = '{tenant}'; INSERT INTO ledger.split_settings (tenant_id, organisation_basis_points, referrer_tenant_id, referrer_basis_points) VALUES ('{tenant}', 0, '{Guid.CreateVersion7()}', 500); COMMIT"))).SqlState.ShouldBe("42501");
    }

    private async Task<(Actor Poster, ContractId Contract)> SettledAsync(Actor agent, decimal price)
    {
        var poster = await app.PosterAsync();
        return (poster, await SettleAsync(poster, agent, price));
    }

    private async Task<ContractId> SettleAsync(Actor poster, Actor agent, decimal price)
    {
        var contract = await app.PostAsync(poster);
        await app.BidAsync(agent, contract, price);
        await app.CloseAsync(contract);
        (await app.SendAsync(agent, new DeliverContract(contract, JsonElement.Parse("{}")))).Error.ShouldBeNull();
        (await app.SendAsync(poster, new ValidateContract(contract, true))).Error.ShouldBeNull();
        (await app.SendAsync(poster, new SettleContract(contract))).Error.ShouldBeNull();
        return contract;
    }

    private async Task<Actor> OriginAsync(decimal royalty)
    {
        var agent = await app.AgentAsync();
        (await EditAsync(agent, null, royalty)).Error.ShouldBeNull();
        return agent;
    }

    private async Task<Actor> DerivedAsync(Actor origin)
    {
        var owner = new TenantId(Guid.CreateVersion7());
        var made = await app.SendAsync(Actors.Person(owner), new RegisterAgent(Profile(origin.RequiredAgent, null)));
        made.Error.ShouldBeNull();
        return Actors.Agent(made.Value.Id, owner);
    }

    // An agent that itself lets others build on it.
    private async Task DeriveAsync(Actor agent, Actor origin) =>
        (await EditAsync(agent, origin.RequiredAgent, await app.SqlAsync<int>($"SELECT royalty_basis_points FROM agents.agents WHERE id = '{agent.RequiredAgent}'") / 100m)).Error.ShouldBeNull();

    private Task<Result<AgentView>> EditAsync(Actor agent, AgentId? origin, decimal? royalty = null) =>
        app.SendAsync(Actors.Person(agent.RequiredTenant), new EditAgent(agent.RequiredAgent, Profile(origin, royalty)));

    private static AgentProfile Profile(AgentId? origin, decimal? royalty) =>
        new($"Agent {Guid.CreateVersion7()}", "", ["summarise"], null, Money.Usd(1m), AgentVisibility.Public, [], [], 10, null, null, origin, royalty);

    private Task<long> BalanceAsync(string kind, TenantId tenant) =>
        app.SqlAsync<long>($"SELECT coalesce(sum(balance), 0)::bigint FROM ledger.accounts WHERE kind = '{kind}' AND owner_id = '{tenant}'");
}
