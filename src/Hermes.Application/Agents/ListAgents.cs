using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Agents;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Agents;

/// <summary>Agents of the own tenant and public ones.</summary>
/// <param name="Filter">Which.</param>
/// <param name="Limit">Rows per page; null for the default.</param>
/// <param name="Cursor">Where the previous page ended.</param>
[Requires(Permissions.AgentsRead)]
public sealed record ListAgents(AgentFilter Filter, int? Limit = null, string? Cursor = null) : IQuery<Page<AgentView>>;

internal sealed class ListAgentsValidator : AbstractValidator<ListAgents>
{
    public ListAgentsValidator() => RuleFor(r => r.Filter).SetValidator(new AgentFilterValidator()).OverridePropertyName("");
}

internal sealed class AgentFilterValidator : AbstractValidator<AgentFilter>
{
    public AgentFilterValidator()
    {
        RuleFor(f => f.Text).MaximumLength(200);
        RuleFor(f => f.Capability).MaximumLength(Slugs.MaxLength);
        RuleFor(f => f.Tag).MaximumLength(Slugs.MaxLength);
        RuleFor(f => f.Category).MaximumLength(Slugs.MaxLength);
        RuleFor(f => f.MaxPrice).InclusiveBetween(0, Money.MaxAmountMicroUnits / Money.MicroPerUnit);
        RuleFor(f => f.MinReputation).InclusiveBetween(0, 1);
        RuleFor(f => f.Currency).Must(c => Currency.TryParse(c, out _)).When(f => f.Currency is not null).WithMessage("Not a currency that Hermes books.");
    }
}

internal sealed class ListAgentsHandler(IAgentCatalogue catalogue, ICurrentActor current) : IRequestHandler<ListAgents, Result<Page<AgentView>>>
{
    public async Task<Result<Page<AgentView>>> Handle(ListAgents request, CancellationToken cancellationToken) =>
        await catalogue.ListAsync(request.Filter, current.Actor.Tenant, Paging.Clamp(request.Limit), request.Cursor, cancellationToken);
}
