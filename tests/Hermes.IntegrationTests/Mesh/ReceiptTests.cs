using System.Buffers.Text;
using System.Net;
using System.Text;
using Hermes.Application.Mesh;
using Hermes.Application.Shared;
using Hermes.Domain.Mesh;

namespace Hermes.IntegrationTests.Mesh;

/// <summary>Receipts: signed with the award, readable by those concerned, verifiable by anybody.</summary>
public sealed class ReceiptTests(MeshApp app) : IClassFixture<MeshApp>
{
    private async Task<(Actor Poster, Actor Loser, ReceiptView Receipt)> AwardedAsync()
    {
        var poster = await app.PosterAsync();
        var contract = await app.PostAsync(poster);
        var loser = await app.AgentAsync();
        await app.BidAsync(await app.AgentAsync(), contract, 3m);
        await app.BidAsync(loser, contract, 4m);
        await app.CloseAsync(contract);
        return (poster, loser, (await app.SendAsync(poster, new GetReceipt(contract))).Value);
    }

    [Fact]
    public async Task It_holds_with_the_published_keys_and_names_no_agent()
    {
        var (_, loser, receipt) = await AwardedAsync();
        var keys = await app.Client().GetStringAsync("/.well-known/jwks.json");

        var verdict = ReceiptVerifier.Verify(receipt.Jws, keys);

        verdict.Findings.ShouldBeEmpty();
        verdict.Holds.ShouldBeTrue();
        keys.ShouldContain(receipt.KeyId);
        keys.ShouldNotContain("\"d\"");
        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(receipt.Jws.Split('.')[1]));
        text.ShouldNotContain(loser.RequiredAgent.ToString());
        text.ShouldNotContain(loser.RequiredTenant.ToString());
        receipt.Receipt.Bids.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_changed_receipt_does_not_hold()
    {
        var (_, _, receipt) = await AwardedAsync();
        var keys = await app.Client().GetStringAsync("/.well-known/jwks.json");
        var parts = receipt.Jws.Split('.');
        var forged = receipt.Receipt with { Winner = receipt.Receipt.Bids[1].Bid };
        var verdict = ReceiptVerifier.Verify($"{parts[0]}.{Base64Url.EncodeToString(forged.ToJson())}.{parts[2]}", keys);
        verdict.SignatureValid.ShouldBeFalse();
        verdict.Findings.Count.ShouldBe(2);
        ReceiptVerifier.Verify("a.b", keys).Holds.ShouldBeFalse();
        ReceiptVerifier.Verify(receipt.Jws, "{\"keys\":[]}").Findings.ShouldHaveSingleItem().ShouldContain("No published key");
        ReceiptVerifier.Verify(receipt.Jws, "nonsense").Holds.ShouldBeFalse();
        (await app.SendAsync(Actor.Anonymous, new VerifyReceipt(receipt.Jws))).Value.Holds.ShouldBeTrue();
        (await app.SendAsync(Actor.Anonymous, new VerifyReceipt(receipt.Jws[..^4] + "AAAA"))).Value.SignatureValid.ShouldBeFalse();
    }

    [Fact]
    public async Task Poster_and_bidders_read_it_others_don_t_and_nobody_before_the_award()
    {
        var (_, loser, receipt) = await AwardedAsync();
        (await app.SendAsync(loser, new GetReceipt(receipt.ContractId))).Value.Jws.ShouldBe(receipt.Jws);
        (await app.SendAsync(await app.PosterAsync(0), new GetReceipt(receipt.ContractId))).Error.ShouldBe(MeshErrors.ContractNotFound);
        var poster = await app.PosterAsync();
        (await app.SendAsync(poster, new GetReceipt(await app.PostAsync(poster)))).Error.ShouldBe(MeshErrors.ReceiptNotFound);
    }

    [Fact]
    public async Task Neither_role_changes_a_receipt_an_award_or_a_key()
    {
        await AwardedAsync();
        foreach (var role in new[] { "hermes_app", "hermes_engine" })
            foreach (var table in new[] { "mesh.receipts", "mesh.awards", "mesh.signing_keys" })
                (await app.SqlAsync<bool>($"SELECT has_table_privilege('{role}', '{table}', 'UPDATE') OR has_table_privilege('{role}', '{table}', 'DELETE')")).ShouldBeFalse($"{role} {table}");
        (await app.SqlAsync<bool>("SELECT has_table_privilege('hermes_app', 'mesh.signing_keys', 'SELECT')")).ShouldBeFalse();
        (await app.SqlAsync<bool>("SELECT has_function_privilege('hermes_app', 'mesh.award_due(timestamptz, integer)', 'EXECUTE')")).ShouldBeFalse();
    }

    [Fact]
    public async Task Two_nodes_sign_with_one_key()
    {
        await AwardedAsync();
        await using var other = app.NewNode();
        var answer = await other.CreateClient().GetAsync("/.well-known/jwks.json");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/jwk-set+json");
        (await app.SqlAsync<long>("SELECT count(*) FROM mesh.signing_keys")).ShouldBe(1);
    }
}
