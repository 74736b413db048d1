using System.Globalization;
using System.Text.RegularExpressions;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Mesh;

/// <summary>Which contracts a list is about.</summary>
public enum ContractScope
{
    /// <summary>All that the viewer may see.</summary>
    All,
    /// <summary>Posted by the viewer's tenant.</summary>
    Mine,
    /// <summary>Taking bids now.</summary>
    Open,
    /// <summary>Bid on by the viewer's agents.</summary>
    Bid,
    /// <summary>Won by the viewer's agents.</summary>
    Won,
}

/// <summary>Order of a list of contracts.</summary>
public enum ContractSort
{
    /// <summary>Newest first.</summary>
    Newest,
    /// <summary>Window that closes first, first.</summary>
    Closing,
    /// <summary>Highest reward first.</summary>
    Reward,
}

/// <summary>Filters of a list of contracts; null and empty ones filter nothing.</summary>
public record ContractFilter
{
    /// <summary>Which contracts.</summary>
    public ContractScope Scope { get; init; }

    /// <summary>Only this state.</summary>
    public ContractState? State { get; init; }

    /// <summary>Only those that require this capability.</summary>
    public string? Capability { get; init; }

    /// <summary>Part of title or intent.</summary>
    public string? Text { get; init; }

    /// <summary>Least reward, in units of whatever currency it is in.</summary>
    public decimal? MinReward { get; init; }

    /// <summary>Most reward.</summary>
    public decimal? MaxReward { get; init; }

    /// <summary>Order.</summary>
    public ContractSort Sort { get; init; }
}

/// <summary>A page of the contracts that the viewer may see.</summary>
[Requires(Permissions.ContractsRead)]
public sealed record ListContracts : ContractFilter, IQuery<Page<ContractRow>>
{
    /// <summary>Rows, 1 to 100; 25 when null.</summary>
    public int? Limit { get; init; }

    /// <summary>Where the former page ended.</summary>
    public string? Cursor { get; init; }
}

/// <summary>A contract in a list.</summary>
/// <param name="Id">The contract.</param>
/// <param name="Title">One line.</param>
/// <param name="State">Where it is.</param>
/// <param name="Mine">Posted by the viewer's tenant.</param>
/// <param name="Reward">The budget.</param>
/// <param name="Price">What the winner gets, shown to poster and winner; null otherwise and before the award.</param>
/// <param name="RequiredCapabilities">Needed capabilities.</param>
/// <param name="CreatedAt">When it was written.</param>
/// <param name="BiddingClosesAt">When the window closes or closed.</param>
/// <param name="DeliverBy">When the result is due.</param>
/// <param name="WaitingForFunds">The award waits for the poster's wallet; shown to the poster only.</param>
/// <param name="WinnerAgentId">The winner, shown to poster and winner; null otherwise and before the award.</param>
public sealed record ContractRow(
    ContractId Id, string Title, ContractState State, bool Mine, Money Reward, Money? Price, IReadOnlyList<string> RequiredCapabilities,
    DateTimeOffset CreatedAt, DateTimeOffset? BiddingClosesAt, DateTimeOffset? DeliverBy, bool WaitingForFunds, AgentId? WinnerAgentId)
{
    internal static ContractRow Of(Contract contract, TenantId? viewer)
    {
        var mine = contract.TenantId == viewer;
        var concerned = mine || contract.WinnerTenantId == viewer;
        return new ContractRow(contract.Id, contract.Title, contract.State, mine, contract.Reward, concerned ? contract.Price : null,
            contract.RequiredCapabilities, contract.CreatedAt, contract.BiddingClosesAt, contract.DeliverBy, mine && contract.WaitingForFundsAt is not null, concerned ? contract.WinnerAgentId : null);
    }
}

internal sealed class ListContractsValidator : AbstractValidator<ListContracts>
{
    public ListContractsValidator()
    {
        RuleFor(r => r.Text).MaximumLength(200);
        RuleFor(r => r.Capability).MaximumLength(100);
        RuleFor(r => r.MinReward).InclusiveBetween(0m, 1_000_000_000m);
        RuleFor(r => r.MaxReward).InclusiveBetween(0m, 1_000_000_000m);
    }
}

internal sealed class ListContractsHandler(IMeshDb db, ICurrentActor current, TimeProvider clock)
    : IRequestHandler<ListContracts, Result<Page<ContractRow>>>
{
    public async Task<Result<Page<ContractRow>>> Handle(ListContracts request, CancellationToken cancellationToken)
    {
        var limit = Paging.Clamp(request.Limit);
        var contracts = ContractListing.Of(db, request, current.Actor, clock.GetUtcNow());
        var rows = await ContractListing.After(contracts, request.Sort, Paging.Decode(request.Cursor)).Take(limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Cut(rows, limit, row => ContractListing.PositionOf(row, request.Sort));
        return new Page<ContractRow>([.. page.Items.Select(c => ContractRow.Of(c, current.Actor.Tenant))], page.NextCursor);
    }
}

/// <summary>The one place where contract lists are filtered, sorted and cut.</summary>
internal static class ContractListing
{
    /// <summary>Filtered, not yet sorted.</summary>
    public static IQueryable<Contract> Of(IMeshDb db, ContractFilter filter, Actor actor, DateTimeOffset now)
    {
        var contracts = db.Contracts.AsNoTracking();
        var (tenant, agent) = (actor.Tenant, actor.Agent);
        contracts = filter.Scope switch
        {
            ContractScope.Mine => contracts.Where(c => c.TenantId == tenant),
            ContractScope.Open => contracts.Where(c => c.State == ContractState.Bidding && c.BiddingClosesAt > now && c.WaitingForFundsAt == null),
            ContractScope.Bid => contracts.Where(c => db.Bids.Any(b => b.ContractId == c.Id && b.State != BidState.Withdrawn && (agent != null ? b.AgentId == agent : b.TenantId == tenant))),
            ContractScope.Won => contracts.Where(c => agent != null ? c.WinnerAgentId == agent : c.WinnerTenantId == tenant),
            _ => contracts,
        };
        if (filter.State is { } state)
            contracts = contracts.Where(c => c.State == state);
        if (!string.IsNullOrWhiteSpace(filter.Capability))
        {
            var capability = filter.Capability.Trim().ToLowerInvariant();
            contracts = contracts.Where(c => c.RequiredCapabilities.Contains(capability));
        }
        if (!string.IsNullOrWhiteSpace(filter.Text))
        {
            var text = Regex.Escape(filter.Text.Trim());
            contracts = contracts.Where(c => Regex.IsMatch(c.Title, text, RegexOptions.IgnoreCase) || Regex.IsMatch(c.Intent, text, RegexOptions.IgnoreCase));
        }
        if (filter.MinReward is { } least)
        {
            var micro = (long)(least * Money.MicroPerUnit);
            contracts = contracts.Where(c => c.Reward.MicroUnits >= micro);
        }
        if (filter.MaxReward is { } most)
        {
            var micro = (long)(most * Money.MicroPerUnit);
            contracts = contracts.Where(c => c.Reward.MicroUnits <= micro);
        }
        return contracts;
    }

    /// <summary>Sorted, from the position on; a position that is not ours starts anew.</summary>
    public static IQueryable<Contract> After(IQueryable<Contract> contracts, ContractSort sort, string? position)
    {
        var parts = position?.Split('|') ?? [];
        var known = parts.Length == 2 && long.TryParse(parts[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out _) && Guid.TryParse(parts[1], out _);
        var (at, id) = known ? (long.Parse(parts[0], CultureInfo.InvariantCulture), Guid.Parse(parts[1])) : (0, default);
        var when = known && sort != ContractSort.Reward && at is >= 0 and <= 3_155_378_975_999_999_999 ? new DateTimeOffset(at, TimeSpan.Zero) : default;
        switch (sort)
        {
            case ContractSort.Closing:
                // Contracts without a window come last.
                if (known)
                    contracts = contracts.Where(c => (c.BiddingClosesAt ?? DateTimeOffset.MaxValue) > when || (c.BiddingClosesAt ?? DateTimeOffset.MaxValue) == when && ((Guid)(object)c.Id).CompareTo(id) > 0);
                return contracts.OrderBy(c => c.BiddingClosesAt ?? DateTimeOffset.MaxValue).ThenBy(c => c.Id);
            case ContractSort.Reward:
                if (known)
                    contracts = contracts.Where(c => c.Reward.MicroUnits < at || c.Reward.MicroUnits == at && ((Guid)(object)c.Id).CompareTo(id) < 0);
                return contracts.OrderByDescending(c => c.Reward.MicroUnits).ThenByDescending(c => c.Id);
            default:
                if (known)
                    contracts = contracts.Where(c => c.CreatedAt < when || c.CreatedAt == when && ((Guid)(object)c.Id).CompareTo(id) < 0);
                return contracts.OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id);
        }
    }

    /// <summary>The position of a row in its order.</summary>
    public static string PositionOf(Contract contract, ContractSort sort)
    {
        var at = sort switch
        {
            ContractSort.Closing => (contract.BiddingClosesAt ?? DateTimeOffset.MaxValue).UtcTicks,
            ContractSort.Reward => contract.Reward.MicroUnits,
            _ => contract.CreatedAt.UtcTicks,
        };
        return string.Create(CultureInfo.InvariantCulture, $"{at}|{contract.Id}");
    }
}
