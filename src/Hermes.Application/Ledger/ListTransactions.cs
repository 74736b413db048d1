using System.Globalization;
using FluentValidation;
using Hermes.Application.Ledger.Public;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Ledger;
using Hermes.Domain.Ledger.Public;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Ledger;

/// <summary>The wallet's history with its running balance, newest first.</summary>
/// <param name="Filter">Which entries.</param>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[Requires(Permissions.BillingView)]
public sealed record ListTransactions(TransactionFilter Filter, int? Limit = null, string? Cursor = null) : IQuery<Page<EntryView>>;

/// <summary>Which entries; every part that is null lets all through.</summary>
/// <param name="Kind"><c>available</c>, <c>promotional</c> or <c>earnings</c>; an escrow's entries are its contract's.</param>
/// <param name="Currency">A code.</param>
/// <param name="Purpose">The purpose or its beginning: <c>contract.</c> for all of contracts.</param>
/// <param name="From">Earliest instant, included.</param>
/// <param name="To">Latest instant, not included.</param>
public sealed record TransactionFilter(string? Kind = null, string? Currency = null, string? Purpose = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

internal sealed class ListTransactionsValidator : AbstractValidator<ListTransactions>
{
    public ListTransactionsValidator()
    {
        RuleFor(r => r.Filter.Kind).Must(kind => kind is null || WalletKinds.Parse(kind) is not null)
            .OverridePropertyName("Kind").WithMessage("One of available, promotional and earnings.");
        RuleFor(r => r.Filter.Currency).Must(code => code is null || Currency.TryParse(code, out _))
            .OverridePropertyName("Currency").WithMessage("Not a currency that Hermes books.");
        RuleFor(r => r.Filter.Purpose).MaximumLength(Transfer.MaxNameLength).OverridePropertyName("Purpose");
        RuleFor(r => r.Filter.To).Must((r, to) => to is null || r.Filter.From is null || to > r.Filter.From)
            .OverridePropertyName("To").WithMessage("Must be later than 'from'.");
    }
}

/// <summary>The accounts that make up a wallet.</summary>
internal static class WalletKinds
{
    public static readonly AccountKind[] All = [AccountKind.Available, AccountKind.Promotional, AccountKind.Earnings];

    public static AccountKind? Parse(string text) => All.Cast<AccountKind?>().SingleOrDefault(kind => SnakeCase.Of(kind.ToString()!) == text);
}

/// <summary>
/// An account's entries are numbered and in time order, so a page is read from the end of a number range of each of the
/// wallet's few accounts and merged: it costs the same however long the history is.
/// </summary>
internal sealed class ListTransactionsHandler(ILedgerDb db, ICurrentActor current) : IRequestHandler<ListTransactions, Result<Page<EntryView>>>
{
    public async Task<Result<Page<EntryView>>> Handle(ListTransactions request, CancellationToken cancellationToken)
    {
        var (filter, limit, after) = (request.Filter, Paging.Clamp(request.Limit), Position.Parse(request.Cursor));
        var tenant = current.Actor.RequiredTenant;
        var kinds = filter.Kind is null ? WalletKinds.All : [WalletKinds.Parse(filter.Kind)!.Value];
        var accounts = await db.LedgerAccounts.AsNoTracking()
            .Where(a => a.OwnerId == tenant.Value && a.TenantId == tenant && kinds.Contains(a.Kind)).ToListAsync(cancellationToken);
        var rows = new List<(Position At, EntryView Entry)>();
        foreach (var account in accounts.Where(a => filter.Currency is null || a.Currency.Code == filter.Currency))
        {
            var last = account.EntryCount;
            if (filter.To is { } to)
                last = Math.Min(last, await db.SeqBeforeAsync(account, to, cancellationToken));
            if (after is not null)
                last = Math.Min(last, await LastBeforeAsync(account, after, cancellationToken));
            var first = filter.From is { } from ? await db.SeqBeforeAsync(account, from, cancellationToken) + 1 : 1;
            if (first > last)
                continue;
            var query = db.LedgerEntries.AsNoTracking().Where(entry => entry.AccountId == account.Id && entry.Seq >= first && entry.Seq <= last);
            if (!string.IsNullOrEmpty(filter.Purpose))
                query = query.Where(entry => entry.Purpose.StartsWith(filter.Purpose));
            var found = await query.OrderByDescending(entry => entry.Seq).Take(limit + 1).ToListAsync(cancellationToken);
            rows.AddRange(found.Select(entry => (new Position(entry.CreatedAt, account.Id.Value, entry.Seq), EntryView.Of(entry, account.Kind))));
        }
        rows.Sort((left, right) => right.At.CompareTo(left.At));
        var page = Paging.Cut(rows, limit, row => row.At.ToString());
        return new Page<EntryView>([.. page.Items.Select(row => row.Entry)], page.NextCursor);
    }

    /// <summary>The number of the account's last entry that comes after the position in the list.</summary>
    private Task<long> LastBeforeAsync(Account account, Position after, CancellationToken ct)
    {
        var order = account.Id.Value.CompareTo(after.Account);
        return order == 0
            ? Task.FromResult(after.Seq - 1)
            : db.SeqBeforeAsync(account, order < 0 ? after.At.AddMicroseconds(1) : after.At, ct);
    }

    /// <summary>A row's place in the list: by time, and at the same time by account.</summary>
    private sealed record Position(DateTimeOffset At, Guid Account, long Seq) : IComparable<Position>
    {
        public int CompareTo(Position? other) =>
            other is null ? 1
            : At != other.At ? At.CompareTo(other.At)
            : Account != other.Account ? Account.CompareTo(other.Account)
            : Seq.CompareTo(other.Seq);

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks} {Account:N} {Seq}");

        public static Position? Parse(string? cursor)
        {
            var parts = Paging.Decode(cursor)?.Split(' ');
            return parts is { Length: 3 } && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
                && ticks <= DateTimeOffset.MaxValue.Ticks - TimeSpan.TicksPerSecond && Guid.TryParseExact(parts[1], "N", out var account)
                && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
                ? new Position(new DateTimeOffset(ticks, TimeSpan.Zero), account, seq)
                : null;
        }
    }
}
