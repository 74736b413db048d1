using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Marketplace;

/// <summary>Finds agents that can do something, among those that the caller may call.</summary>
/// <param name="Search">What is looked for.</param>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[Requires(Permissions.AgentsRead)]
public sealed record DiscoverAgents(AgentSearch Search, int? Limit = null, string? Cursor = null) : IQuery<Page<FoundAgent>>;

/// <summary>The marketplace's search, for anybody.</summary>
/// <param name="Search">What is looked for.</param>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[AllowsAnyone("public agents are on the marketplace; others are found by those who may call them")]
public sealed record SearchMarketplace(AgentSearch Search, int? Limit = null, string? Cursor = null) : IQuery<Page<FoundAgent>>;

internal sealed class AgentSearchValidator : AbstractValidator<AgentSearch>
{
    private const int LongestName = 64;

    public AgentSearchValidator()
    {
        RuleFor(s => s.Query).MaximumLength(500);
        RuleFor(s => s.Capabilities).Must(c => c.Count <= 20).WithMessage("At most 20.");
        RuleForEach(s => s.Capabilities).NotEmpty().MaximumLength(LongestName);
        RuleFor(s => s.Category).MaximumLength(LongestName);
        RuleFor(s => s.Language).MaximumLength(LongestName);
        RuleFor(s => s.Region).MaximumLength(LongestName);
        RuleFor(s => s.MinReputation).InclusiveBetween(0, 1);
        RuleFor(s => s.MaxPrice!.Value.MicroUnits).GreaterThanOrEqualTo(0).When(s => s.MaxPrice is not null).OverridePropertyName("MaxPrice");
        RuleFor(s => s.MaxLatencyMs).InclusiveBetween(1, 86_400_000);
        RuleFor(s => s.Order).IsInEnum();
        RuleFor(s => s.Visibility).Must(v => v is null or "public" or "tenant" or "permissioned").WithMessage("public, tenant or permissioned.");
    }
}

internal sealed class DiscoverAgentsValidator : AbstractValidator<DiscoverAgents>
{
    public DiscoverAgentsValidator() => RuleFor(r => r.Search).SetValidator(new AgentSearchValidator()).OverridePropertyName("");
}

internal sealed class SearchMarketplaceValidator : AbstractValidator<SearchMarketplace>
{
    public SearchMarketplaceValidator() => RuleFor(r => r.Search).SetValidator(new AgentSearchValidator()).OverridePropertyName("");
}

internal sealed class DiscoverAgentsHandler(IAgentFinder finder, ICurrentActor current)
    : IRequestHandler<DiscoverAgents, Result<Page<FoundAgent>>>, IRequestHandler<SearchMarketplace, Result<Page<FoundAgent>>>
{
    public Task<Result<Page<FoundAgent>>> Handle(DiscoverAgents request, CancellationToken cancellationToken) =>
        finder.FindAsync(request.Search, new Viewer(current.Actor.Tenant, current.Actor.Agent), Paging.Clamp(request.Limit), request.Cursor, cancellationToken);

    public Task<Result<Page<FoundAgent>>> Handle(SearchMarketplace request, CancellationToken cancellationToken) =>
        finder.FindAsync(request.Search, current.Actor.Viewer(), Paging.Clamp(request.Limit), request.Cursor, cancellationToken);
}

/// <summary>Who looks.</summary>
internal static class Viewers
{
    /// <summary>The actor where it may read its tenant's agents; else a visitor.</summary>
    public static Viewer Viewer(this Actor actor) => actor.Has(Permissions.AgentsRead) ? new(actor.Tenant, actor.Agent) : Marketplace.Viewer.Visitor;
}
