// hermes verify receipt.jws --jwks jwks.json
//
// Verifies the receipt of an award with nothing but the receipt and the installation's published keys
// (https://<installation>/.well-known/jwks.json): the signature, every component of every bid, the order, the tie-break
// and the winner. No network, no database. Exit code 0: it holds; 1: it doesn't; 2: called wrongly.
//
// hermes recompute outcomes.jsonl: see Recompute.cs.

using System.Globalization;
using System.Text.Json;
using Hermes.Domain.Mesh;
using Hermes.Verify;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["recompute", ..])
    return Recompute.Run(args[1..]);
var words = args.Length > 0 && args[0] == "verify" ? args[1..] : args;
if (words is not [var receiptPath, "--jwks", var keysPath])
{
    Console.Error.WriteLine("hermes verify <receipt.jws> --jwks <jwks.json>\nhermes recompute <outcomes.jsonl> [--on <yyyy-MM-dd>]");
    return 2;
}

string receipt, keys;
try
{
    receipt = ReadReceipt(receiptPath);
    keys = File.ReadAllText(keysPath);
}
catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(failure.Message);
    return 2;
}

var verdict = ReceiptVerifier.Verify(receipt, keys);
if (verdict.Receipt is { } said)
{
    Console.WriteLine($"Contract {said.ContractId}, award {said.Round} of {said.AwardedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff} UTC");
    Console.WriteLine($"Reward {said.RewardMicroUnits / 1_000_000m:0.00####} {said.Currency}; horizon {said.HorizonSeconds} s; weights: price {said.Weights.Price}, performance {said.Weights.Performance}, speed {said.Weights.Speed}, reputation {said.Weights.Reputation}");
    Console.WriteLine();
    Console.WriteLine($"{"rank",4}  {"bid",-36}  {"price",12}  {"price%",9}  {"perform.",9}  {"speed",9}  {"reputat.",9}  {"total",10}");
    foreach (var bid in said.Bids.OrderBy(b => b.Rank))
        Console.WriteLine($"{bid.Rank,4}  {bid.Bid,-36}  {bid.PriceMicroUnits / 1_000_000m,12:0.00####}  {bid.Components.Price,9:0.000000}  {bid.Components.Performance,9:0.000000}  {bid.Components.Speed,9:0.000000}  {bid.Components.Reputation,9:0.000000}  {bid.Components.Total,10:0.000000}{(bid.Bid == said.Winner ? "  winner" : "")}");
    Console.WriteLine();
    Console.WriteLine($"Tie-break: {JsonNamingPolicy.SnakeCaseLower.ConvertName(said.TieBreak.ToString())}. Signed by key {verdict.KeyId}: {(verdict.SignatureValid ? "valid" : "NOT VALID")}.");
}

foreach (var finding in verdict.Findings)
    Console.WriteLine($"- {finding}");
Console.WriteLine(verdict.Holds ? "The receipt holds: signed by this installation, and the winner follows from the bids." : "The receipt does NOT hold.");
return verdict.Holds ? 0 : 1;

// Either the bare JWS or the API's JSON answer that has it as "jws".
static string ReadReceipt(string path)
{
    var text = File.ReadAllText(path).Trim();
    if (!text.StartsWith('{'))
        return text;
    using var answer = JsonDocument.Parse(text);
    return answer.RootElement.TryGetProperty("jws", out var jws) ? jws.GetString() ?? "" : "";
}
