using System.Diagnostics;
using System.Globalization;
using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Shared;
using Hermes.IntegrationTests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>
/// What people do with money, a thousand times, against a model that is a dictionary: purchases, holds with and without mandate,
/// settlements, early releases and milestones with real split terms, conversions, credits, payouts. Eight markets go on at once, each
/// with parties of its own, while connections are cut, answers get lost, and everything is sent again, sooner or later.
/// <c>HERMES_LEDGER_SEED</c> repeats a run (a failure names its seed and the fewest steps that still fail), <c>HERMES_LEDGER_RUNS</c>
/// makes it a long one.
/// </summary>
public sealed class OperationsTests(GenerousApp app) : IClassFixture<GenerousApp>
{
    private const int Markets = 8;
    private const int StepsOfAMarket = 125;
    private const long Budget = 20_000_000;
    private static readonly Currency[] Currencies = [Currency.Usd, Currency.Parse("EUR"), Currency.Parse("JPY")];
    private readonly List<Market> _all = [];

    /// <summary>What is done.</summary>
    public enum What { Buy, Hold, HoldByMandate, HoldForMilestones, End, ReleaseEarly, EndMilestone, Convert, Give, Expire, PayOut, EndPayOut, SendOldAgain, ReuseKey }

    /// <summary>What goes wrong on the way.</summary>
    public enum Mishap { None, AnswerLost, RolledBack, SentThriceAtOnce }

    /// <summary>One step of a market.</summary>
    public sealed record Step(What What, Mishap Mishap, int Who, int Other, int Currency, long Amount, int Percent, int Pick, bool Within)
    {
        /// <summary>Any step.</summary>
        public static Step Of(Random random) => new(
            random.Next(28) switch
            {
                < 5 => What.Buy,
                < 9 => What.Hold,
                < 11 => What.HoldByMandate,
                < 13 => What.HoldForMilestones,
                < 17 => What.End,
                var n => (What)(n - 12),
            },
            (Mishap)Math.Max(0, random.Next(7) - 3), random.Next(4), random.Next(4), random.Next(3),
            random.Next(4) == 0 ? random.NextInt64(1, 100) : random.NextInt64(1, 3_000_000), random.Next(3) switch { 0 => 100, 1 => random.Next(101), _ => 70 }, random.Next(1_000_000), random.Next(2) == 0);
    }

    [Fact]
    public async Task Whatever_is_done_in_whatever_order_and_however_often_the_model_agrees()
    {
        var runs = int.Parse(Environment.GetEnvironmentVariable("HERMES_LEDGER_RUNS") ?? "1", CultureInfo.InvariantCulture);
        var seed = Environment.GetEnvironmentVariable("HERMES_LEDGER_SEED") is { Length: > 0 } named ? int.Parse(named, CultureInfo.InvariantCulture) : Random.Shared.Next();
        for (var run = 0; run < runs; run++, seed++)
            await RunAsync(seed);
    }

    private async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        var programs = Enumerable.Range(0, Markets).Select(_ => Enumerable.Range(0, StepsOfAMarket).Select(_ => Step.Of(random)).ToList()).ToList();
        using var over = new CancellationTokenSource();
        var cutting = CutAsync(over.Token);
        var failures = await Task.WhenAll(programs.Select(program => Task.Run(() => TryAsync(program))));
        await over.CancelAsync();
        var cuts = await cutting;
        if (Array.FindIndex(failures, f => f is not null) is >= 0 and var failed)
        {
            var (fewest, why) = await ShrinkAsync(programs[failed], failures[failed]!);
            throw new InvalidOperationException($"Seed {seed}, market {failed}; fewest steps that fail:\n{string.Join('\n', fewest)}", why);
        }
        cuts.ShouldBeGreaterThan(0);
        // The platform's accounts are everybody's.
        var platform = _all.SelectMany(m => m.Balances).Where(b => b.Key.TenantId == TenantId.Platform).GroupBy(b => b.Key).ToDictionary(g => g.Key, g => g.Sum(b => b.Value));
        foreach (var (account, balance) in platform)
            (await app.BalanceAsync(account)).ShouldBe(balance, $"{account} with seed {seed}");
        await app.ShouldBeRightAsync();
    }

    private async Task<Exception?> TryAsync(IReadOnlyList<Step> program)
    {
        try
        {
            var market = await OpenAsync();
            foreach (var step in program)
                await DoAsync(market, step);
            await EndAllAsync(market);
            await CompareAsync(market);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    /// <summary>
    /// Leaves out ever smaller parts as long as what is left still fails; alone, without cut connections, and fifty times at most. What
    /// fails with cut connections only stays as it is.
    /// </summary>
    private async Task<(IReadOnlyList<Step> Steps, Exception Why)> ShrinkAsync(List<Step> program, Exception why)
    {
        if (await TryAsync(program) is not { } alone)
            return (program, why);
        (why, var tries) = (alone, 0);
        for (var part = program.Count / 2; part > 0; part /= 2)
        {
            for (var from = 0; from + part <= program.Count && tries < 50; tries++)
            {
                List<Step> less = [.. program[..from], .. program[(from + part)..]];
                if (await TryAsync(less) is { } still)
                    (program, why) = (less, still);
                else
                    from += part;
            }
        }
        return (program, why);
    }

    private async Task<Market> OpenAsync()
    {
        var market = new Market();
        var agent = await app.AgentAsync(market.Tenants[0]);
        var given = await app.SendAsync(Actors.Person(market.Tenants[0]), new GiveMandate(agent.RequiredAgent, new MandateInput { Name = "Budget", Amount = new Money(Budget, Currency.Usd) }));
        (market.Agent, market.Mandate) = (agent, given.Value.Id);
        lock (_all)
            _all.Add(market);
        return market;
    }

    private async Task DoAsync(Market market, Step step)
    {
        if (step.What is What.SendOldAgain or What.ReuseKey)
        {
            if (market.Posted.Count == 0)
                return;
            var old = market.Posted[step.Pick % market.Posted.Count];
            var other = Transfer.Create(Books.NewTransferId(), old.Purpose, old.IdempotencyKey, old.SubjectType, Guid.CreateVersion7(), old.Postings).Value;
            var answer = await SurelyAsync(step.What == What.SendOldAgain ? Again(old) : other, step.Within);
            (answer.Succeeded && answer.Value.Replayed, answer.Error).ShouldBe(step.What == What.SendOldAgain ? (true, null) : (false, LedgerErrors.KeyReused));
            return;
        }
        if (market.Plan(step) is not { } transfer)
            return;
        var expected = market.Apply(transfer, step.What);
        if (step.What == What.HoldByMandate)
        {
            (await SpendSurelyAsync(market, transfer)).ShouldBe(expected);
            return;
        }
        if (step.Mishap == Mishap.RolledBack)
            await SurelyAsync(() => app.PostWithinAsync(Actors.System(), [transfer], LedgerErrors.Malformed));
        // What is bound to a mandate goes by units of work.
        var bound = market.IsByMandate(transfer.SubjectId);
        var answers = await Task.WhenAll(Enumerable.Range(0, step.Mishap == Mishap.SentThriceAtOnce ? 3 : 1).Select(n => Task.Run(() => SurelyAsync(n == 0 ? transfer : Again(transfer), step.Within || bound))));
        if (step.Mishap == Mishap.AnswerLost)
            answers = [.. answers, await SurelyAsync(Again(transfer), !step.Within || bound)];
        answers.ShouldAllBe(a => a.Error == expected);
        // A cut connection may have taken the first answer with it.
        answers.Count(a => a is { Succeeded: true, Value.Replayed: false }).ShouldBeLessThanOrEqualTo(1);
    }

    /// <summary>As a caller sends it who knows nothing of the first attempt: only the key is the same.</summary>
    private static Transfer Again(Transfer transfer) =>
        Transfer.Create(Books.NewTransferId(), transfer.Purpose, transfer.IdempotencyKey, transfer.SubjectType, transfer.SubjectId, transfer.Postings, transfer.Note).Value;

    /// <summary>What is still held ends in any order, all at once, each sent twice: each ends once.</summary>
    private async Task EndAllAsync(Market market)
    {
        var ends = market.EndAll();
        var ended = await Task.WhenAll(ends.Concat(ends.Select(Again)).Select(end => Task.Run(() => SurelyAsync(end, true))));
        ended.ShouldAllBe(a => a.Succeeded);
        ended.Count(a => !a.Value.Replayed).ShouldBeLessThanOrEqualTo(ends.Count);
    }

    private async Task CompareAsync(Market market)
    {
        foreach (var currency in Currencies)
            market.Balances.Where(b => b.Key.Currency == currency).Sum(b => b.Value).ShouldBe(0);
        market.Balances.Where(b => b.Key.Kind == AccountKind.Escrow).ShouldAllBe(b => b.Value == 0);
        foreach (var (account, balance) in market.Balances.Where(b => b.Key.TenantId != TenantId.Platform))
            (await SurelyAsync(() => app.BalanceAsync(account))).ShouldBe(balance, account.ToString());
        var ids = string.Join(',', market.Posted.Select(t => $"'{t.IdempotencyKey}'"));
        if (ids.Length > 0)
            (await app.SqlAsync<long>($"select count(*) from ledger.transfers where idempotency_key in ({ids})")).ShouldBe(market.Posted.Count);
        var mandate = (await SurelyAsync(() => app.SendAsync(Actors.Person(market.Tenants[0]), new GetMandate(market.Mandate)))).Value;
        mandate.SpentInAll.MicroUnits.ShouldBe(market.SpentByMandate);
        foreach (var tenant in market.Tenants)
        {
            var person = Actors.Person(tenant);
            foreach (var row in (await SurelyAsync(() => app.SendAsync(person, new ListStatements()))).Value)
            {
                var statement = (await SurelyAsync(() => app.SendAsync(person, new GetStatement(row.Month, row.Currency)))).Value;
                foreach (var account in statement.Accounts)
                {
                    (account.Opening + account.In - account.Out).ShouldBe(account.Closing);
                    account.Closing.MicroUnits.ShouldBe(market.Balances.GetValueOrDefault(new AccountRef(account.Kind, tenant.Value, tenant, Currency.Parse(row.Currency))));
                }
            }
        }
    }

    // ---------------------------------------------------------------- against all odds

    /// <summary>Cuts connections in the middle of postings; how many.</summary>
    private async Task<int> CutAsync(CancellationToken cancellationToken)
    {
        var cuts = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Random.Shared.Next(20, 120), CancellationToken.None);
            cuts += await app.SqlAsync<long>("""
                select count(*) filter (where pg_terminate_backend(s.pid)) from (select a.pid from pg_stat_activity a
                 where a.datname = current_database() and a.pid <> pg_backend_pid() and a.query like '%ledger.post%' and a.state <> 'idle' order by random() limit 1) s
                """);
        }
        return (int)cuts;
    }

    private Task<Result<PostedTransfer>> SurelyAsync(Transfer transfer, bool within) => SurelyAsync(async () =>
    {
        if (!within)
            return await app.PostAsync(transfer);
        var posted = await app.PostWithinAsync(Actors.System(), [transfer]);
        return posted.Succeeded ? posted.Value.Single() : posted.Error;
    });

    /// <summary>Again until there is an answer: whoever lost it asks again with the same key.</summary>
    private static async Task<T> SurelyAsync<T>(Func<Task<T>> work)
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                var answer = await work();
                if (answer is not Result<PostedTransfer> { Error: { } error } || error != LedgerErrors.Unavailable)
                    return answer;
            }
            catch (Exception failure) when (Stopwatch.GetElapsedTime(started) < Eventually.Patience && failure is not Shouldly.ShouldAssertException)
            {
                await Task.Delay(5);
            }
        }
    }

    /// <summary>Begins and holds under the market's mandate; a hold that is there after a lost answer is not begun again.</summary>
    private async Task<Error?> SpendSurelyAsync(Market market, Transfer hold)
    {
        var price = new Money(hold.Postings.Single(p => p.Account.Kind == AccountKind.Escrow).MicroUnits, Currency.Usd);
        return await SurelyAsync(async () =>
        {
            if (await app.SqlAsync<long>($"select count(*) from ledger.transfers where idempotency_key = '{hold.IdempotencyKey}'") > 0)
                return null;
            await using var scope = app.Services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<ActorScope>().Become(market.Agent!);
            var (spending, ledger) = (scope.ServiceProvider.GetRequiredService<ISpending>(), scope.ServiceProvider.GetRequiredService<ILedger>());
            return (await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().RunAsync<Done>(async () =>
            {
                var begun = await spending.BeginAsync(new Spend(market.Tenants[0], market.Agent!.RequiredAgent, hold.SubjectType, hold.SubjectId, price, null, null, null, [], null), CancellationToken.None);
                if (!begun.Succeeded)
                    return begun.Error;
                var posted = await ledger.PostWithinAsync([hold], CancellationToken.None);
                return posted.Succeeded ? Done.Ok : posted.Error;
            }, CancellationToken.None)).Error;
        });
    }

    // ---------------------------------------------------------------- the model

    private sealed class Held(Guid subject, TenantId payer, TenantId payee, Money price, long credits, SplitTerms terms, IReadOnlyList<Money> milestones)
    {
        public Guid Subject => subject;

        public TenantId Payer => payer;

        public TenantId Payee => payee;

        public SplitTerms Terms => terms;

        public IReadOnlyList<Money> Milestones => milestones;

        public Money Left { get; private set; } = price;

        public Money Credits { get; private set; } = new(credits, price.Currency);

        public int Parts { get; private set; }

        /// <summary>Credits are spent first, and come back first.</summary>
        public SettlementSplit Take(Money part, int percent)
        {
            var split = SettlementSplit.Of(part, Credits < part ? Credits : part, percent, terms);
            (Left, Credits, Parts) = (Left - part, Credits < part ? Money.Zero(part.Currency) : Credits - part, Parts + 1);
            return split;
        }
    }

    private sealed class Market
    {
        private readonly List<Held> _open = [];
        private readonly List<(Guid Subject, TenantId Tenant, Money Amount)> _payouts = [];
        private readonly HashSet<Guid> _byMandate = [];
        private Held? _next;

        public TenantId[] Tenants { get; } = [Books.NewTenant(), Books.NewTenant(), Books.NewTenant(), Books.NewTenant()];

        public Actor? Agent { get; set; }

        public MandateId Mandate { get; set; }

        public long SpentByMandate { get; private set; }

        public Dictionary<AccountRef, long> Balances { get; } = [];

        public List<Transfer> Posted { get; } = [];

        public bool IsByMandate(Guid subject) => _byMandate.Contains(subject);

        /// <summary>The transfer of a step; null where there is nothing to do.</summary>
        public Transfer? Plan(Step step)
        {
            var (tenant, currency) = (Tenants[step.Who], Currencies[step.Currency]);
            var amount = new Money(step.Amount, currency);
            _next = null;
            switch (step.What)
            {
                case What.Buy:
                    return Make("wallet.purchase", Guid.CreateVersion7(), new(AccountRef.PaymentClearing(currency), -step.Amount), new(AccountRef.Available(tenant, currency), step.Amount));
                case What.Hold:
                    return Hold(tenant, amount, step, []);
                case What.HoldByMandate:
                    return Hold(Tenants[0], new Money(step.Amount, Currency.Usd), step, []);
                case What.HoldForMilestones:
                    return Hold(tenant, amount, step, [1 + step.Pick % 7, 3, 1 + step.Percent]);
                case What.End:
                    return Any(h => h.Milestones.Count == 0, step) is { } ends ? End(ends, step.Percent) : null;
                case What.ReleaseEarly:
                    return Any(h => h.Milestones.Count == 0, step) is { } early && early.Left.Share(step.Percent, 101) is { IsPositive: true } part ? Take(early, part, 100) : null;
                case What.EndMilestone:
                    return Any(h => h.Milestones.Count > 0, step) is { } milestoned ? Take(milestoned, milestoned.Milestones[milestoned.Parts], step.Percent) : null;
                case What.Convert:
                    var rate = ExchangeRate.Of(default, currency, Currencies[(step.Currency + 1) % 3], 0.0001m * (1 + step.Pick), default, "model", default);
                    var bought = Conversion.Buys(amount, rate, 50);
                    return Make("wallet.convert", Guid.CreateVersion7(), new(AccountRef.Available(tenant, currency), -step.Amount), new(AccountRef.Exchange(currency), step.Amount),
                        new(AccountRef.Exchange(rate.Quote), -bought.MicroUnits), new(AccountRef.Available(tenant, rate.Quote), bought.MicroUnits));
                case What.Give:
                    return Make("credits.daily", Guid.CreateVersion7(), new(AccountRef.Promotions(currency), -step.Amount), new(AccountRef.Promotional(tenant, currency), step.Amount));
                case What.Expire:
                    var left = Math.Min(step.Amount, Balances.GetValueOrDefault(AccountRef.Promotional(tenant, currency)));
                    return Make("credits.expire", Guid.CreateVersion7(), new(AccountRef.Promotional(tenant, currency), -left), new(AccountRef.Promotions(currency), left));
                case What.PayOut:
                    return Make("payout.request", Guid.CreateVersion7(), new(AccountRef.Earnings(tenant, currency), -step.Amount), new(AccountRef.Payouts(currency), step.Amount));
                case What.EndPayOut when _payouts.Count > 0:
                    var (subject, whose, paid) = _payouts[step.Pick % _payouts.Count];
                    return Make("payout.end", subject, new(AccountRef.Payouts(paid.Currency), -paid.MicroUnits),
                        new(step.Within ? AccountRef.PaymentClearing(paid.Currency) : AccountRef.Earnings(whose, paid.Currency), paid.MicroUnits));
                default:
                    return null;
            }
        }

        /// <summary>Null when it is posted, else the refusal.</summary>
        public Error? Apply(Transfer transfer, What what)
        {
            var outOfWallet = -transfer.Postings.Where(p => p.Account.OwnerId == Tenants[0].Value && p.Account.Kind is AccountKind.Available or AccountKind.Promotional).Sum(p => p.MicroUnits);
            if (what == What.HoldByMandate && SpentByMandate + outOfWallet > Budget)
                return SpendErrors.MandateExhausted;
            if (transfer.Postings.Any(p => !p.Account.Kind.MayBeNegative() && Balances.GetValueOrDefault(p.Account) + p.MicroUnits < 0))
                return LedgerErrors.InsufficientFunds;
            foreach (var posting in transfer.Postings)
                Balances[posting.Account] = Balances.GetValueOrDefault(posting.Account) + posting.MicroUnits;
            Posted.Add(transfer);
            if (what == What.HoldByMandate)
                _byMandate.Add(transfer.SubjectId);
            if (_byMandate.Contains(transfer.SubjectId))
                SpentByMandate += outOfWallet;
            if (_next is { } held && transfer.Purpose == "call.hold")
                _open.Add(held);
            if (transfer.Purpose == "payout.request")
                _payouts.Add((transfer.SubjectId, transfer.Postings[0].Account.TenantId, new Money(transfer.Postings[1].MicroUnits, transfer.Postings[1].Account.Currency)));
            _payouts.RemoveAll(p => transfer.Purpose == "payout.end" && p.Subject == transfer.SubjectId);
            _open.RemoveAll(h => h.Left.IsZero);
            return null;
        }

        public List<Transfer> EndAll()
        {
            var ends = new List<Transfer>();
            while (_open.FirstOrDefault() is { } held)
            {
                var end = held.Milestones.Count > 0 ? Take(held, held.Milestones[held.Parts], 70) : End(held, 70);
                Apply(end!, What.End).ShouldBeNull();
                ends.Add(end!);
            }
            return ends;
        }

        private Held? Any(Func<Held, bool> which, Step step) => _open.Where(which).ToList() is { Count: > 0 } some ? some[step.Pick % some.Count] : null;

        private Transfer? Hold(TenantId payer, Money price, Step step, IReadOnlyList<long> weights)
        {
            var (subject, credits) = (Guid.CreateVersion7(), Math.Min(price.MicroUnits, Balances.GetValueOrDefault(AccountRef.Promotional(payer, price.Currency))));
            var terms = SplitTerms.Of(1_000 + step.Pick % 1_001, step.Pick % 1_001, step.Pick % 3 == 0 ? null : new ReferrerTerms(Tenants[step.Pick % 4], 1 + step.Pick % 500),
                Enumerable.Range(0, step.Pick % 5).Select(n => new RoyaltyTerms(new AgentId(Guid.CreateVersion7()), Tenants[(step.Pick + n) % 4], 1 + step.Pick * (n + 1) % 600)));
            // A milestone of nothing is no transfer.
            _next = new Held(subject, payer, Tenants[step.Other], price, credits, terms, weights.Count == 0 ? [] : [.. Milestone.Parts(price, weights).Where(p => p.IsPositive)]);
            return Make("call.hold", subject, new(AccountRef.Promotional(payer, price.Currency), -credits), new(AccountRef.Available(payer, price.Currency), credits - price.MicroUnits), new(Escrow(_next), price.MicroUnits));
        }

        private static Transfer? End(Held held, int percent) => Take(held, held.Left, percent);

        private static Transfer? Take(Held held, Money part, int percent)
        {
            var (n, split) = (held.Parts, held.Take(part, percent));
            List<Posting> postings = [.. split.Postings(held.Payer, held.Payee)];
            postings.ShouldAllBe(p => p.MicroUnits >= 0);
            postings.Sum(p => p.MicroUnits).ShouldBe(part.MicroUnits);
            return Part(percent == 0 ? "call.refund" : "call.settle", held.Subject, $":{n}", [new(Escrow(held), -part.MicroUnits), .. postings]);
        }

        private static AccountRef Escrow(Held held) => new(AccountKind.Escrow, held.Subject, held.Payer, held.Left.Currency);

        private static Transfer? Make(string purpose, Guid subject, params Posting[] postings) => Part(purpose, subject, "", postings);

        private static Transfer? Part(string purpose, Guid subject, string part, Posting[] postings)
        {
            var made = Transfer.Create(Books.NewTransferId(), purpose, $"{purpose}:{subject}{part}", "call", subject, postings);
            return made.Succeeded ? made.Value : null;
        }
    }
}
