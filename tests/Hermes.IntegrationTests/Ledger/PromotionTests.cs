using Hermes.Application.Ledger;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using Hermes.IntegrationTests.Live;
using Hermes.IntegrationTests.Mesh;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Ledger;

/// <summary>The app with credits and rates switched on.</summary>
public sealed class GenerousApp : MeshApp
{
    public GenerousApp()
    {
        Set("Hermes:Promotions:SignUp", "5");
        Set("Hermes:Promotions:Daily", "1");
        Set("Hermes:Promotions:DailyAtMost", "3");
        Set("Hermes:Promotions:Referral", "7");
        Set("Hermes:Promotions:ReferralSpend", "10");
        Set("Hermes:Promotions:ReferralsAMonth", "1");
        Set("Hermes:Promotions:MostADay", "200");
        Set("Hermes:Exchange:Rates:0", "EUR/USD=1.25");
        Set("Hermes:Exchange:SpreadBasisPoints", "100");
    }
}

public sealed class PromotionTests(GenerousApp app) : IClassFixture<GenerousApp>
{
    private static readonly Currency Usd = Currency.Usd;
    private static readonly Currency Eur = Currency.Parse("EUR");

    [Fact]
    public async Task Sign_up_credits_are_claimed_once_by_an_organisation_and_once_by_a_person()
    {
        var person = await FoundedAsync();

        (await app.SendAsync(person, new GetPromotions())).Value.Claimable.Select(c => c.Kind).ShouldBe([CreditKind.SignUp, CreditKind.Daily]);
        (await app.SendAsync(person, new ClaimCredits(CreditKind.SignUp))).Value.Amount.ShouldBe(Money.Usd(5));

        (await app.BalanceAsync(AccountRef.Promotional(person.RequiredTenant, Usd))).ShouldBe(5_000_000);
        (await app.SendAsync(person, new ClaimCredits(CreditKind.SignUp))).Error.ShouldBe(PromotionErrors.Taken);
        (await app.SendAsync(Actors.Person(person.RequiredTenant), new ClaimCredits(CreditKind.SignUp))).Error.ShouldBe(PromotionErrors.Taken);
        var second = person with { Tenant = (await FoundedAsync()).Tenant };
        (await app.SendAsync(second, new ClaimCredits(CreditKind.SignUp))).Error.ShouldBe(PromotionErrors.Taken);
        (await app.SqlAsync<long>($"select count(*) from compliance.audit_entries where action = 'credits.claim' and tenant_id = '{person.RequiredTenant}'")).ShouldBe(1);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task Twenty_claims_at_once_give_once()
    {
        var person = await FoundedAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => app.SendAsync(person, new ClaimCredits(CreditKind.SignUp)))));

        answers.Count(a => a.Succeeded).ShouldBe(1);
        (await app.BalanceAsync(AccountRef.Promotional(person.RequiredTenant, Usd))).ShouldBe(5_000_000);
    }

    [Fact]
    public async Task Permissions_limits_and_unknown_kinds_refuse()
    {
        var person = await FoundedAsync();
        (await app.SendAsync(Actors.Person(person.RequiredTenant, Permissions.BillingView), new ClaimCredits(CreditKind.Daily))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(person, new ClaimCredits(CreditKind.Referral))).Error!.Kind.ShouldBe(ErrorKind.Invalid);
        await app.SqlAsync<int>($"update tenancy.tenants set created_at = created_at - interval '31 days' where id = '{person.RequiredTenant}'");
        (await app.SendAsync(person, new ClaimCredits(CreditKind.SignUp))).Error.ShouldBe(PromotionErrors.NotEntitled);
        (await app.SendAsync(Actors.Person(Books.NewTenant()), new ClaimCredits(CreditKind.Daily))).Error.ShouldBe(PromotionErrors.NotEntitled);
    }

    [Fact]
    public async Task The_oldest_credits_are_spent_first_and_what_is_left_of_a_grant_goes_back_when_it_expires()
    {
        var person = await FoundedAsync();
        var tenant = person.RequiredTenant;
        await app.SendAsync(person, new ClaimCredits(CreditKind.SignUp));
        app.Clock.Advance(TimeSpan.FromDays(10));
        await app.SendAsync(person, new ClaimCredits(CreditKind.Daily));
        // Three of the first five are spent.
        (await app.PostAsync(Books.Move(AccountRef.Promotional(tenant, Usd), AccountRef.PlatformFees(Usd), 3_000_000))).Error.ShouldBeNull();
        (await app.SendAsync(person, new GetPromotions())).Value.Grants.Select(g => g.Left).ShouldBe([Money.Usd(1), Money.Usd(2)]);

        app.Clock.Advance(TimeSpan.FromDays(80));
        (await app.SendAsync(Actors.System(), new TendCredits())).Value.Expired.ShouldBeGreaterThanOrEqualTo(1);

        (await app.BalanceAsync(AccountRef.Promotional(tenant, Usd))).ShouldBe(1_000_000);
        var grants = (await app.SendAsync(person, new GetPromotions())).Value.Grants;
        grants.Select(g => (g.Left, g.Expired)).ShouldBe([(Money.Usd(1), null), (Money.Usd(0), Money.Usd(2))]);
        await app.SendAsync(Actors.System(), new TendCredits());
        (await app.BalanceAsync(AccountRef.Promotional(tenant, Usd))).ShouldBe(1_000_000);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_referral_is_rewarded_on_both_sides_once_the_new_one_has_spent_its_own_money()
    {
        var (old, brought) = (await FoundedAsync(), await FoundedAsync());
        var code = (await app.SendAsync(old, new GetPromotions())).Value.ReferralCode!;
        (await app.SendAsync(old, new EnterReferral(code))).Error!.Members!.Keys.ShouldBe(["code"]);
        (await app.SendAsync(brought, new EnterReferral("nobody-has-this"))).Error!.Members!.Keys.ShouldBe(["code"]);
        (await app.SendAsync(brought, new EnterReferral(code))).Error.ShouldBeNull();
        (await app.SendAsync(brought, new EnterReferral(code))).Error.ShouldBe(PromotionErrors.Taken);
        await app.FundAsync(brought.RequiredTenant, 20_000_000);
        await app.SendAsync(Actors.System(), new TendCredits());
        (await app.BalanceAsync(AccountRef.Promotional(old.RequiredTenant, Usd))).ShouldBe(0);

        (await app.PostAsync(Transfer.Create(Books.NewTransferId(), "call.hold", Guid.CreateVersion7().ToString(), "call", Guid.CreateVersion7(),
            [new(AccountRef.Available(brought.RequiredTenant, Usd), -10_000_000), new(AccountRef.PlatformFees(Usd), 10_000_000)]).Value)).Error.ShouldBeNull();
        await app.SendAsync(Actors.System(), new TendCredits());
        await app.SendAsync(Actors.System(), new TendCredits());

        (await app.BalanceAsync(AccountRef.Promotional(old.RequiredTenant, Usd))).ShouldBe(7_000_000);
        (await app.BalanceAsync(AccountRef.Promotional(brought.RequiredTenant, Usd))).ShouldBe(7_000_000);
    }

    [Fact]
    public async Task A_conversion_is_balanced_in_both_currencies_and_keeps_its_rate()
    {
        var person = Actors.Person(Books.NewTenant());
        var tenant = person.RequiredTenant;
        await app.FundAsync(tenant, 100_000_000);

        var quote = (await app.SendAsync(person, new QuoteConversion(Money.Usd(10), "EUR"))).Value;
        var made = await app.SendAsync(person, new ConvertMoney(Money.Usd(10), "EUR", quote.Bought));

        // 10 USD at 1/1.25, less one percent.
        made.Value.Bought.ShouldBe(Money.Of(7.92m, Eur));
        (made.Value.Rate, made.Value.SpreadBasisPoints).ShouldBe((0.8m, 100));
        (await app.BalanceAsync(AccountRef.Available(tenant, Usd))).ShouldBe(90_000_000);
        (await app.BalanceAsync(AccountRef.Available(tenant, Eur))).ShouldBe(7_920_000);
        (await app.SendAsync(person, new ListConversions())).Value.Items.Single().ShouldBe(made.Value);
        (await app.SqlAsync<long>($"select count(*) from ledger.exchange_rates where id = (select rate_id from ledger.conversions where tenant_id = '{tenant}')")).ShouldBe(1);
        await app.ShouldBeRightAsync();
    }

    [Fact]
    public async Task A_rate_that_an_operator_stored_comes_first_until_it_is_old()
    {
        var person = Actors.Person(Books.NewTenant());
        var proposed = (await app.SendAsync(Actors.Operator(), new StoreExchangeRate("GBP", "USD", 1.5m, null, "Desk"))).Value;
        (proposed.Rate, proposed.Proposal!.What).ShouldBe((null, "Let GBP 1 buy USD 1.5"));
        (await app.SendAsync(Actors.Operator(), new ConfirmProposal(proposed.Proposal.Id))).Error.ShouldBeNull();
        (await app.SendAsync(person, new QuoteConversion(Money.Of(2, Currency.Parse("GBP")), "USD"))).Value.ShouldSatisfyAllConditions(q => q.Bought.ShouldBe(Money.Usd(2.97m)), q => q.Source.ShouldBe("Desk"));

        app.Clock.Advance(TimeSpan.FromDays(8));

        (await app.SendAsync(person, new QuoteConversion(Money.Of(2, Currency.Parse("GBP")), "USD"))).Error.ShouldBe(ExchangeErrors.NoRate);
        (await app.SendAsync(person, new StoreExchangeRate("GBP", "USD", 1.5m, null, "Me"))).Error!.Code.ShouldBe("access.operators_only");
        (await app.SendAsync(Actors.Operator(), new StoreExchangeRate("GBP", "GBP", 0, null, ""))).Error!.Members!.Keys.ShouldBe(["quote", "rate", "source"], ignoreOrder: true);
    }

    [Fact]
    public async Task One_operator_moves_a_rate_a_little_and_two_move_it_far()
    {
        Actor first = Actors.Operator(), second = Actors.Operator();
        async Task<ExchangeRateStored> StoreAsync(decimal rate, string from = "CHF", string to = "USD") => (await app.SendAsync(first, new StoreExchangeRate(from, to, rate, null, "Desk"))).Value;
        async Task<decimal> RateAsync(string from, string to) => (await app.SendAsync(Actors.Person(Books.NewTenant()), new QuoteConversion(Money.Of(1, Currency.Parse(from)), to))).Value.Rate;
        var unknown = (await StoreAsync(1.25m)).Proposal!;
        (await app.SendAsync(first, new StoreExchangeRate("USD", "CHF", 0.8m, null, "Desk"))).Error.ShouldBe(ProposalErrors.OpenAlready);
        (await app.SendAsync(first, new ConfirmProposal(unknown.Id))).Error.ShouldBe(ProposalErrors.OwnProposal);
        (await app.SendAsync(second, new ConfirmProposal(unknown.Id))).Error.ShouldBeNull();
        (await RateAsync("CHF", "USD"), await RateAsync("USD", "CHF")).ShouldBe((1.25m, 0.8m));

        app.Clock.Advance(TimeSpan.FromSeconds(1));
        (await StoreAsync(1.375m)).Rate!.Rate.ShouldBe(1.375m);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        // Two small steps are no way around it, nor is the other direction.
        (await StoreAsync(1.376m)).Rate.ShouldBeNull();
        (await app.SendAsync(first, new DeclineProposal((await app.SendAsync(first, new ListProposals())).Value.Items[0].Id, "Not today."))).Error.ShouldBeNull();
        (await StoreAsync(0.6m, "USD", "CHF")).Rate.ShouldBeNull();
        (await RateAsync("CHF", "USD")).ShouldBe(1.375m);
        // One rate for both directions: there and back earns nothing.
        (await RateAsync("USD", "CHF")).ShouldBe(0.7272727272m);
        app.Clock.Advance(TimeSpan.FromDays(1));
        (await StoreAsync(1.5m)).Rate!.Rate.ShouldBe(1.5m);
    }

    [Fact]
    public async Task Each_rule_of_conversions_refuses()
    {
        var person = Actors.Person(Books.NewTenant());
        await app.FundAsync(person.RequiredTenant, 1_000_000);

        (await app.SendAsync(person, new ConvertMoney(Money.Usd(1.000001m), "EUR"))).Error.ShouldBe(LedgerErrors.InsufficientFunds);
        (await app.SendAsync(person, new ConvertMoney(Money.Usd(1), "USD"))).Error.ShouldBe(ExchangeErrors.SameCurrency);
        (await app.SendAsync(person, new ConvertMoney(Money.Usd(1), "CHF"))).Error.ShouldBe(ExchangeErrors.NoRate);
        (await app.SendAsync(person, new ConvertMoney(new Money(1, Usd), "EUR"))).Error.ShouldBe(ExchangeErrors.BuysNothing);
        (await app.SendAsync(person, new ConvertMoney(Money.Usd(1), "EUR", Money.Of(0.8m, Eur)))).Error.ShouldBe(ExchangeErrors.BelowMinimum);
        (await app.SendAsync(person, new ConvertMoney(Money.Usd(0), "XXX"))).Error!.Members!.Keys.ShouldBe(["sold", "to"], ignoreOrder: true);
        (await app.SendAsync(Actors.Person(person.RequiredTenant, Permissions.BillingView), new ConvertMoney(Money.Usd(1), "EUR"))).Error!.Code.ShouldBe("access.permission_missing");
        (await app.SendAsync(Actors.Person(Books.NewTenant()), new ConvertMoney(Money.Usd(1), "EUR"))).Error.ShouldBe(LedgerErrors.InsufficientFunds);
        (await app.BalanceAsync(AccountRef.Available(person.RequiredTenant, Usd))).ShouldBe(1_000_000);
    }

    private async Task<Actor> FoundedAsync()
    {
        var tenant = Books.NewTenant();
        await LiveKit.FoundAsync(app, tenant);
        await app.SqlAsync<int>($"update tenancy.tenants set created_at = '{app.Clock.GetUtcNow():O}' where id = '{tenant}'");
        return Actors.Person(tenant);
    }
}
