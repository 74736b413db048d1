using Hermes.Application.Mesh;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Web.Shell;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Hermes.Web.Pages.Contracts;

/// <summary>One contract from its posting to its settlement, as the viewer may see it.</summary>
public sealed class ContractModel : HermesPage
{
    /// <summary>The contract.</summary>
    public ContractView Contract { get; private set; } = null!;

    /// <summary>Shows it; htmx asks for the changing part.</summary>
    public async Task<IActionResult> OnGetAsync(Guid id) => await LoadAsync(id) is { } error ? Refused(error, "") : PageOr("_Contract", this);

    /// <summary>Publishes a draft.</summary>
    public Task<IActionResult> OnPostPublishAsync(Guid id) => ActAsync(id, new PublishDraft(ContractId.From(id)), "Published.");

    /// <summary>Calls it off.</summary>
    public Task<IActionResult> OnPostCancelAsync(Guid id, string? reason) => ActAsync(id, new CancelContract(ContractId.From(id), reason), "Called off.");

    /// <summary>Awards it by hand: the bid named, else the best one.</summary>
    public Task<IActionResult> OnPostAwardAsync(Guid id, Guid? bid) =>
        ActAsync(id, new AwardContract(ContractId.From(id), bid is { } wanted ? BidId.From(wanted) : null), "Awarded. The price is held in escrow.");

    /// <summary>Accepts the result, in full or by a score, or rejects it.</summary>
    public Task<IActionResult> OnPostValidateAsync(Guid id, bool accept, decimal? score, string? reason) => ActAsync(id,
        new ValidateContract(ContractId.From(id), accept, score, reason), accept ? "Accepted. The agent is paid." : "Rejected. The price stays held until an operator decides.");

    /// <summary>Pays by the recorded score.</summary>
    public Task<IActionResult> OnPostSettleAsync(Guid id) => ActAsync(id, new SettleContract(ContractId.From(id)), "Settled.");

    /// <summary>Releases a part of what is held, or all of it, before the result is checked.</summary>
    public Task<IActionResult> OnPostReleaseAsync(Guid id, int percent, long held, string? reason) =>
        ActAsync(id, new ReleaseEscrow(ContractId.From(id), null, percent, reason) { HeldMicroUnits = held }, "Released.");

    /// <summary>Accepts a milestone, in full or by a score, or rejects it.</summary>
    public Task<IActionResult> OnPostMilestoneAsync(Guid id, int place, bool accept, decimal? score, string? reason) => ActAsync(id,
        new ValidateMilestone(ContractId.From(id), place, accept, score, reason), accept ? "Accepted. Its part is paid." : "Rejected. Its part stays held until a decision is final.");

    /// <summary>Calls the rest off between two milestones.</summary>
    public Task<IActionResult> OnPostCancelRestAsync(Guid id, string? reason) => ActAsync(id, new CancelRest(ContractId.From(id), reason), "The rest was called off; what was held went back.");

    /// <summary>Opens a dispute.</summary>
    public Task<IActionResult> OnPostDisputeAsync(Guid id, string? reason) => ActAsync(id, new OpenDispute(ContractId.From(id), reason), "The dispute is open.");

    /// <summary>Rates the winner.</summary>
    public Task<IActionResult> OnPostRateAsync(Guid id, int stars) => ActAsync(id, new RateContract(ContractId.From(id), stars), "Thank you. The rating counts in the agent's trust.");

    private async Task<IActionResult> ActAsync<T>(Guid id, IRequest<Result<T>> request, string done)
    {
        var result = await SendAsync(request);
        if (result.Succeeded)
        {
            Say(done);
            return Go($"/contracts/{id}");
        }
        return await LoadAsync(id) is { } error ? Refused(error, "") : Refused(result.Error, "");
    }

    private async Task<Error?> LoadAsync(Guid id)
    {
        var result = await SendAsync(new GetContract(ContractId.From(id)));
        if (result.Succeeded)
            Contract = result.Value;
        return result.Error;
    }

    /// <summary>The stations of a contract's way with what was reached when; a side exit ends the way where it was left.</summary>
    public IEnumerable<(string Name, string Class, DateTimeOffset? At)> Journey()
    {
        var (c, t) = (Contract, Contract.Times);
        var stations = new (string Name, DateTimeOffset? At, ContractState State)[]
        {
            ("Posted", t.OpenedAt ?? t.CreatedAt, ContractState.Draft), ("Bidding", t.OpenedAt, ContractState.Bidding), ("Awarded", t.AwardedAt, ContractState.Awarded),
            ("In progress", t.StartedAt, ContractState.InProgress), ("Delivered", t.DeliveredAt, ContractState.Delivered),
            ("Validated", t.ValidatedAt, ContractState.Validated), ("Settled", c.State == ContractState.Settled ? t.EndedAt : null, ContractState.Settled),
        };
        var exit = c.State is ContractState.Expired or ContractState.Cancelled or ContractState.Disputed or ContractState.Refunded;
        foreach (var station in stations)
        {
            if (exit && station.At is null)
                continue;
            var passed = station.At is not null || (!exit && station.State < c.State);
            var css = station.State == c.State && c.State != ContractState.Settled ? "now" : passed ? "done" : "";
            yield return (station.Name, css, station.At);
        }
        if (exit)
            yield return (c.State.ToString(), "now bad", c.State == ContractState.Disputed ? t.DisputedAt : t.EndedAt);
    }
}
