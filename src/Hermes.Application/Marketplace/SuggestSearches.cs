using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Marketplace;

/// <summary>Completes what somebody is typing into the search.</summary>
/// <param name="Text">What is there so far.</param>
/// <param name="Limit">Most suggestions, 1–20; null for 8.</param>
[AllowsAnyone("names of public agents are on the marketplace; others are suggested to those who may call them")]
public sealed record SuggestSearches(string Text, int? Limit = null) : IQuery<Suggestions>;

/// <summary>Suggestions, best first.</summary>
/// <param name="Items">At most as many as asked for.</param>
public sealed record Suggestions(IReadOnlyList<Suggestion> Items);

internal sealed class SuggestSearchesValidator : AbstractValidator<SuggestSearches>
{
    public SuggestSearchesValidator() => RuleFor(r => r.Text).NotNull().MaximumLength(200);
}

internal sealed class SuggestSearchesHandler(IAgentFinder finder, ICurrentActor current) : IRequestHandler<SuggestSearches, Result<Suggestions>>
{
    public async Task<Result<Suggestions>> Handle(SuggestSearches request, CancellationToken cancellationToken) =>
        new Suggestions(await finder.SuggestAsync(request.Text, current.Actor.Viewer(), Math.Clamp(request.Limit ?? 8, 1, 20), cancellationToken));
}
