using Hermes.Domain.Mesh;
using Hermes.Web.TagHelpers;

namespace Hermes.Web.Shell;

/// <summary>How receipts are drawn.</summary>
internal static class ReceiptText
{
    /// <summary>A bid's score as parts of a bar of 100 points.</summary>
    public static IReadOnlyList<BarPart> Parts(ReceiptBid bid, AwardReceipt receipt) =>
    [
        new("p1", bid.Components.Price * receipt.Weights.Price / 100), new("p2", bid.Components.Performance * receipt.Weights.Performance / 100),
        new("p3", bid.Components.Speed * receipt.Weights.Speed / 100), new("p4", bid.Components.Reputation * receipt.Weights.Reputation / 100),
    ];
}
