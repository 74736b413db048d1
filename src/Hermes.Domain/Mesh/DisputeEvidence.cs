using System.Security.Cryptography;
using Hermes.Domain.Shared;

namespace Hermes.Domain.Mesh;

/// <summary>A text, a file or both that a side gave in a dispute; never changed.</summary>
public sealed class DisputeEvidence
{
    /// <summary>Most pieces of each side.</summary>
    public const int MaxPerSide = 10;

    /// <summary>Largest file, in bytes.</summary>
    public const int MaxFileBytes = 2 * 1024 * 1024;

    /// <summary>Longest text.</summary>
    public const int MaxText = 4_000;

    private DisputeEvidence()
    {
    }

    /// <summary>Its id.</summary>
    public Guid Id { get; private set; }

    /// <summary>The dispute.</summary>
    public DisputeId DisputeId { get; private set; }

    /// <summary>Who pays; it sees the evidence.</summary>
    public TenantId PosterTenantId { get; private set; }

    /// <summary>The winner's owner; it sees the evidence.</summary>
    public TenantId WinnerTenantId { get; private set; }

    /// <summary>Who gave it.</summary>
    public DisputeSide Side { get; private set; }

    /// <summary>The text; null when only a file was given.</summary>
    public string? Text { get; private set; }

    /// <summary>The file's name without folders, as it was given; null without a file.</summary>
    public string? FileName { get; private set; }

    /// <summary>What the file is by its content; null without a file.</summary>
    public string? ContentType { get; private set; }

    /// <summary>The file's size in bytes; null without a file.</summary>
    public int? Bytes { get; private set; }

    /// <summary>SHA-256 of the file in lower-case hex; null without a file.</summary>
    public string? Sha256 { get; private set; }

    /// <summary>When it was given.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>Takes a piece of evidence; refused when it is empty, too large or a file of a kind that is not taken.</summary>
    public static Result<DisputeEvidence> Give(Dispute dispute, DisputeSide side, string? text, string? fileName, ReadOnlySpan<byte> file, TimeProvider clock)
    {
        if (!dispute.TakesEvidence)
            return DisputeErrors.EvidenceOver;
        var words = string.IsNullOrWhiteSpace(text) ? null : text.Trim();
        if (words is null && file.IsEmpty)
            return DisputeErrors.EvidenceEmpty;
        if (file.Length > MaxFileBytes)
            return DisputeErrors.FileTooLarge;
        var type = file.IsEmpty ? null : ContentTypes.Of(file);
        if (!file.IsEmpty && type is null)
            return DisputeErrors.FileTypeRefused;
        var now = clock.GetUtcNow();
        return new DisputeEvidence
        {
            Id = Guid.CreateVersion7(now),
            DisputeId = dispute.Id,
            PosterTenantId = dispute.PosterTenantId,
            WinnerTenantId = dispute.WinnerTenantId,
            Side = side,
            Text = words,
            FileName = file.IsEmpty ? null : CleanName(fileName),
            ContentType = type,
            Bytes = file.IsEmpty ? null : file.Length,
            Sha256 = file.IsEmpty ? null : Convert.ToHexStringLower(SHA256.HashData(file)),
            At = now,
        };
    }

    // What follows the last separator, without what a header or a file system would trip over.
    private static string CleanName(string? name)
    {
        var last = (name ?? "").Split('/', '\\')[^1];
        var clean = new string([.. last.Where(c => !char.IsControl(c) && c is not ('"' or ';' or ':' or '*' or '?' or '<' or '>' or '|')).Take(100)]).Trim(' ', '.');
        return clean.Length == 0 ? "evidence" : clean;
    }
}

/// <summary>A file of a piece of evidence, apart so that lists don't read it.</summary>
public sealed class EvidenceFile
{
    private EvidenceFile()
    {
    }

    /// <summary>The evidence.</summary>
    public Guid EvidenceId { get; private set; }

    /// <summary>Who pays.</summary>
    public TenantId PosterTenantId { get; private set; }

    /// <summary>The winner's owner.</summary>
    public TenantId WinnerTenantId { get; private set; }

    /// <summary>The file.</summary>
    public byte[] Content { get; private set; } = [];

    /// <summary>Of evidence with a file.</summary>
    public static EvidenceFile Of(DisputeEvidence evidence, byte[] content) =>
        new() { EvidenceId = evidence.Id, PosterTenantId = evidence.PosterTenantId, WinnerTenantId = evidence.WinnerTenantId, Content = content };
}

/// <summary>What a file is by its first bytes; names and what a caller says count for nothing.</summary>
public static class ContentTypes
{
    /// <summary>The content type of a file that is taken as evidence; null for any other.</summary>
    public static string? Of(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]) ? "image/png"
        : file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "image/jpeg"
        : file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8) ? "image/gif"
        : file.Length > 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8) ? "image/webp"
        : file.StartsWith("%PDF-"u8) ? "application/pdf"
        : IsText(file) ? "text/plain"
        : null;

    // Valid UTF-8 without control characters other than tab and line ends, and nothing that a reader might run as a page.
    private static bool IsText(ReadOnlySpan<byte> file)
    {
        foreach (var b in file)
        {
            if (b < 0x20 && b is not (0x09 or 0x0A or 0x0D) || b == 0x7F)
                return false;
        }
        return System.Text.Unicode.Utf8.IsValid(file);
    }
}
