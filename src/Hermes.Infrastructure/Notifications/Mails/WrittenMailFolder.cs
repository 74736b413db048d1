using System.Text;
using Hermes.Application.Notifications;
using Microsoft.Extensions.Hosting;

namespace Hermes.Infrastructure.Notifications.Mails;

/// <summary>Reads back what <see cref="FileMailSender"/> wrote.</summary>
internal sealed class WrittenMailFolder(MailFolder folder, IHostEnvironment environment) : IWrittenMail
{
    private const int Most = 100;

    public bool IsOpen => environment.IsDevelopment();

    public async Task<IReadOnlyList<WrittenMail>> ListAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder.Path))
            return [];
        var mails = new List<WrittenMail>();
        foreach (var file in new DirectoryInfo(folder.Path).GetFiles("*.eml").OrderByDescending(f => f.LastWriteTimeUtc).Take(Most))
            if (Guid.TryParseExact(Path.GetFileNameWithoutExtension(file.Name), "N", out var id))
                mails.Add(Read(id, file.LastWriteTimeUtc, await File.ReadAllTextAsync(file.FullName, cancellationToken)));
        return mails;
    }

    private static WrittenMail Read(Guid id, DateTime at, string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var heads = text[..Math.Max(0, end)].Split("\r\n");
        string Head(string name) => heads.FirstOrDefault(h => h.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..] ?? "";
        return new WrittenMail(id, new DateTimeOffset(at, TimeSpan.Zero), Head("To"), Decoded(Head("Subject")), text[(end + 4)..]);
    }

    private static string Decoded(string subject) =>
        subject.StartsWith("=?utf-8?B?", StringComparison.Ordinal) && subject.EndsWith("?=", StringComparison.Ordinal)
            ? Encoding.UTF8.GetString(Convert.FromBase64String(subject[10..^2]))
            : subject;
}
