using FsCheck;
using FsCheck.Fluent;
using Hermes.Application.Ledger;
using Hermes.Application.Ledger.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>
/// What people do with money, many of them, in several currencies, repeated and out of order: purchases, holds, settlements with
/// five-way splits, refunds, conversions and credits, against a model that is a dictionary.
/// </summary>
public sealed class OperationsTests(GenerousApp app) : IClassFixture<GenerousApp>
{
    private static readonly Currency[] Currencies = [Currency.Usd, Currency.Parse("EUR"), Currency.Parse("GBP")];

    /// <summary>A wish: what, by whom, in which currency, how much, and how often it is sent.</summary>
    public sealed record Wish(int What, int Who, int Other, int Currency, long Amount, int Percent, int Times, bool Within);

    private static Gen<Wish> Wishes =>
        from what in Gen.Frequency((3, Gen.Constant(0)), (5, Gen.Constant(1)), (4, Gen.Constant(2)), (1, Gen.Constant(3)), (1, Gen.Constant(4)))
        from who in Gen.Choose(0, 3)
        from other in Gen.Choose(0, 3)
        from currency in Gen.Choose(0, 2)
        from amount in Gen.Choose(1, 3_000_000)
        from percent in Gen.Elements(0, 1, 33, 70, 90, 100)
        from times in Gen.Frequency((5, Gen.Constant(1)), (1, Gen.Constant(2)), (1, Gen.Constant(3)))
        from within in Gen.Elements(true, false)
        select new Wish(what, who, other, currency, amount, percent, times, within);

    [Fact]
    public void Whatever_is_done_in_whatever_order_and_however_often_the_model_agrees() =>
        Prop.ForAll(Wishes.ListOf(90).ToArbitrary(), wishes =>
        {
            RunAsync([.. wishes]).GetAwaiter().GetResult();
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(12));

    private async Task RunAsync(List<Wish> wishes)
    {
        var world = new World();
        foreach (var wish in wishes)
        {
            if (world.Plan(wish) is not { } transfer)
                continue;
            var expected = world.Apply(transfer);
            // Retries come at once and at the same time.
            var answers = await Task.WhenAll(Enumerable.Range(0, wish.Times).Select(_ => Task.Run(() => PostAsync(transfer, wish.Within))));
            if (expected is null)
            {
                answers.ShouldAllBe(a => a.Succeeded);
                answers.Count(a => !a.Value.Replayed).ShouldBe(1);
            }
            else
            {
                answers.ShouldAllBe(a => a.Error == expected);
            }
        }
        // What is still held ends in any order, all at once, each sent twice: each ends once.
        var ends = world.EndAll(new Random(wishes.Count));
        var ended = await Task.WhenAll(ends.Concat(ends).Select(end => Task.Run(() => PostAsync(end, true))));
        ended.Count(a => a is { Succeeded: true, Value.Replayed: false }).ShouldBe(ends.Count);
        await CompareAsync(world);
    }

    private async Task<Result<PostedTransfer>> PostAsync(Transfer transfer, bool within)
    {
        if (!within)
            return await app.PostAsync(transfer);
        var posted = await app.PostWithinAsync(Actors.System(), [transfer]);
        return posted.Succeeded ? posted.Value.Single() : posted.Error;
    }

    private async Task CompareAsync(World world)
    {
        foreach (var (account, balance) in world.Balances.Where(b => b.Key.TenantId != TenantId.Platform))
            (await app.BalanceAsync(account)).ShouldBe(balance, account.ToString());
        foreach (var currency in Currencies)
            world.Balances.Where(b => b.Key.Currency == currency).Sum(b => b.Value).ShouldBe(0);
        world.Balances.Where(b => b.Key.Kind == AccountKind.Escrow).ShouldAllBe(b => b.Value == 0);
        foreach (var tenant in world.Tenants)
        {
            var person = Actors.Person(tenant);
            foreach (var row in (await app.SendAsync(person, new ListStatements())).Value)
            {
                var statement = (await app.SendAsync(person, new GetStatement(row.Month, row.Currency))).Value;
                foreach (var account in statement.Accounts)
                {
                    (account.Opening + account.In - account.Out).ShouldBe(account.Closing);
                    account.Closing.MicroUnits.ShouldBe(world.Balances.GetValueOrDefault(new AccountRef(account.Kind, tenant.Value, tenant, Currency.Parse(row.Currency))));
                }
            }
        }
        await app.ShouldBeRightAsync();
    }

    private sealed class World
    {
        private readonly Dictionary<Guid, (Transfer Hold, TenantId Payer, TenantId Payee, long Credits)> _open = [];

        public TenantId[] Tenants { get; } = [Books.NewTenant(), Books.NewTenant(), Books.NewTenant(), Books.NewTenant()];

        public Dictionary<AccountRef, long> Balances { get; } = [];

        public Transfer? Plan(Wish wish)
        {
            var (tenant, other, currency) = (Tenants[wish.Who], Tenants[wish.Other], Currencies[wish.Currency]);
            return wish.What switch
            {
                0 => Make("wallet.purchase", Guid.CreateVersion7(), new(AccountRef.PaymentClearing(currency), -wish.Amount), new(AccountRef.Available(tenant, currency), wish.Amount)),
                1 => Hold(tenant, other, currency, wish.Amount),
                2 => _open.Count == 0 ? null : End(_open.Keys.Order().ElementAt((int)(wish.Amount % _open.Count)), wish.Percent),
                3 => Convert(tenant, currency, Currencies[(wish.Currency + 1) % 3], wish.Amount),
                _ => Make("credits.daily", Guid.CreateVersion7(), new(AccountRef.Promotions(currency), -wish.Amount), new(AccountRef.Promotional(tenant, currency), wish.Amount)),
            };
        }

        /// <summary>Null when it is posted, else the refusal.</summary>
        public Error? Apply(Transfer transfer)
        {
            if (transfer.Postings.Any(p => !p.Account.Kind.MayBeNegative() && Balances.GetValueOrDefault(p.Account) + p.MicroUnits < 0))
                return LedgerErrors.InsufficientFunds;
            foreach (var posting in transfer.Postings)
                Balances[posting.Account] = Balances.GetValueOrDefault(posting.Account) + posting.MicroUnits;
            if (transfer.Purpose == "call.hold")
            {
                var credits = -transfer.Postings.Where(p => p.Account.Kind == AccountKind.Promotional).Sum(p => p.MicroUnits);
                _open[transfer.SubjectId] = (transfer, transfer.Postings.First(p => p.MicroUnits < 0).Account.TenantId, Payees[transfer.SubjectId], credits);
            }
            else if (transfer.Purpose is "call.settle" or "call.refund")
            {
                _open.Remove(transfer.SubjectId);
            }
            return null;
        }

        public List<Transfer> EndAll(Random random)
        {
            var ends = _open.Keys.ToList().ConvertAll(id => End(id, random.Next(101))!);
            ends.ForEach(end => Apply(end).ShouldBeNull());
            return ends;
        }

        private Dictionary<Guid, TenantId> Payees { get; } = [];

        private Transfer? Hold(TenantId payer, TenantId payee, Currency currency, long amount)
        {
            var subject = Guid.CreateVersion7();
            Payees[subject] = payee;
            var credits = Math.Min(amount, Balances.GetValueOrDefault(AccountRef.Promotional(payer, currency)));
            return Make("call.hold", subject, new(AccountRef.Promotional(payer, currency), -credits), new(AccountRef.Available(payer, currency), credits - amount),
                new(new AccountRef(AccountKind.Escrow, subject, payer, currency), amount));
        }

        /// <summary>Agent, platform, organisation, referrer and royalty; what rounding leaves is the agent's; credits are spent first.</summary>
        private Transfer? End(Guid subject, int percent)
        {
            var (hold, payer, payee, credits) = _open[subject];
            var currency = hold.Postings[0].Account.Currency;
            var price = new Money(hold.Postings.Where(p => p.MicroUnits > 0).Sum(p => p.MicroUnits), currency);
            var split = SettlementSplit.Of(price, new Money(credits, currency), percent, 1_500);
            var organisation = split.Agent.Share(500, 10_000);
            var referrer = split.Agent.Share(300, 10_000);
            var royalty = split.Agent.Share(700, 10_000);
            var agent = split.Agent - organisation - referrer - royalty;
            (agent + organisation + referrer + royalty + split.Platform + split.Refunded).ShouldBe(price);
            return Make(percent == 0 ? "call.refund" : "call.settle", subject,
                new(new AccountRef(AccountKind.Escrow, subject, payer, currency), -price.MicroUnits), new(AccountRef.Earnings(payee, currency), agent.MicroUnits),
                new(AccountRef.Available(payee, currency), organisation.MicroUnits), new(AccountRef.Earnings(Tenants[0], currency), referrer.MicroUnits),
                new(AccountRef.Earnings(Tenants[1], currency), royalty.MicroUnits), new(AccountRef.PlatformFees(currency), split.Platform.MicroUnits),
                new(AccountRef.Promotional(payer, currency), split.RefundedCredits.MicroUnits), new(AccountRef.Available(payer, currency), split.RefundedMoney.MicroUnits));
        }

        private static Transfer? Convert(TenantId tenant, Currency from, Currency to, long amount) => Make("wallet.convert", Guid.CreateVersion7(),
            new(AccountRef.Available(tenant, from), -amount), new(AccountRef.Exchange(from), amount), new(AccountRef.Exchange(to), -(amount * 9 / 10)), new(AccountRef.Available(tenant, to), amount * 9 / 10));

        private static Transfer? Make(string purpose, Guid subject, params Posting[] postings)
        {
            var made = Transfer.Create(Books.NewTransferId(), purpose, $"{purpose}:{subject}", "call", subject, postings.Where(p => p.MicroUnits != 0));
            return made.Succeeded ? made.Value : null;
        }
    }
}
