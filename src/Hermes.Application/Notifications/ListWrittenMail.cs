using Hermes.Application.Shared;
using Hermes.Domain.Shared;
using MediatR;

namespace Hermes.Application.Notifications;

/// <summary>A mail that was written to a file instead of being sent.</summary>
/// <param name="Id">Its id.</param>
/// <param name="At">When it was written.</param>
/// <param name="To">To whom.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Text">Its text, links included.</param>
public sealed record WrittenMail(Guid Id, DateTimeOffset At, string To, string Subject, string Text);

/// <summary>Mail in the data folder; only in development.</summary>
public interface IWrittenMail
{
    /// <summary>False outside development, where the files are nobody's to read here.</summary>
    bool IsOpen { get; }

    /// <summary>The newest hundred, newest first.</summary>
    Task<IReadOnlyList<WrittenMail>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>Lists mails that development wrote to files.</summary>
[AllowsAnyone("Answers in development only; who runs that owns the files anyway.")]
public sealed record ListWrittenMail : IQuery<IReadOnlyList<WrittenMail>>;

/// <summary>Handles <see cref="ListWrittenMail"/>.</summary>
public sealed class ListWrittenMailHandler(IWrittenMail mail) : IRequestHandler<ListWrittenMail, Result<IReadOnlyList<WrittenMail>>>
{
    private static readonly Error Closed = Error.NotFound("notifications.mail_closed", "There is no such page.");

    /// <inheritdoc />
    public async Task<Result<IReadOnlyList<WrittenMail>>> Handle(ListWrittenMail request, CancellationToken cancellationToken) =>
        mail.IsOpen ? (await mail.ListAsync(cancellationToken)).ToList() : Closed;
}
