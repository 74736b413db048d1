using Hermes.Application.Shared;
using Hermes.Domain.Billing;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Billing;

/// <summary>The tenant's invoices for plans, newest first.</summary>
/// <param name="Limit">Rows; null for the usual.</param>
/// <param name="Cursor">Where to go on; null for the beginning.</param>
[Requires(Permissions.BillingView)]
public sealed record ListInvoices(int? Limit = null, string? Cursor = null) : IQuery<Page<InvoiceView>>;

/// <summary>An invoice.</summary>
/// <param name="Id">Which.</param>
/// <param name="Number">As printed; null while it is a draft.</param>
/// <param name="State">How it stands.</param>
/// <param name="Subtotal">Before discount and tax.</param>
/// <param name="Discount">Taken off.</param>
/// <param name="Tax">Tax in the total.</param>
/// <param name="Total">To be paid in all.</param>
/// <param name="Paid">Paid of it.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="PaidAt">When it was paid; null before.</param>
/// <param name="PayUrl">Where it can be paid; null when it need not be.</param>
/// <param name="NextAttemptAt">When the provider tries again; null for never.</param>
public sealed record InvoiceView(
    InvoiceId Id, string? Number, InvoiceState State, Money Subtotal, Money Discount, Money Tax, Money Total, Money Paid, IReadOnlyList<InvoiceLineView> Lines,
    DateTimeOffset CreatedAt, DateTimeOffset? PaidAt, string? PayUrl, DateTimeOffset? NextAttemptAt)
{
    /// <summary>Who is billed; null in lists.</summary>
    public string? BilledTo { get; init; }

    /// <summary>Their tax id; null for none and in lists.</summary>
    public string? TaxId { get; init; }

    /// <summary>Of the stored row.</summary>
    public static InvoiceView Of(Invoice i)
    {
        Money Of(long minor) => MinorUnits.ToMoney(minor, i.Currency);
        return new(i.Id, i.Number, i.State, Of(i.SubtotalMinor), Of(i.DiscountMinor), Of(i.TaxMinor), Of(i.TotalMinor), Of(i.PaidMinor),
            [.. i.Lines.Select(l => new InvoiceLineView(l.Text, Of(l.Minor), l.Quantity))], i.CreatedAt, i.PaidAt, i.State == InvoiceState.Open ? i.HostedUrl : null, i.NextAttemptAt);
    }
}

/// <summary>A line of an invoice.</summary>
/// <param name="Text">What for.</param>
/// <param name="Amount">Below zero for what is given back.</param>
/// <param name="Quantity">How many; null when it says nothing.</param>
public sealed record InvoiceLineView(string Text, Money Amount, long? Quantity);

internal sealed class ListInvoicesHandler(IBillingDb db, ICurrentActor current) : IRequestHandler<ListInvoices, Result<Page<InvoiceView>>>
{
    public async Task<Result<Page<InvoiceView>>> Handle(ListInvoices request, CancellationToken cancellationToken)
    {
        var (tenant, limit, after) = (current.Actor.RequiredTenant, Paging.Clamp(request.Limit), SeekPosition.Read(request.Cursor));
        var query = db.Invoices.AsNoTracking().Where(i => i.TenantId == tenant);
        if (after is { } position)
            query = query.Where(i => i.CreatedAt < position.At || (i.CreatedAt == position.At && ((Guid)(object)i.Id).CompareTo(position.Id) < 0));
        var rows = await query.OrderByDescending(i => i.CreatedAt).ThenByDescending(i => i.Id).Take(limit + 1).ToListAsync(cancellationToken);
        return Paging.Cut(rows.ConvertAll(InvoiceView.Of), limit, i => SeekPosition.Write(i.CreatedAt, i.Id.Value));
    }
}
