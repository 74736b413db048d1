using Hermes.Application.Ledger;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Microsoft.Extensions.DependencyInjection;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>The award at the end of the window.</summary>
public sealed class AwardDueTests(MeshApp app) : IClassFixture<MeshApp>
{
    [Fact]
    public async Task The_best_bid_wins_and_its_price_is_held()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        var (good, cheap) = (await app.AgentAsync(), await app.AgentAsync());
        var winner = await app.BidAsync(good, contract, 4m, 30, 0.95m);
        var loser = await app.BidAsync(cheap, contract, 3m, 60, 0.40m);

        await app.CloseAsync(contract);

        var view = await app.ViewAsync(poster, contract);
        view.State.ShouldBe(ContractState.Awarded);
        view.Award!.AgentId.ShouldBe(good.RequiredAgent);
        view.Price.ShouldBe(Money.Usd(4m));
        view.Bids.Items.Select(b => b.Id).ShouldBe([winner.Id, loser.Id]);
        view.Bids.Items[0].Score!.Price.ShouldBe(0.6m);
        view.Times.DeliverBy.ShouldBe(view.Times.AwardedAt!.Value.AddSeconds(30));
        (await app.HeldAsync(contract)).ShouldBe(4_000_000);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
        (await app.EventsAsync(contract)).ShouldBe("contract.announced contract.bids_changed contract.bids_changed bid.accepted contract.awarded contract.lost");
        (await app.SqlAsync<bool>($"SELECT audience_agents = ARRAY['{cheap.RequiredAgent}'::uuid] FROM notifications.outbox WHERE subject_id = '{contract}' AND type = 'contract.lost'")).ShouldBeTrue();
        // Losing bidders' organisations hear of the award too, and learn the winner's score only.
        (await app.SqlAsync<long>($"SELECT count(*) FROM notifications.outbox WHERE subject_id = '{contract}' AND type IN ('contract.awarded', 'contract.lost') AND data::text LIKE '%{good.RequiredAgent}%'")).ShouldBe(0);
        (await app.SqlAsync<string>($"SELECT string_agg(action, ' ' ORDER BY at) FROM compliance.audit_entries WHERE subject_id = '{contract}'")).ShouldBe("contract.post contract.awarded");
        (await app.ViewAsync(good, contract)).Award!.WonByViewer.ShouldBeTrue();
        // A loser sees how high the winner scored, not who it is: neither as an agent nor as its owner, in no list either.
        foreach (var rival in (Actor[])[cheap, Actors.Person(cheap.RequiredTenant)])
        {
            var seen = await app.ViewAsync(rival, contract);
            (seen.Price, seen.Award!.AgentId, seen.Award.AgentName, seen.Award.WonByViewer).ShouldBe((null, null, null, false));
            seen.Award.TotalScore.ShouldBe(view.Award.TotalScore);
            (await app.SendAsync(rival, new ListContracts())).Value.Items.Single(c => c.Id == contract).WinnerAgentId.ShouldBeNull();
        }
        foreach (var concerned in (Actor[])[poster, good, Actors.Person(good.RequiredTenant)])
            (await app.SendAsync(concerned, new ListContracts())).Value.Items.Single(c => c.Id == contract).WinnerAgentId.ShouldBe(good.RequiredAgent);
        (await app.SendAsync(await app.AgentAsync(), new GetContract(contract))).Error.ShouldBe(MeshErrors.ContractNotFound);
    }

    [Fact]
    public async Task An_award_that_comes_while_the_contract_is_read_is_not_shown_with_what_was_before()
    {
        var poster = await app.PosterAsync();
        var (awarded, open) = (await app.PostAsync(poster), await app.PostAsync(poster));
        await app.BidAsync(await app.AgentAsync(), awarded);
        var bid = await app.BidAsync(await app.AgentAsync(), open);
        await app.CloseAsync(awarded);

        // As a reader sees it who read the contract just before its award.
        await app.SqlAsync<int>($"""
            INSERT INTO mesh.awards SELECT (jsonb_populate_record(a, jsonb_build_object('contract_id', '{open}', 'bid_id', '{bid.Id}'))).*
            FROM mesh.awards a WHERE contract_id = '{awarded}'
            """);

        var view = await app.ViewAsync(poster, open);
        (view.State, view.Award, view.May.ReadReceipt).ShouldBe((ContractState.Bidding, null, false));
    }

    [Fact]
    public async Task A_window_that_ends_is_awarded_by_itself()
    {
        var poster = await app.PosterAsync();
        var contract = await app.ClosingAsync(poster);
        var closes = (await app.ViewAsync(poster, contract)).Times.BiddingClosesAt!.Value;

        await app.BecomesAsync(contract, "awarded");

        (await app.ViewAsync(poster, contract)).Times.AwardedAt!.Value.ShouldBeGreaterThanOrEqualTo(closes);
    }

    [Fact]
    public async Task A_contract_that_cannot_be_awarded_holds_up_no_other()
    {
        var poster = await app.PosterAsync();
        var (sick, sound) = (await app.PostAsync(poster), await app.PostAsync(poster));
        foreach (var contract in (ContractId[])[sick, sound])
            await app.BidAsync(await app.AgentAsync(), contract);
        await app.SqlAsync<object>($"""
            CREATE FUNCTION public.refuse_sick() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'sick'; END $$;
            CREATE TRIGGER sick BEFORE UPDATE ON mesh.contracts FOR EACH ROW WHEN (NEW.id = '{sick}' AND NEW.state = 'awarded') EXECUTE FUNCTION public.refuse_sick();
            UPDATE mesh.contracts SET bidding_closes_at = opened_at WHERE id IN ('{sick}', '{sound}')
            """);
        try
        {
            await app.BecomesAsync(sound, "awarded");
            (await app.StateAsync(sick)).ShouldBe("bidding");
        }
        finally
        {
            await app.SqlAsync<object>("DROP TRIGGER sick ON mesh.contracts; DROP FUNCTION public.refuse_sick()");
        }

        await app.CloseAsync(sick);
        (await app.ViewAsync(poster, sick)).State.ShouldBe(ContractState.Awarded);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task Without_bids_the_window_runs_once_more_and_then_the_contract_expires()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        await app.CloseAsync(contract);
        var extended = await app.ViewAsync(poster, contract);
        extended.State.ShouldBe(ContractState.Bidding);
        extended.Times.ExtendedAt.ShouldNotBeNull();
        extended.Times.BiddingClosesAt.ShouldBe(extended.Times.ExtendedAt!.Value.AddSeconds(600));

        await app.CloseAsync(contract);

        var expired = await app.ViewAsync(poster, contract);
        expired.State.ShouldBe(ContractState.Expired);
        expired.Reason.ShouldBe("No eligible bid.");
        (await app.EventsAsync(contract)).ShouldBe("contract.announced contract.updated contract.updated");
        (await app.SqlAsync<long>($"SELECT count(*) FROM quartz.qrtz_triggers WHERE trigger_name LIKE '{contract}:%'")).ShouldBe(2);
    }

    [Fact]
    public async Task A_bidder_whose_trust_fell_below_the_minimum_is_not_eligible_any_more()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster, MeshApp.Input() with { MinReputation = 0.5m });
        var (fallen, other) = (await app.AgentAsync(), await app.AgentAsync());
        await app.BidAsync(fallen, contract, 1m);
        await app.BidAsync(other, contract, 4m);
        await app.TrustAsync(fallen, 0.4999m);

        await app.CloseAsync(contract);

        (await app.ViewAsync(poster, contract)).Award!.AgentId.ShouldBe(other.RequiredAgent);
        var own = (await app.SendAsync(fallen, new GetOwnBid(contract))).Value;
        own.State.ShouldBe(BidState.Lost);
        own.Rank.ShouldBeNull();
        (await app.SendAsync(poster, new GetReceipt(contract))).Value.Receipt.Bids.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_wallet_that_can_t_cover_waits_is_told_once_and_awards_when_the_money_came()
    {
        var poster = await app.PosterAsync(3m);
        var contract = await app.PostAsync(poster);
        var agent = await app.AgentAsync();
        await app.BidAsync(agent, contract, 4m);
        await app.CloseAsync(contract);
        var waiting = await app.ViewAsync(poster, contract);
        waiting.State.ShouldBe(ContractState.Bidding);
        waiting.Times.WaitingForFundsAt.ShouldNotBeNull();
        waiting.Times.FundsPatienceEndsAt.ShouldBe(waiting.Times.WaitingForFundsAt + Contract.FundsPatience);
        (await app.ViewAsync(agent, contract)).Times.WaitingForFundsAt.ShouldBeNull();
        (await app.SendAsync(await app.AgentAsync(), new PlaceBid(contract, Money.Usd(1m), 1, 1m))).Error.ShouldBe(MeshErrors.WindowClosed);
        (await app.HeldAsync(contract)).ShouldBe(0);
        (await app.SendAsync(agent, new GetOwnBid(contract))).Value.Score.ShouldBeNull();

        await app.CloseAsync(contract);
        (await app.EventsAsync(contract)).ShouldBe("contract.announced contract.bids_changed contract.waiting_for_funds");
        (await app.SendAsync(poster, new AddCredits(Money.Usd(1m)))).Error.ShouldBeNull();
        await app.CloseAsync(contract);

        (await app.ViewAsync(poster, contract)).State.ShouldBe(ContractState.Awarded);
        (await app.HeldAsync(contract)).ShouldBe(4_000_000);
    }

    [Fact]
    public async Task Patience_with_an_empty_wallet_ends()
    {
        var poster = await app.PosterAsync(0m);
        var contract = await app.PostAsync(poster);
        var agent = await app.AgentAsync();
        await app.BidAsync(agent, contract, 4m);
        await app.CloseAsync(contract);
        await app.SqlAsync<object>($"UPDATE mesh.contracts SET waiting_for_funds_at = waiting_for_funds_at - interval '{Contract.FundsPatience.TotalSeconds} seconds' WHERE id = '{contract}'");

        await app.CloseAsync(contract);

        (await app.ViewAsync(poster, contract)).State.ShouldBe(ContractState.Expired);
        (await app.SendAsync(agent, new GetOwnBid(contract))).Value.State.ShouldBe(BidState.Lost);
    }

    [Fact]
    public async Task One_wallet_covers_the_older_contracts_and_the_others_wait()
    {
        var poster = await app.PosterAsync(9m);
        var contracts = new List<ContractId>();
        for (var i = 0; i < 4; i++)
        {
            contracts.Add(await app.PostAsync(poster));
            await app.BidAsync(await app.AgentAsync(), contracts[i], 4m);
        }
        // One engine takes them all at once; a second beside it could take the younger ones first.
        await app.SqlAsync<object>($"UPDATE mesh.contracts SET bidding_closes_at = opened_at WHERE tenant_id = '{poster.Tenant}'");
        await Eventually.IsAsync(() => app.SqlAsync<long>($"SELECT count(*) FROM mesh.contracts WHERE tenant_id = '{poster.Tenant}' AND (state = 'awarded' OR waiting_for_funds_at IS NOT NULL)"), 4L);

        var states = await Task.WhenAll(contracts.Select(c => app.ViewAsync(poster, c)));
        states.Count(s => s.State == ContractState.Awarded).ShouldBe(2);
        states.Count(s => s.Times.WaitingForFundsAt is not null).ShouldBe(2);
        states.Take(2).ShouldAllBe(s => s.State == ContractState.Awarded);
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE owner_id = '{poster.Tenant}' AND kind = 'available'")).ShouldBe(1_000_000);
    }

    [Fact]
    public async Task Promotional_credits_are_held_first()
    {
        var poster = await app.PosterAsync(10m);
        await app.SqlAsync<object>($"""
            SELECT * FROM ledger.post(now(), ARRAY[gen_random_uuid()], ARRAY['promo:{poster.Tenant}'], ARRAY['credits.promotional'], ARRAY['tenant'], ARRAY['{poster.Tenant}'::uuid], NULL,
                ARRAY[1, 1], ARRAY['promotions', 'promotional'], ARRAY['{TenantId.Platform}', '{poster.Tenant}']::uuid[], ARRAY['{TenantId.Platform}', '{poster.Tenant}']::uuid[],
                ARRAY['USD', 'USD'], ARRAY[-1500000, 1500000]::bigint[])
            """);
        var contract = await app.PostAsync(poster);
        await app.BidAsync(await app.AgentAsync(), contract, 4m);

        await app.CloseAsync(contract);

        (await app.SqlAsync<long>($"SELECT promotional_micro_units FROM mesh.contracts WHERE id = '{contract}'")).ShouldBe(1_500_000);
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE owner_id = '{poster.Tenant}' AND kind = 'promotional'")).ShouldBe(0);
        (await app.SqlAsync<long>($"SELECT balance FROM ledger.accounts WHERE owner_id = '{poster.Tenant}' AND kind = 'available'")).ShouldBe(7_500_000);
        (await app.HeldAsync(contract)).ShouldBe(4_000_000);
    }

    [Fact]
    public async Task Two_engines_award_once()
    {
        var poster = await app.PosterAsync(1_000m);
        var agent = await app.AgentAsync(capacity: 1_000);
        var contracts = new List<ContractId>();
        for (var i = 0; i < 40; i++)
        {
            contracts.Add(await app.PostAsync(poster));
            await app.BidAsync(agent, contracts[i], 1m);
        }
        await using var other = app.NewNode();
        _ = other.Server;
        await app.SqlAsync<object>($"UPDATE mesh.contracts SET bidding_closes_at = opened_at WHERE tenant_id = '{poster.Tenant}'");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await using var scope = (i % 2 == 0 ? app.Services : other.Services).GetRequiredService<ISystemScopes>().Begin("award-engine");
            for (var turn = 0; turn < 6; turn++)
                (await scope.SendAsync(new AwardDue(7), CancellationToken.None)).Error.ShouldBeNull();
        }));

        // What the nodes' own engines took meanwhile is theirs to commit.
        await Eventually.IsAsync(() => app.SqlAsync<long>($"SELECT count(*) FROM mesh.contracts WHERE tenant_id = '{poster.Tenant}' AND state = 'awarded' AND rounds = 1"), 40L);
        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.awards WHERE poster_tenant_id = '{poster.Tenant}'")).ShouldBe(40);
        (await app.SqlAsync<long>($"SELECT count(*) FROM ledger.transfers t JOIN mesh.contracts c ON t.idempotency_key = 'hold:' || c.id || ':1' WHERE c.tenant_id = '{poster.Tenant}'")).ShouldBe(40);
        (await app.SqlAsync<long>($"SELECT count(*) FROM notifications.outbox o JOIN mesh.contracts c ON c.id = o.subject_id WHERE c.tenant_id = '{poster.Tenant}' AND type = 'bid.accepted'")).ShouldBe(40);
        (await app.SqlAsync<long>($"SELECT count(*) FROM mesh.receipts r JOIN mesh.contracts c ON c.id = r.contract_id WHERE c.tenant_id = '{poster.Tenant}'")).ShouldBe(40);
        (await app.SumOfEntriesAsync()).ShouldBe(0m);
    }

    [Fact]
    public async Task Only_the_engine_may_send_it() =>
        (await app.SendAsync(await app.PosterAsync(0), new AwardDue())).Error!.Code.ShouldBe("access.permission_missing");
}
