using System.Net;
using Hermes.IntegrationTests.Shared;

namespace Hermes.IntegrationTests.Identity;

public sealed class CreateTokenTests(OperatorApp app) : IClassFixture<OperatorApp>
{
    [Fact]
    public async Task The_first_operator_makes_a_tenant_whose_owner_gets_a_token_by_password()
    {
        var tenant = await app.TenantAsync();

        var me = await (await app.Client(tenant.Token).GetAsync("/api/v1/me")).JsonAsync(HttpStatusCode.OK);

        me.GetProperty("kind").GetString().ShouldBe("person");
        me.GetProperty("email").GetString().ShouldBe(tenant.Email);
        me.GetProperty("tenant").GetGuid().ShouldBe(tenant.Id.Value);
        me.GetProperty("is_operator").GetBoolean().ShouldBeFalse();
        me.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()).ShouldContain("users.manage");
    }
}
