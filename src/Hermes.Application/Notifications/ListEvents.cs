using System.Globalization;
using FluentValidation;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Notifications;

/// <summary>Kept events that the caller may hear, oldest first.</summary>
/// <param name="Cursor">The id of the last event seen; null for the oldest.</param>
/// <param name="Limit">Events per page; null for the default.</param>
[RequiresSignIn]
public sealed record ListEvents(string? Cursor = null, int? Limit = null) : IQuery<Page<EventView>>;

internal sealed class ListEventsValidator : AbstractValidator<ListEvents>
{
    public ListEventsValidator() => RuleFor(r => r.Cursor)
        .Must(c => long.TryParse(c, NumberStyles.None, CultureInfo.InvariantCulture, out _)).When(r => !string.IsNullOrEmpty(r.Cursor))
        .WithMessage("The id of the last event seen.");
}

internal sealed class ListEventsHandler(IEventLog log, ICurrentActor current) : IRequestHandler<ListEvents, Result<Page<EventView>>>
{
    public async Task<Result<Page<EventView>>> Handle(ListEvents request, CancellationToken cancellationToken)
    {
        var after = string.IsNullOrEmpty(request.Cursor) ? 0 : long.Parse(request.Cursor, CultureInfo.InvariantCulture);
        var events = await log.ReadAsync(EventRights.Of(current.Actor), after, Paging.Clamp(request.Limit), cancellationToken);
        // A feed has no last page: whoever asks again with the same cursor gets what came since.
        return new Page<EventView>(events, events.Count == 0 ? null : events[^1].Id.ToString(CultureInfo.InvariantCulture));
    }
}
