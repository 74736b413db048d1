using Hermes.Application.Shared;
using Hermes.Application.Tenancy.Public;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Marketplace;

/// <summary>What the marketplace's filters can be set to: only what some agent has that the caller may call.</summary>
[AllowsAnyone("what public agents say of themselves is on the marketplace; other agents' count for those who may call them")]
public sealed record ListSearchChoices : IQuery<SearchChoices>;

/// <summary>Values of filters, each at most 100, the most used ones, by name.</summary>
/// <param name="Categories">Slugs.</param>
/// <param name="Languages">Slugs.</param>
/// <param name="Regions">Slugs.</param>
/// <param name="Organisations">Owners of agents.</param>
public sealed record SearchChoices(IReadOnlyList<string> Categories, IReadOnlyList<string> Languages, IReadOnlyList<string> Regions, IReadOnlyList<SearchOrganisation> Organisations);

/// <summary>An organisation whose agents can be looked for.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
public sealed record SearchOrganisation(TenantId Id, string Name);

internal sealed class ListSearchChoicesHandler(IAgentFinder finder, ITenants tenants, ICurrentActor current) : IRequestHandler<ListSearchChoices, Result<SearchChoices>>
{
    public async Task<Result<SearchChoices>> Handle(ListSearchChoices request, CancellationToken cancellationToken)
    {
        var used = await finder.ChoicesAsync(current.Actor.Viewer(), 100, cancellationToken);
        var organisations = await tenants.FindAsync(used.Organisations, cancellationToken);
        return new SearchChoices(used.Categories, used.Languages, used.Regions,
            [.. organisations.Values.Select(o => new SearchOrganisation(o.Id, o.Name)).OrderBy(o => o.Name, StringComparer.CurrentCultureIgnoreCase)]);
    }
}
