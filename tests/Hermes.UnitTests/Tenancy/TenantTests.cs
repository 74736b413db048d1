using Hermes.Domain.Shared;
using Hermes.Domain.Tenancy;

namespace Hermes.UnitTests.Tenancy;

public sealed class TenantTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("acme")]
    [InlineData("acme-2")]
    [InlineData("a1b")]
    [InlineData("0123456789012345678901234567890123456789")]
    public void A_slug_is_a_label_of_a_host_name(string slug) => Slug.Check(slug).ShouldBeNull();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("-acme")]
    [InlineData("acme-")]
    [InlineData("xn--acme")]
    [InlineData("Acme")]
    [InlineData("ac me")]
    [InlineData("acmé")]
    [InlineData("ac.me")]
    [InlineData("01234567890123456789012345678901234567890")]
    public void Other_texts_are_none(string? slug) => Slug.Check(slug).ShouldBe(TenancyErrors.SlugInvalid);

    [Theory]
    [InlineData("www")]
    [InlineData("api")]
    [InlineData("platform")]
    [InlineData("admin")]
    public void Names_of_the_installation_are_reserved(string slug) => Slug.Check(slug).ShouldBe(TenancyErrors.SlugReserved);

    [Theory]
    [InlineData("Ada & Co", "ada-co")]
    [InlineData("  Zürich Air  ", "zurich-air")]
    [InlineData("A__B..C", "a-b-c")]
    [InlineData("日本", "")]
    public void A_slug_is_suggested_from_the_name(string name, string slug) => Slug.Suggest(name).ShouldBe(slug);

    [Fact]
    public void Names_lose_surrounding_blanks_and_may_not_be_empty_long_or_have_control_characters()
    {
        Tenant.CleanName("  Acme ").ShouldBe("Acme");
        Tenant.CleanName(" ").ShouldBeNull();
        Tenant.CleanName(new string('x', 101)).ShouldBeNull();
        Tenant.CleanName("Ac\nme").ShouldBeNull();
    }

    [Fact]
    public void Suspending_and_reactivating_alternate()
    {
        var tenant = Acme();
        tenant.Reactivate().Error.ShouldBe(TenancyErrors.NotSuspended);
        tenant.Suspend(" unpaid ", Now).Succeeded.ShouldBeTrue();
        (tenant.Status, tenant.SuspendedAt, tenant.SuspensionReason).ShouldBe((TenantStatus.Suspended, Now, "unpaid"));
        tenant.Suspend(null, Now).Error.ShouldBe(TenancyErrors.NotActive);
        tenant.Reactivate().Succeeded.ShouldBeTrue();
        (tenant.Status, tenant.SuspendedAt, tenant.SuspensionReason).ShouldBe((TenantStatus.Active, null, null));
    }

    [Fact]
    public void The_platform_is_never_suspended() =>
        Tenant.Platform(Now).Suspend(null, Now).Error.ShouldBe(TenancyErrors.PlatformFixed);

    [Fact]
    public void A_contact_is_an_address_or_nothing()
    {
        var tenant = Acme();
        tenant.SetContact("mail@acme.test").Succeeded.ShouldBeTrue();
        tenant.SetContact("not an address").Error.ShouldBe(TenancyErrors.ContactInvalid);
        tenant.ContactEmail.ShouldBe("mail@acme.test");
        tenant.SetContact(" ").Succeeded.ShouldBeTrue();
        tenant.ContactEmail.ShouldBeNull();
    }

    private static Tenant Acme() => Tenant.Found(new TenantId(Guid.CreateVersion7()), "acme", "Acme", Now).Value;
}
