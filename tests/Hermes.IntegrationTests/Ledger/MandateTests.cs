using System.Text.Json;
using Hermes.Application.Calls;
using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Shared;
using Hermes.IntegrationTests.Calls;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>Mandates where they are kept: in the ledger's own write.</summary>
public sealed class MandateTests(CallsApp app) : IClassFixture<CallsApp>
{
    private static readonly Currency Usd = Currency.Usd;
    private readonly AgentId _payee = new(Guid.CreateVersion7());
    private readonly TenantId _payeeTenant = new(Guid.CreateVersion7());

    [Fact]
    public async Task A_payment_takes_from_the_mandate_and_a_refund_gives_it_back()
    {
        var (agent, mandate) = await GivenAsync(new MandateInput { Name = "Ten", Amount = Money.Usd(10) });

        var spent = await SpendAsync(agent, 4_000_000);

        spent.Error.ShouldBeNull();
        (await ViewAsync(agent, mandate)).ShouldSatisfyAllConditions(
            view => view.Spent.ShouldBe(Money.Usd(4)), view => view.Left.ShouldBe(Money.Usd(6)), view => view.SpentInAll.ShouldBe(Money.Usd(4)));
        await EndAsync(agent, spent.Value, paid: 1_500_000, back: 2_500_000);
        (await ViewAsync(agent, mandate)).Spent.ShouldBe(Money.Usd(1.5m));
        var use = (await app.SendAsync(Actors.Person(agent.RequiredTenant), new ListMandateUses(mandate))).Value.Items.Single();
        (use.SubjectId, use.Taken, use.Returned, use.PayeeAgentId).ShouldBe((spent.Value, Money.Usd(4), Money.Usd(2.5m), _payee));
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Each_rule_refuses_with_its_own_error()
    {
        var other = new AgentId(Guid.CreateVersion7());
        async Task RefusedAsync(Error expected, MandateInput input, long micro = 1_000_000, Func<Spend, Spend>? with = null)
        {
            var (agent, mandate) = await GivenAsync(input with { Name = "Limits", Amount = input.Amount ?? Money.Usd(5) });
            (await SpendAsync(agent, micro, with)).Error.ShouldBe(expected);
            (await ViewAsync(agent, mandate)).SpentInAll.IsZero.ShouldBeTrue();
            (await app.BalanceAsync(AccountRef.Available(agent.RequiredTenant, Usd))).ShouldBe(100_000_000);
        }

        await RefusedAsync(SpendErrors.MandateExhausted, new MandateInput { Amount = Money.Usd(5), PerCall = null }, 5_000_001, s => s with { Amount = Money.Usd(4) });
        await RefusedAsync(SpendErrors.MandateCeiling, new MandateInput { Amount = Money.Usd(5), PerCall = Money.Usd(0.5m) }, 500_001);
        await RefusedAsync(SpendErrors.MandatePayee, new MandateInput { PayeeAgentIds = [other] });
        await RefusedAsync(SpendErrors.MandatePayee, new MandateInput { PayeeTenantIds = [new TenantId(other.Value)] }, with: s => s with { Payee = null, PayeeTenant = null });
        await RefusedAsync(SpendErrors.MandateCapability, new MandateInput { Capabilities = ["text.translate"] });
        await RefusedAsync(SpendErrors.MandateProject, new MandateInput { Project = "north" }, with: s => s with { Project = "south" });
        await RefusedAsync(SpendErrors.MandateExpired, new MandateInput { StartsAt = app.Clock.GetUtcNow().AddHours(1) });
        await RefusedAsync(SpendErrors.MandateCurrency, new MandateInput { Amount = Money.Of(5, Currency.Parse("EUR")) });
        await RefusedAsync(SpendErrors.MandateNotFound, new MandateInput(), with: s => s with { Mandate = new MandateId(Guid.CreateVersion7()) });
    }

    [Fact]
    public async Task What_the_terms_name_is_paid()
    {
        var (agent, mandate) = await GivenAsync(new MandateInput
        {
            Name = "All limits",
            Amount = Money.Usd(5),
            PerCall = Money.Usd(2),
            PayeeTenantIds = [_payeeTenant],
            Capabilities = ["echo"],
            Project = "north",
            ExpiresAt = app.Clock.GetUtcNow().AddHours(1),
        });

        (await SpendAsync(agent, 2_000_000, s => s with { Project = "north", Mandate = mandate })).Error.ShouldBeNull();

        (await ViewAsync(agent, mandate)).Spent.ShouldBe(Money.Usd(2));
    }

    [Fact]
    public async Task A_revoked_mandate_pays_nothing_and_its_agent_is_not_free_before_it_is_removed()
    {
        var (agent, mandate) = await GivenAsync(new MandateInput { Name = "Short", Amount = Money.Usd(10) });
        var owner = Actors.Person(agent.RequiredTenant);
        var held = await SpendAsync(agent, 1_000_000);
        (await app.SendAsync(owner, new RemoveMandate(mandate))).Error.ShouldBe(MandateRules.StillLive);
        (await app.SendAsync(owner, new RevokeMandate(mandate))).Value.State.ShouldBe(MandateState.Revoked);

        (await SpendAsync(agent, 1)).Error.ShouldBe(SpendErrors.MandateRevoked);
        (await app.SendAsync(owner, new EditMandate(mandate, new MandateInput { Name = "Again", Amount = Money.Usd(1) }))).Error.ShouldBe(MandateRules.Ended);
        await EndAsync(agent, held.Value, paid: 400_000, back: 600_000);

        (await ViewAsync(agent, mandate)).SpentInAll.ShouldBe(Money.Usd(0.4m));
        (await app.SendAsync(owner, new RemoveMandate(mandate))).Error.ShouldBeNull();
        (await app.SendAsync(owner, new GetMandate(mandate))).Error.ShouldBe(SpendErrors.MandateNotFound);
        (await SpendAsync(agent, 1)).Error.ShouldBeNull();
    }

    [Fact]
    public async Task A_tenant_may_require_mandates()
    {
        var agent = await AgentAsync();
        (await SpendAsync(agent, 1)).Error.ShouldBeNull();
        (await app.SendAsync(Actors.Person(agent.RequiredTenant), new SetSpendRules(true))).Value.MandatesRequired.ShouldBeTrue();

        (await SpendAsync(agent, 1)).Error.ShouldBe(SpendErrors.MandateRequired);
    }

    [Theory]
    [InlineData(MandatePeriod.Daily, 1)]
    [InlineData(MandatePeriod.Weekly, 7)]
    [InlineData(MandatePeriod.Monthly, 31)]
    public async Task A_new_period_has_the_whole_amount_and_what_comes_back_belongs_to_its_own(MandatePeriod period, int days)
    {
        var (agent, mandate) = await GivenAsync(new MandateInput { Name = "Again and again", Amount = Money.Usd(2), Period = period });
        var first = await SpendAsync(agent, 2_000_000);
        (await SpendAsync(agent, 1)).Error.ShouldBe(SpendErrors.MandateExhausted);
        app.Clock.Advance(TimeSpan.FromDays(days));

        (await SpendAsync(agent, 1_500_000)).Error.ShouldBeNull();
        await EndAsync(agent, first.Value, paid: 0, back: 2_000_000);

        (await ViewAsync(agent, mandate)).ShouldSatisfyAllConditions(v => v.Spent.ShouldBe(Money.Usd(1.5m)), v => v.SpentInAll.ShouldBe(Money.Usd(1.5m)));
        (await SpendAsync(agent, 500_001)).Error.ShouldBe(SpendErrors.MandateExhausted);
        (await SpendAsync(agent, 500_000)).Error.ShouldBeNull();
    }

    [Fact]
    public async Task The_same_hold_again_counts_once_also_at_the_cap()
    {
        var (agent, mandate) = await GivenAsync(new MandateInput { Name = "Once", Amount = Money.Usd(1) });
        var held = await SpendAsync(agent, 1_000_000);

        (await app.PostWithinAsync(agent, [Hold(agent, held.Value, 1_000_000)])).Value.Single().Replayed.ShouldBeTrue();

        (await ViewAsync(agent, mandate)).Spent.ShouldBe(Money.Usd(1));
    }

    [Fact]
    public async Task A_wallet_that_does_not_cover_it_leaves_the_mandate_as_it_was()
    {
        var (agent, mandate) = await GivenAsync(new MandateInput { Name = "Rich", Amount = Money.Usd(1_000) });

        (await SpendAsync(agent, 100_000_001)).Error.ShouldBe(LedgerErrors.InsufficientFunds);

        (await ViewAsync(agent, mandate)).SpentInAll.ShouldBe(Money.Usd(0));
    }

    [Fact]
    public async Task What_is_spent_cannot_be_written_by_hand()
    {
        var (agent, mandate) = await GivenAsync(new MandateInput { Name = "Closed", Amount = Money.Usd(1) });
        await using var connection = new Npgsql.NpgsqlConnection(app.Database.App);
        await connection.OpenAsync();
        foreach (var statement in new[] { "update ledger.mandates set spent = 0", "delete from ledger.mandates", "update ledger.mandate_uses set returned = taken", "insert into ledger.mandate_uses select * from ledger.mandate_uses" })
        {
            await using var command = new Npgsql.NpgsqlCommand($"select set_config('app.tenant', '{agent.RequiredTenant}', false); {statement}", connection);
            (await Should.ThrowAsync<Npgsql.PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState.ShouldBe(Npgsql.PostgresErrorCodes.InsufficientPrivilege, statement);
        }
        (await ViewAsync(agent, mandate)).SpentInAll.ShouldBe(Money.Usd(0));
    }

    [Fact]
    public async Task Another_tenant_and_a_missing_permission_get_nothing()
    {
        var (agent, mandate) = await GivenAsync(new MandateInput { Name = "Mine", Amount = Money.Usd(1) });
        var stranger = Actors.Person(Books.NewTenant());
        var viewer = Actors.Person(agent.RequiredTenant, Permissions.BillingView);

        (await app.SendAsync(stranger, new GetMandate(mandate))).Error.ShouldBe(SpendErrors.MandateNotFound);
        (await app.SendAsync(stranger, new RevokeMandate(mandate))).Error.ShouldBe(SpendErrors.MandateNotFound);
        (await app.SendAsync(stranger, new ListMandateUses(mandate))).Error.ShouldBe(SpendErrors.MandateNotFound);
        (await app.SendAsync(stranger, new ListMandates())).Value.Items.ShouldBeEmpty();
        (await app.SendAsync(stranger, new GiveMandate(agent.RequiredAgent, new MandateInput { Name = "Not mine", Amount = Money.Usd(1) }))).Error.ShouldBe(MandateRules.HolderNotFound);
        (await app.SendAsync(viewer, new RevokeMandate(mandate))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(viewer, new SetSpendRules(true))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(Actors.Person(agent.RequiredTenant, Permissions.AgentsRead), new ListMandates())).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(agent, new ListOwnMandates())).Value.Single().Id.ShouldBe(mandate);
    }

    [Fact]
    public async Task Terms_that_make_no_sense_are_refused_by_member()
    {
        var agent = await AgentAsync();
        var now = app.Clock.GetUtcNow();
        var answer = await app.SendAsync(Actors.Person(agent.RequiredTenant), new GiveMandate(agent.RequiredAgent, new MandateInput
        {
            Name = " ",
            Amount = Money.Usd(-1),
            PerCall = Money.Usd(2),
            Capabilities = [""],
            StartsAt = now,
            ExpiresAt = now,
            Project = new string('x', 81),
        }));
        answer.Error!.Members!.Keys.ShouldBe(["name", "amount", "per_call", "capabilities", "project", "expires_at"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_edit_keeps_what_is_spent_and_an_older_revision_is_refused()
    {
        var (agent, mandate) = await GivenAsync(new MandateInput { Name = "First", Amount = Money.Usd(3) });
        await SpendAsync(agent, 2_000_000);
        var owner = Actors.Person(agent.RequiredTenant);

        var edited = await app.SendAsync(owner, new EditMandate(mandate, new MandateInput { Name = "Second", Amount = Money.Usd(1) }, 1));

        (edited.Value.Left, edited.Value.Spent, edited.Value.Revision).ShouldBe((Money.Usd(0), Money.Usd(2), 2));
        (await app.SendAsync(owner, new EditMandate(mandate, new MandateInput { Name = "Third", Amount = Money.Usd(1) }, 1))).Error.ShouldBe(MandateRules.Changed);
        (await SpendAsync(agent, 1)).Error.ShouldBe(SpendErrors.MandateExhausted);
        (await app.SqlAsync<long>($"select count(*) from compliance.audit_entries where subject_id = '{mandate}' and action in ('mandate.give', 'mandate.edit')")).ShouldBe(2);
    }

    // ---------------------------------------------------------------- calls

    [Fact]
    public async Task A_call_by_an_agent_is_paid_by_its_mandate_and_a_failed_one_gives_it_back()
    {
        var (agent, mandate) = await GivenAsync(new MandateInput { Name = "Calls", Amount = Money.Usd(3) });
        await using var good = await app.ConnectAsync(2m);
        await using var bad = await app.ConnectAsync(1m, answer: (a, f) => f.GetProperty("type").GetString() == "call.requested"
            ? a.SendAsync(new { type = "call.fail", call_id = SocketAgent.CallOf(f), message = "No." }) : Task.CompletedTask);

        var failed = await app.CallAsync(agent, bad.Id);
        await app.AnsweredAsync(agent, failed.Value.Id);
        (await ViewAsync(agent, mandate)).Spent.ShouldBe(Money.Usd(0));
        var done = await app.CallAsync(agent, good.Id, with: s => s with { Mandate = mandate });
        await app.AnsweredAsync(agent, done.Value.Id);
        (await ViewAsync(agent, mandate)).Spent.ShouldBe(Money.Usd(2));

        (await app.CallAsync(agent, good.Id)).Error.ShouldBe(SpendErrors.MandateExhausted);
        (await app.CallAsync(Actors.Person(agent.RequiredTenant), good.Id)).Error.ShouldBeNull();
    }

    [Fact]
    public async Task Hiring_within_the_organisation_uses_the_budget_like_any_other()
    {
        var (agent, mandate) = await GivenAsync(new MandateInput { Name = "At home", Amount = Money.Usd(5) });
        var owner = Actors.Person(agent.RequiredTenant);
        (await app.SendAsync(owner, new SetOrganisationShare(10m))).Error.ShouldBeNull();
        await using var colleague = await app.ConnectAsync(2m, tenant: agent.RequiredTenant);

        await app.AnsweredAsync(agent, (await app.CallAsync(agent, colleague.Id)).Value.Id);
        (await ViewAsync(agent, mandate)).Spent.ShouldBe(Money.Usd(2));
        (await app.PostAsync(Books.Move(AccountRef.Promotions(Usd), AccountRef.Promotional(agent.RequiredTenant, Usd), 2_000_000))).Error.ShouldBeNull();
        await app.AnsweredAsync(agent, (await app.CallAsync(agent, colleague.Id)).Value.Id);
        (await ViewAsync(agent, mandate)).Spent.ShouldBe(Money.Usd(4));

        (await app.CallAsync(agent, colleague.Id)).Error.ShouldBe(SpendErrors.MandateExhausted);
        (await app.BalanceAsync(agent.RequiredTenant, "earnings")).ShouldBe(1_700_000);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_contract_asks_for_nothing_but_what_the_mandate_names()
    {
        var (agent, _) = await GivenAsync(new MandateInput { Name = "Two skills", Amount = Money.Usd(50), Capabilities = ["echo", "summarise"] });

        (await OrderAsync(agent, "echo", "gamble")).ShouldBe("mandates.capability_not_named");
        (await OrderAsync(agent)).ShouldBe("mandates.capability_not_named");
        (await OrderAsync(agent, "echo", "summarise")).ShouldBe("posted");
    }

    [Fact]
    public async Task Agents_that_hire_one_another_by_contract_are_stopped_by_depth_and_cycle()
    {
        var (a, b) = (await SpenderAsync(), await SpenderAsync());
        await WinAsync(a, b);
        await WinAsync(b, a);
        await WinAsync(a, b);

        (await OrderAsync(b, "echo")).ShouldBe("posted");
        (await app.SendAsync(a, new PlaceBid(await LastContractAsync(b), Money.Usd(1), 30, 0.9m))).Error.ShouldBe(SpendErrors.Cycle);
        var last = b;
        for (var depth = 5; depth <= 9; depth++)
        {
            var next = await SpenderAsync();
            await WinAsync(last, next);
            last = next;
        }
        (await app.CallAsync(last, BuiltInAgents.Mesh)).Error.ShouldBe(SpendErrors.TooDeep);
        await using var far = await app.ConnectAsync(0m, answer: SocketAgent.SilentAsync);
        (await app.CallAsync(last, far.Id)).Error.ShouldBe(SpendErrors.TooDeep);
    }

    [Fact]
    public async Task Agents_that_call_one_another_are_stopped_by_depth_and_cycle()
    {
        await using var a = await app.ConnectAsync(0m, answer: (_, _) => Task.CompletedTask);
        await using var b = await app.ConnectAsync(0m, answer: (_, _) => Task.CompletedTask);
        var person = await app.PosterAsync();
        (await app.CallAsync(person, a.Id)).Error.ShouldBeNull();

        (await app.CallAsync(a.Agent, b.Id)).Error.ShouldBeNull();
        (await app.CallAsync(b.Agent, a.Id)).Error.ShouldBeNull();
        (await app.CallAsync(a.Agent, b.Id)).Error.ShouldBeNull();

        (await app.CallAsync(b.Agent, a.Id)).Error.ShouldBe(SpendErrors.Cycle);
        (await app.CallAsync(a.Agent, b.Id, with: s => s with { Parent = new CallId(Guid.CreateVersion7()) })).Error!.Code.ShouldBe("calls.not_its_parent");
    }

    [Fact]
    public async Task A_chain_that_is_too_long_ends()
    {
        var agents = new List<SocketAgent>();
        for (var i = 0; i < 10; i++)
            agents.Add(await app.ConnectAsync(0m, answer: (_, _) => Task.CompletedTask));
        for (var i = 0; i < 8; i++)
            (await app.CallAsync(agents[i].Agent, agents[i + 1].Id)).Error.ShouldBeNull($"step {i}");

        (await app.CallAsync(agents[8].Agent, agents[9].Id)).Error.ShouldBe(SpendErrors.TooDeep);

        foreach (var agent in agents)
            await agent.DisposeAsync();
    }

    [Fact]
    public async Task An_agent_that_pays_too_often_in_a_minute_is_stopped()
    {
        var agent = await AgentAsync();
        app.Clock.AdvanceToMinute();
        await SpendAsync(agent, 1);
        await app.SqlAsync<int>($"update ledger.spend_rates set used = 1200 where agent_id = '{agent.RequiredAgent}'");

        (await SpendAsync(agent, 1)).Error.ShouldBe(SpendErrors.TooFast);
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        (await SpendAsync(agent, 1)).Error.ShouldBeNull();
    }

    // ---------------------------------------------------------------- arranging

    /// <summary>An agent has the mesh post a contract: <c>posted</c>, or why not.</summary>
    private async Task<string?> OrderAsync(Actor agent, params string[] capabilities)
    {
        var order = JsonSerializer.SerializeToElement(new
        {
            role = "ROLE_USER",
            messageId = Guid.CreateVersion7().ToString(),
            parts = new object[] { new { text = "Get this done." }, new { data = new { reward = Money.Usd(5), required_capabilities = capabilities, bidding_window_seconds = 600 } } },
        }, HermesJson.Options);
        var call = (await app.SendAsync(agent, new StartCall(BuiltInAgents.Mesh, order))).Value.Id;
        return await Eventually.ReadAsync(
            () => app.SqlAsync<string>($"select case when contract_id is not null then 'posted' else error_code end from calls.calls where id = '{call}'"), became => became is not null);
    }

    private async Task<ContractId> LastContractAsync(Actor poster) =>
        new(await app.SqlAsync<Guid>($"select id from mesh.contracts where tenant_id = '{poster.RequiredTenant}' order by created_at desc, id desc limit 1"));

    private async Task WinAsync(Actor poster, Actor agent)
    {
        (await OrderAsync(poster, "echo")).ShouldBe("posted");
        var contract = await LastContractAsync(poster);
        await app.BidAsync(agent, contract, 1m);
        await app.CloseAsync(contract);
        (await app.ViewAsync(agent, contract)).State.ShouldBe(Hermes.Domain.Mesh.ContractState.Awarded);
    }

    private async Task<Actor> AgentAsync()
    {
        var (agent, _) = await app.KeyedAgentAsync();
        await app.FundAsync(agent.RequiredTenant, 100_000_000);
        return agent;
    }

    private async Task<Actor> SpenderAsync() => (await GivenAsync(new MandateInput { Name = "Orders", Amount = Money.Usd(100m) })).Agent;

    private async Task<(Actor Agent, MandateId Mandate)> GivenAsync(MandateInput input)
    {
        var agent = await AgentAsync();
        var given = await app.SendAsync(Actors.Person(agent.RequiredTenant), new GiveMandate(agent.RequiredAgent, input));
        given.Error.ShouldBeNull(given.Error?.Members is { } members ? string.Join(' ', members.Keys) : null);
        return (agent, given.Value.Id);
    }

    private async Task<MandateView> ViewAsync(Actor agent, MandateId mandate) =>
        (await app.SendAsync(Actors.Person(agent.RequiredTenant), new GetMandate(mandate))).Value;

    /// <summary>Begins to spend and holds; answers the subject.</summary>
    private async Task<Result<Guid>> SpendAsync(Actor agent, long micro, Func<Spend, Spend>? with = null)
    {
        await using var scope = app.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(agent);
        var spending = scope.ServiceProvider.GetRequiredService<ISpending>();
        var ledger = scope.ServiceProvider.GetRequiredService<ILedger>();
        var subject = Guid.CreateVersion7();
        var spend = new Spend(agent.RequiredTenant, agent.RequiredAgent, "call", subject, new Money(micro, Usd), null, _payee, _payeeTenant, ["echo"], null);
        return await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().RunAsync<Guid>(async () =>
        {
            var begun = await spending.BeginAsync(with?.Invoke(spend) ?? spend, CancellationToken.None);
            if (!begun.Succeeded)
                return begun.Error;
            var posted = await ledger.PostWithinAsync([Hold(agent, subject, micro)], CancellationToken.None);
            return posted.Succeeded ? subject : posted.Error;
        }, CancellationToken.None);
    }

    private static Transfer Hold(Actor agent, Guid subject, long micro) =>
        Transfer.Create(Books.NewTransferId(), "call.hold", $"call-hold:{subject}", "call", subject,
            [new(AccountRef.Available(agent.RequiredTenant, Usd), -micro), new(Escrow(agent, subject), micro)]).Value;

    private async Task EndAsync(Actor agent, Guid subject, long paid, long back) =>
        (await app.PostWithinAsync(agent, [Transfer.Create(Books.NewTransferId(), "call.settle", $"call-end:{subject}", "call", subject,
            [new(Escrow(agent, subject), -paid - back), new(AccountRef.Earnings(_payeeTenant, Usd), paid), new(AccountRef.Available(agent.RequiredTenant, Usd), back)]).Value])).Error.ShouldBeNull();

    private static AccountRef Escrow(Actor agent, Guid subject) => new(AccountKind.Escrow, subject, agent.RequiredTenant, Usd);
}

/// <summary>An app whose agents pay as often as they like.</summary>
public sealed class EagerApp : CallsApp
{
    public EagerApp() => Set("Hermes:Loops:MaxPaidPerMinute", "1000000");
}

/// <summary>Ten thousand payments by one mandate, on two nodes at once, each as unpleasant as a caller can be.</summary>
public sealed class MandateRaceTests(EagerApp app) : IClassFixture<EagerApp>
{
    private const long Cap = 7_777_777;
    private static readonly Currency Usd = Currency.Usd;
    private readonly TenantId _payee = Books.NewTenant();

    [Fact]
    public async Task Ten_thousand_payments_never_exceed_the_cap_by_a_micro_unit()
    {
        await using var second = app.NewNode();
        IServiceProvider[] nodes = [app.Services, second.Services];
        var (agent, _) = await app.KeyedAgentAsync();
        await app.FundAsync(agent.RequiredTenant, 100_000_000);
        var owner = Actors.Person(agent.RequiredTenant);
        var mandate = (await app.SendAsync(owner, new GiveMandate(agent.RequiredAgent, new MandateInput { Name = "Tight", Amount = new Money(Cap, Usd) }))).Value.Id;
        var random = new Random(7);
        var attempts = Enumerable.Range(0, 10_000).Select(n => (Number: n, Amount: random.NextInt64(1, 50_000), Kind: random.Next(10), Node: random.Next(2))).ToArray();
        var (kept, held, exhausted, revoked) = (0L, 0, 0, 0);

        await Parallel.ForEachAsync(attempts, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (attempt, _) =>
        {
            if (attempt.Number == 9_000)
                (await app.SendAsync(owner, new RevokeMandate(mandate))).Error.ShouldBeNull();
            var subject = Guid.CreateVersion7();
            var answer = await PayAsync(nodes[attempt.Node], agent, subject, attempt.Amount, begin: true);
            if (answer.Error is { } error)
            {
                error.ShouldBeOneOf(SpendErrors.MandateExhausted, SpendErrors.MandateRevoked);
                Interlocked.Increment(ref error == SpendErrors.MandateExhausted ? ref exhausted : ref revoked);
                return;
            }
            Interlocked.Increment(ref held);
            var other = nodes[1 - attempt.Node];
            switch (attempt.Kind)
            {
                case 0 or 1 or 2 or 3:
                    // Comes back whole, by both nodes at once.
                    var ends = await Task.WhenAll(nodes.Select(node => EndAsync(node, agent, subject, attempt.Amount, attempt.Amount)));
                    ends.Count(end => !end.Value.Replayed).ShouldBe(1);
                    return;
                case 4 or 5:
                    (await EndAsync(other, agent, subject, attempt.Amount, attempt.Amount / 3)).Error.ShouldBeNull();
                    Interlocked.Add(ref kept, attempt.Amount - attempt.Amount / 3);
                    return;
                case 6:
                    // The same again, elsewhere: an answer, and nothing more.
                    (await PayAsync(other, agent, subject, attempt.Amount, begin: false)).Value.ShouldBeTrue();
                    Interlocked.Add(ref kept, attempt.Amount);
                    return;
                case 7:
                    // The same again with a fresh key pays again, if there is room.
                    var again = await PayAsync(other, agent, subject, attempt.Amount, begin: false, key: Guid.CreateVersion7().ToString());
                    Interlocked.Add(ref kept, again.Succeeded ? 2 * attempt.Amount : attempt.Amount);
                    return;
                default:
                    Interlocked.Add(ref kept, attempt.Amount);
                    return;
            }
        });

        (held, exhausted, revoked).ShouldSatisfyAllConditions(n => n.held.ShouldBeGreaterThan(300), n => n.exhausted.ShouldBeGreaterThan(1_000), n => n.revoked.ShouldBeGreaterThan(100));
        var view = (await app.SendAsync(owner, new GetMandate(mandate))).Value;
        view.SpentInAll.MicroUnits.ShouldBe(kept);
        (await app.BalanceAsync(AccountRef.Available(agent.RequiredTenant, Usd))).ShouldBe(100_000_000 - kept);
        (await app.SqlAsync<decimal>($"select sum(taken - returned) from ledger.mandate_uses where mandate_id = '{mandate}'")).ShouldBe(kept);
        // The wallet's entries are in the order of their commits: at no moment was more than the cap out of it.
        var most = await app.SqlAsync<decimal>($"""
            select max(r.out) from (select sum(-e.amount) over (order by e.seq) as out from ledger.entries e join ledger.accounts a on a.id = e.account_id
             where a.owner_id = '{agent.RequiredTenant}' and a.kind = 'available' and e.subject_type = 'call') r
            """);
        most.ShouldBeInRange(Cap - 50_000, Cap);
        await app.ShouldBeRightAsync();
    }

    /// <summary>Holds; true for a replay.</summary>
    private static async Task<Result<bool>> PayAsync(IServiceProvider node, Actor agent, Guid subject, long micro, bool begin, string? key = null)
    {
        var hold = Transfer.Create(Books.NewTransferId(), "call.hold", key ?? $"call-hold:{subject}", "call", subject,
            [new(AccountRef.Available(agent.RequiredTenant, Usd), -micro), new(Escrow(agent, subject), micro)]).Value;
        var spend = new Spend(agent.RequiredTenant, agent.RequiredAgent, "call", subject, new Money(micro, Usd), null, agent.RequiredAgent, agent.RequiredTenant, ["echo"], null);
        var posted = await PostAsync(node, agent, hold, begin ? spend : null);
        return posted.Succeeded ? posted.Value.Replayed : posted.Error;
    }

    private Task<Result<PostedTransfer>> EndAsync(IServiceProvider node, Actor agent, Guid subject, long micro, long back) =>
        PostAsync(node, agent, Transfer.Create(Books.NewTransferId(), "call.settle", $"call-end:{subject}", "call", subject,
            [new(Escrow(agent, subject), -micro), new(AccountRef.Earnings(_payee, Usd), micro - back), new(AccountRef.Available(agent.RequiredTenant, Usd), back)]).Value, null);

    private static async Task<Result<PostedTransfer>> PostAsync(IServiceProvider node, Actor agent, Transfer transfer, Spend? spend)
    {
        await using var scope = node.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorScope>().Become(agent);
        var (spending, ledger) = (scope.ServiceProvider.GetRequiredService<ISpending>(), scope.ServiceProvider.GetRequiredService<ILedger>());
        return await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().RunAsync<PostedTransfer>(async () =>
        {
            if (spend is not null && (await spending.BeginAsync(spend, CancellationToken.None)).Error is { } refused)
                return refused;
            var posted = await ledger.PostWithinAsync([transfer], CancellationToken.None);
            return posted.Succeeded ? posted.Value[0] : posted.Error;
        }, CancellationToken.None);
    }

    private static AccountRef Escrow(Actor agent, Guid subject) => new(AccountKind.Escrow, subject, agent.RequiredTenant, Usd);
}
