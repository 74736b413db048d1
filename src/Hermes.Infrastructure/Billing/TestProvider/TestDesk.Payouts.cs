using System.Text.Json.Nodes;

namespace Hermes.Infrastructure.Billing.TestProvider;

internal sealed partial class TestDesk
{
    /// <summary>The account number that no bank knows, as in Stripe's documentation.</summary>
    public const string BadBank = "000111111116";

    private const int SecondsToBank = 2;

    private async Task<JsonObject> OpenAccountAsync(TestForm form)
    {
        var account = new JsonObject
        {
            ["id"] = NewId("acct"),
            ["object"] = "account",
            ["capabilities"] = new JsonObject { ["transfers"] = "inactive" },
            ["charges_enabled"] = false,
            ["country"] = form["country"] ?? "US",
            ["created"] = Now,
            ["default_currency"] = "usd",
            ["details_submitted"] = false,
            ["email"] = form["email"],
            ["metadata"] = form.Object("metadata"),
            ["payouts_enabled"] = false,
            ["requirements"] = new JsonObject { ["currently_due"] = new JsonArray("individual.first_name", "external_account", "tos_acceptance.date"), ["disabled_reason"] = "requirements.past_due" },
            ["type"] = form["type"] ?? "express",
            ["hermes_balance"] = 0,
        };
        await SaveAsync(account, "account");
        return account;
    }

    private async Task<JsonObject> LinkAsync(TestForm form)
    {
        var account = await GetAsync(form.Required("account"), "account");
        account["hermes_return_url"] = form.Required("return_url");
        await SaveAsync(account, "account");
        return new JsonObject { ["object"] = "account_link", ["created"] = Now, ["expires_at"] = Now + 300, ["url"] = $"{root}/test-payments/onboarding/{Text(account, "id")}" };
    }

    /// <summary>The payee said who they are; where they go then.</summary>
    public async Task<string> OnboardAsync(string id, string bank)
    {
        var account = await GetAsync(id, "account");
        (account["details_submitted"], account["payouts_enabled"], account["charges_enabled"]) = (true, true, true);
        account["capabilities"] = new JsonObject { ["transfers"] = "active" };
        account["requirements"] = new JsonObject { ["currently_due"] = new JsonArray(), ["disabled_reason"] = null };
        account["hermes_bank"] = bank;
        await SaveAsync(account, "account");
        await EmitAsync("account.updated", account, id);
        return TextOrNull(account, "hermes_return_url") ?? root;
    }

    private async Task<JsonObject> TransferAsync(TestForm form)
    {
        var account = await GetAsync(form.Required("destination"), "account");
        if (TextOrNull(account["capabilities"] as JsonObject, "transfers") != "active")
            throw new TestProviderException(400, "invalid_request_error", "insufficient_capabilities_for_transfer", "Your destination account needs to have at least one of the following capabilities enabled: transfers.");
        var amount = form.RequiredNumber("amount");
        var transfer = new JsonObject
        {
            ["id"] = NewId("tr"),
            ["object"] = "transfer",
            ["amount"] = amount,
            ["amount_reversed"] = 0,
            ["created"] = Now,
            ["currency"] = form.Required("currency"),
            ["description"] = null,
            ["destination"] = account["id"]!.DeepClone(),
            ["livemode"] = false,
            ["metadata"] = form.Object("metadata"),
            ["reversed"] = false,
            ["source_type"] = "card",
            ["transfer_group"] = form["transfer_group"],
        };
        transfer["balance_transaction"] = await BookAsync("transfer", Text(transfer, "id"), -amount, 0, Text(transfer, "currency"));
        account["hermes_balance"] = Number(account, "hermes_balance") + amount;
        await SaveAsync(account, "account");
        await SaveAsync(transfer, "transfer");
        await EmitAsync("transfer.created", transfer);
        return transfer;
    }

    private async Task<JsonObject> ReverseAsync(JsonObject transfer, TestForm form)
    {
        var amount = form.Number("amount") ?? Number(transfer, "amount");
        if (amount > Number(transfer, "amount") - Number(transfer, "amount_reversed"))
            throw new TestProviderException(400, "invalid_request_error", null, "The transfer has been reversed already.", "amount");
        var account = await GetAsync(Text(transfer, "destination"), "account");
        account["hermes_balance"] = Number(account, "hermes_balance") - amount;
        transfer["amount_reversed"] = Number(transfer, "amount_reversed") + amount;
        transfer["reversed"] = Number(transfer, "amount_reversed") == Number(transfer, "amount");
        var reversal = new JsonObject
        {
            ["id"] = NewId("trr"),
            ["object"] = "transfer_reversal",
            ["amount"] = amount,
            ["created"] = Now,
            ["currency"] = transfer["currency"]!.DeepClone(),
            ["metadata"] = new JsonObject(),
            ["transfer"] = transfer["id"]!.DeepClone(),
        };
        reversal["balance_transaction"] = await BookAsync("transfer_refund", Text(reversal, "id"), amount, 0, Text(transfer, "currency"));
        await SaveAsync(account, "account");
        await SaveAsync(transfer, "transfer");
        await SaveAsync(reversal, "transfer_reversal");
        await EmitAsync("transfer.reversed", transfer);
        return reversal;
    }

    private async Task<JsonObject> PayOutAsync(TestForm form, string? accountId)
    {
        var account = await GetAsync(accountId ?? throw new TestProviderException(400, "invalid_request_error", null, "Payouts of the platform itself are not part of this."), "account");
        var amount = form.RequiredNumber("amount");
        if (amount > Number(account, "hermes_balance"))
            throw new TestProviderException(400, "invalid_request_error", "balance_insufficient", "You have insufficient funds in your account for this transfer.", "amount");
        account["hermes_balance"] = Number(account, "hermes_balance") - amount;
        await SaveAsync(account, "account");
        var payout = new JsonObject
        {
            ["id"] = NewId("po"),
            ["object"] = "payout",
            ["amount"] = amount,
            ["arrival_date"] = Now + SecondsToBank,
            ["automatic"] = false,
            ["created"] = Now,
            ["currency"] = form.Required("currency"),
            ["description"] = null,
            ["destination"] = "ba_" + Text(account, "id"),
            ["failure_code"] = null,
            ["failure_message"] = null,
            ["livemode"] = false,
            ["metadata"] = form.Object("metadata"),
            ["method"] = "standard",
            ["source_type"] = "card",
            ["status"] = "pending",
            ["type"] = "bank_account",
            ["hermes_account"] = accountId,
        };
        await SaveAsync(payout, "payout", now.AddSeconds(SecondsToBank), accountId);
        await EmitAsync("payout.created", payout, accountId);
        return payout;
    }

    private async Task<JsonObject> ArriveAsync(JsonObject payout)
    {
        var accountId = Text(payout, "hermes_account");
        var account = await GetAsync(accountId, "account");
        var failed = TextOrNull(account, "hermes_bank") == BadBank;
        payout["status"] = failed ? "failed" : "paid";
        if (failed)
        {
            (payout["failure_code"], payout["failure_message"]) = ("no_account", "The bank account details on file are probably incorrect. No bank account could be located with those details.");
            account["hermes_balance"] = Number(account, "hermes_balance") + Number(payout, "amount");
            await SaveAsync(account, "account");
        }
        await SaveAsync(payout, "payout");
        await EmitAsync(failed ? "payout.failed" : "payout.paid", payout, accountId);
        return payout;
    }
}
