using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Text;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Mail = Hermes.Application.Shared.Mail;

namespace Hermes.Infrastructure.Notifications.Mails;

/// <summary>Hands mail to an SMTP server.</summary>
internal sealed class SmtpMailSender(MailSettings settings) : IMailSender
{
    private const int TimeoutMilliseconds = 20_000;

    public async Task SendAsync(Guid id, Mail mail, CancellationToken cancellationToken)
    {
        using var client = new SmtpClient(settings.Host, settings.Port) { EnableSsl = settings.Tls, Timeout = TimeoutMilliseconds };
        if (settings.User is not null)
            client.Credentials = new NetworkCredential(settings.User, settings.Password);
        using var message = new MailMessage(settings.From, mail.To, mail.Subject, mail.Text) { BodyEncoding = Encoding.UTF8, SubjectEncoding = Encoding.UTF8 };
        // The same id on a repeated sending lets mail programs drop the double.
        message.Headers.Add("Message-ID", $"<{id:N}@{settings.From.Split('@')[^1]}>");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeoutMilliseconds);
        try
        {
            await client.SendMailAsync(message, limit.Token);
        }
        catch (Exception failure) when (failure is SmtpException or FormatException or IOException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new MailFailedException(failure.Message, failure);
        }
    }
}

/// <summary>Where mails lie that are not sent: the data folder's <c>mail</c>.</summary>
/// <param name="Path">Absolute; made when the first mail is written.</param>
public sealed record MailFolder(string Path);

/// <summary>Writes each mail as a file (RFC 5322) that mail programs open.</summary>
internal sealed class FileMailSender(MailFolder folder, MailSettings settings, TimeProvider clock) : IMailSender
{
    public async Task SendAsync(Guid id, Mail mail, CancellationToken cancellationToken)
    {
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"From: Hermes <{settings.From}>\r\n")
            .Append(CultureInfo.InvariantCulture, $"To: {mail.To}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Subject: {Encoded(mail.Subject)}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Date: {clock.GetUtcNow().ToString("r", CultureInfo.InvariantCulture).Replace("GMT", "+0000", StringComparison.Ordinal)}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Message-ID: <{id:N}@{settings.From.Split('@')[^1]}>\r\n")
            .Append("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
            .Append(mail.Text.ReplaceLineEndings("\r\n")).Append("\r\n");
        try
        {
            Directory.CreateDirectory(folder.Path);
            var path = System.IO.Path.Combine(folder.Path, $"{id:N}.eml");
            await File.WriteAllTextAsync(path + ".part", text.ToString(), cancellationToken);
            File.Move(path + ".part", path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MailFailedException(failure.Message, failure);
        }
    }

    private static string Encoded(string subject) =>
        subject.All(c => c is >= ' ' and <= '~') ? subject : $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(subject))}?=";
}
