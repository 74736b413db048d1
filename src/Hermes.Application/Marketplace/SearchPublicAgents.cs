using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Marketplace;

/// <summary>Public listed agents that meet a text, best first: the best 300, whoever asks.</summary>
/// <param name="Text">What is looked for, 1–500 characters.</param>
[AllowsAnyone("the feed holds public agents only, whoever asks")]
public sealed record SearchPublicAgents(string Text) : IQuery<Page<FoundAgent>>;

internal sealed class SearchPublicAgentsValidator : AbstractValidator<SearchPublicAgents>
{
    public SearchPublicAgentsValidator() => RuleFor(r => r.Text).NotEmpty().MaximumLength(500);
}

internal sealed class SearchPublicAgentsHandler(IAgentFinder finder) : IRequestHandler<SearchPublicAgents, Result<Page<FoundAgent>>>
{
    private const int Best = 300;

    public Task<Result<Page<FoundAgent>>> Handle(SearchPublicAgents request, CancellationToken cancellationToken) =>
        finder.FindAsync(new AgentSearch { Query = request.Text }, Viewer.Visitor, Best, null, cancellationToken);
}
