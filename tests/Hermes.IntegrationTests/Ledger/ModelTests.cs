using FsCheck;
using FsCheck.Fluent;
using Hermes.Application.Ledger.Public;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>
/// The ledger against the simplest ledger there is: a dictionary. Random transfers of a few parties, one after the other or
/// all at once, by either way of posting, with repeated keys and overdrafts among them.
/// </summary>
public sealed class ModelTests(HermesApp app) : IClassFixture<HermesApp>
{
    private static readonly Currency Usd = Currency.Usd;
    private static readonly Currency Eur = Currency.Parse("EUR");

    /// <summary>What one party wants: parts of a split from one account, with a key that may be somebody else's already.</summary>
    public sealed record Wish(int From, int To, int Fee, bool Euro, long Amount, int Key, bool Within);

    private static Gen<Wish> Wishes =>
        from accounts in Gen.Two(Gen.Choose(0, 5))
        from fee in Gen.Choose(0, 3)
        from euro in Gen.Frequency((5, Gen.Constant(false)), (1, Gen.Constant(true)))
        from amount in Gen.Choose(1, 60)
        from key in Gen.Choose(0, 60)
        from within in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Wish(accounts.Item1, accounts.Item2, fee, euro, amount, key, within);

    [Fact]
    public void One_after_the_other_it_does_what_the_model_does() =>
        Prop.ForAll(Wishes.ListOf(40).ToArbitrary(), wishes =>
        {
            RunInOrderAsync(wishes).GetAwaiter().GetResult();
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));

    [Fact]
    public void In_one_unit_of_work_it_does_what_the_model_does() =>
        Prop.ForAll(Wishes.ListOf(6).ToArbitrary(), wishes =>
        {
            RunWithinAsync(wishes).GetAwaiter().GetResult();
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void All_at_once_what_was_accepted_is_what_the_balances_say() =>
        Prop.ForAll(Wishes.ListOf(120).ToArbitrary(), wishes =>
        {
            RunAtOnceAsync(wishes).GetAwaiter().GetResult();
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(12));

    private async Task RunInOrderAsync(IEnumerable<Wish> wishes)
    {
        var world = new World();
        foreach (var wish in wishes)
        {
            if (world.Make(wish) is not { } transfer)
                continue;
            var expected = world.Post(transfer);
            var answer = wish.Within ? Only(await app.PostWithinAsync(Actors.System(), [transfer])) : await app.PostAsync(transfer);
            (answer.Succeeded ? answer.Value.Id : (TransferId?)null, answer.Succeeded && answer.Value.Replayed, answer.Error).ShouldBe(expected);
        }
        await CompareAsync(world);
    }

    private async Task RunWithinAsync(IReadOnlyList<Wish> wishes)
    {
        var world = new World();
        foreach (var account in world.Accounts.Take(3))
        {
            var fund = Books.Move(AccountRef.PaymentClearing(account.Currency), account, 100);
            world.Post(fund);
            (await app.PostAsync(fund)).Error.ShouldBeNull();
        }
        var transfers = wishes.Select(world.Make).OfType<Transfer>().ToList();
        var before = world.Copy();
        var expected = transfers.Select(world.Post).ToList();

        var answer = await app.PostWithinAsync(Actors.System(), transfers);

        var refusal = expected.Select(e => e.Error).FirstOrDefault(e => e is not null);
        answer.Error.ShouldBe(refusal);
        if (refusal is null)
            answer.Value.Select(posted => ((TransferId?)posted.Id, posted.Replayed)).ShouldBe(expected.Select(e => (e.Id, e.Replayed)));
        await CompareAsync(refusal is null ? world : before);
    }

    private async Task RunAtOnceAsync(IEnumerable<Wish> wishes)
    {
        var world = new World();
        var transfers = wishes.Select(world.Make).OfType<Transfer>().ToList();
        var answers = await Task.WhenAll(transfers.Select(async transfer => (transfer, answer: await app.PostAsync(transfer))));

        // Their order is the ledger's own; what it accepted must be all there is, and once per key.
        foreach (var (transfer, answer) in answers.Where(a => a.answer is { Succeeded: true, Value.Replayed: false }))
            world.Apply(transfer);
        answers.Where(a => a.answer is { Succeeded: true, Value.Replayed: false }).Select(a => a.transfer.IdempotencyKey).ShouldBeUnique();
        foreach (var same in answers.Where(a => a.answer.Succeeded).GroupBy(a => a.transfer.IdempotencyKey))
            same.Select(a => a.answer.Value.Id).Distinct().ShouldHaveSingleItem();
        answers.Select(a => a.answer.Error).Where(error => error is not null).Distinct()
            .ShouldBeSubsetOf([LedgerErrors.InsufficientFunds, LedgerErrors.KeyReused]);
        await CompareAsync(world);
    }

    private async Task CompareAsync(World world)
    {
        foreach (var account in world.Accounts.Where(a => a.TenantId != TenantId.Platform))
            (await app.BalanceAsync(account)).ShouldBe(world.Balance(account));
        await app.ShouldBeRightAsync();
    }

    private static Result<PostedTransfer> Only(Result<IReadOnlyList<PostedTransfer>> posted) => posted.Succeeded ? posted.Value.Single() : posted.Error;

    /// <summary>The model. Each run has tenants and keys of its own; the platform's accounts are shared by all.</summary>
    private sealed class World
    {
        private readonly string _run = Guid.CreateVersion7().ToString("N");
        private readonly TenantId[] _tenants = [Books.NewTenant(), Books.NewTenant()];
        private readonly Dictionary<AccountRef, long> _balances = [];
        private readonly Dictionary<string, Transfer> _posted = [];

        public IEnumerable<AccountRef> Accounts => _tenants
            .SelectMany(tenant => new[] { Usd, Eur }.SelectMany(currency => new[] { AccountRef.Available(tenant, currency), AccountRef.Earnings(tenant, currency) }));

        public World Copy()
        {
            var copy = new World();
            copy._tenants[0] = _tenants[0];
            copy._tenants[1] = _tenants[1];
            foreach (var (account, balance) in _balances)
                copy._balances[account] = balance;
            return copy;
        }

        public Transfer? Make(Wish wish)
        {
            var currency = wish.Euro ? Eur : Usd;
            var parties = Accounts.Where(a => a.Currency == currency).Concat([AccountRef.PaymentClearing(currency), AccountRef.PaymentClearing(currency)]).ToList();
            var made = Transfer.Create(Books.NewTransferId(), "model.move", $"{_run}:{wish.Key}", "model", _tenants[0].Value,
            [
                new(parties[wish.From], -wish.Amount - wish.Fee), new(parties[wish.To], wish.Amount), new(AccountRef.PlatformFees(currency), wish.Fee),
            ]);
            return made.Succeeded ? made.Value : null;
        }

        public (TransferId? Id, bool Replayed, Error? Error) Post(Transfer transfer)
        {
            if (_posted.TryGetValue(transfer.IdempotencyKey, out var first))
                return first.Postings.ToHashSet().SetEquals(transfer.Postings) ? (first.Id, true, null) : (null, false, LedgerErrors.KeyReused);
            if (transfer.Postings.Any(p => !p.Account.Kind.MayBeNegative() && Balance(p.Account) + p.MicroUnits < 0))
                return (null, false, LedgerErrors.InsufficientFunds);
            Apply(transfer);
            _posted[transfer.IdempotencyKey] = transfer;
            return (transfer.Id, false, null);
        }

        public void Apply(Transfer transfer)
        {
            foreach (var posting in transfer.Postings)
                _balances[posting.Account] = Balance(posting.Account) + posting.MicroUnits;
        }

        public long Balance(AccountRef account) => _balances.GetValueOrDefault(account);
    }
}
