namespace Hermes.Application.Shared;

/// <summary>An e-mail.</summary>
/// <param name="To">One address.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">Plain text; may hold a secret link, so it is stored encrypted and erased once sent.</param>
public sealed record Mail(string To, string Subject, string Text);

/// <summary>Mail that goes out when the change is committed, and not when it is rolled back.</summary>
public interface IMailbox
{
    /// <summary>Adds a mail to the present transaction; a background sender on any one node sends it, repeating until it went.</summary>
    void Post(Mail mail);
}

/// <summary>Carries mail out of the house: SMTP, or files in development.</summary>
public interface IMailSender
{
    /// <summary>Sends.</summary>
    /// <exception cref="MailFailedException">It did not go; trying again later may work.</exception>
    Task SendAsync(Guid id, Mail mail, CancellationToken cancellationToken);
}

/// <summary>A mail did not go.</summary>
public sealed class MailFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Absolute addresses of pages for mails: from configuration, never from a request's Host header.</summary>
public interface IPublicLinks
{
    /// <summary>The page's address.</summary>
    /// <param name="path">Path and query from the root, for instance <c>/confirm?token=…</c>.</param>
    string To(string path);
}
