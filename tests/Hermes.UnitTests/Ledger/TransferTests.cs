using FsCheck;
using FsCheck.Fluent;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;

namespace Hermes.UnitTests.Ledger;

public sealed class TransferTests
{
    private static readonly TenantId Tenant = new(Guid.CreateVersion7());
    private static readonly AccountRef Wallet = AccountRef.Available(Tenant, Currency.Usd);
    private static readonly AccountRef Clearing = AccountRef.PaymentClearing(Currency.Usd);
    private static readonly AccountRef Fees = AccountRef.PlatformFees(Currency.Usd);

    [Fact]
    public void A_balanced_transfer_is_made_as_given()
    {
        var transfer = Make(new(Wallet, -500), new(Fees, 500)).Value;

        transfer.Postings.ShouldBe([new(Wallet, -500), new(Fees, 500)]);
        transfer.Purpose.ShouldBe("test.move");
    }

    [Fact]
    public void Postings_that_do_not_add_up_are_refused() =>
        Make(new(Wallet, -500), new(Fees, 499)).Error.ShouldBe(LedgerErrors.Unbalanced);

    [Fact]
    public void Currencies_do_not_make_up_for_each_other() =>
        Make(new(Wallet, -500), new(AccountRef.PlatformFees(Currency.Parse("EUR")), 500)).Error.ShouldBe(LedgerErrors.Unbalanced);

    [Fact]
    public void Each_currency_balances_by_itself()
    {
        var eur = Currency.Parse("EUR");

        Make(new(Wallet, -5), new(Fees, 5), new(AccountRef.Available(Tenant, eur), 7), new(AccountRef.PaymentClearing(eur), -7)).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public void Postings_to_one_account_are_added_up() =>
        Make(new(Clearing, -30), new(Wallet, 10), new(Wallet, 20)).Value.Postings.ShouldBe([new(Clearing, -30), new(Wallet, 30)]);

    [Fact]
    public void Nothing_moved_is_no_transfer()
    {
        Make().Error.ShouldBe(LedgerErrors.Empty);
        Make(new(Wallet, 0), new(Fees, 0)).Error.ShouldBe(LedgerErrors.Empty);
        Make(new(Wallet, -5), new(Wallet, 5)).Error.ShouldBe(LedgerErrors.Empty);
        Transfer.Move(NewId(), "test.move", "key", "test", Tenant.Value, Wallet, Fees, Money.Usd(-1)).Error.ShouldBe(LedgerErrors.Empty);
    }

    [Theory]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(-Money.MaxAmountMicroUnits - 1, Money.MaxAmountMicroUnits + 1)]
    public void An_amount_beyond_the_largest_is_refused(long from, long to) =>
        Make(new(Wallet, from), new(Fees, to)).Error.ShouldBe(LedgerErrors.OutOfRange);

    [Theory]
    [InlineData("", "key", "test")]
    [InlineData("test.move", " ", "test")]
    [InlineData("test.move", "key", null)]
    [InlineData("test.move", "a\0b", "test")]
    public void A_missing_or_unstorable_part_is_refused(string purpose, string key, string? subjectType) =>
        Transfer.Create(NewId(), purpose, key, subjectType!, Tenant.Value, [new(Wallet, -5), new(Fees, 5)]).Error.ShouldBe(LedgerErrors.Malformed);

    [Fact]
    public void A_key_longer_than_the_column_is_refused() =>
        Transfer.Create(NewId(), "test.move", new string('k', Transfer.MaxKeyLength + 1), "test", Tenant.Value, [new(Wallet, -5), new(Fees, 5)])
            .Error.ShouldBe(LedgerErrors.Malformed);

    [Fact]
    public void A_platform_account_of_a_tenant_and_a_wallet_of_the_platform_do_not_exist()
    {
        Make(new(Wallet, -5), new(Fees with { TenantId = Tenant }, 5)).Error.ShouldBe(LedgerErrors.Malformed);
        Make(new(Wallet with { TenantId = TenantId.Platform }, -5), new(Fees, 5)).Error.ShouldBe(LedgerErrors.Malformed);
    }

    [Fact]
    public void Only_accounts_of_the_other_side_may_be_negative() =>
        Enum.GetValues<AccountKind>().Where(kind => kind.MayBeNegative()).ShouldBe([AccountKind.PaymentClearing, AccountKind.Promotions, AccountKind.Exchange, AccountKind.Receivables]);

    [Fact]
    public void Whatever_is_made_is_balanced_and_names_each_account_once()
    {
        AccountRef[] accounts = [Wallet, Clearing, Fees, AccountRef.Earnings(Tenant, Currency.Usd), AccountRef.Available(Tenant, Currency.Parse("EUR"))];
        var posting = from account in Gen.Elements(accounts)
                      from micro in Gen.OneOf(Gen.Choose(-3, 3).Select(n => (long)n), ArbMap.Default.GeneratorFor<long>())
                      select new Posting(account, micro);

        Prop.ForAll(posting.ListOf().ToArbitrary(), postings =>
        {
            var result = Make([.. postings]);
            if (!result.Succeeded)
                return postings.Count > 0 || result.Error == LedgerErrors.Empty;
            var made = result.Value.Postings;
            return made.Count >= 2
                && made.All(p => p.MicroUnits != 0)
                && made.Select(p => p.Account).Distinct().Count() == made.Count
                && made.GroupBy(p => p.Account.Currency).All(g => g.Sum(p => (decimal)p.MicroUnits) == 0)
                && made.All(p => p.MicroUnits == postings.Where(q => q.Account == p.Account).Sum(q => (decimal)q.MicroUnits));
        }).QuickCheckThrowOnFailure();
    }

    private static TransferId NewId() => new(Guid.CreateVersion7());

    private static Result<Transfer> Make(params Posting[] postings) =>
        Transfer.Create(NewId(), "test.move", "key", "test", Tenant.Value, postings);
}
