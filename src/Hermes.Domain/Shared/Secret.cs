using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Hermes.Domain.Shared;

/// <summary>
/// A credential that Hermes makes for a machine or a link: shown once, stored only as SHA-256. The text carries 256 random
/// bits, so that neither salt nor slow hashing is needed and a lookup by hash says nothing about near misses.
/// </summary>
/// <param name="Text">Prefix and 43 characters of base64url; never stored, never logged.</param>
/// <param name="Hash">32 bytes, unique.</param>
public sealed record Secret(string Text, byte[] Hash)
{
    /// <summary>Prefix of people's personal access tokens.</summary>
    public const string TokenPrefix = "hp_";

    /// <summary>Prefix of agents' keys.</summary>
    public const string AgentKeyPrefix = "hk_";

    /// <summary>Prefix of invitations' links.</summary>
    public const string InvitationPrefix = "hi_";

    private const int RandomBytes = 32;

    /// <summary>What people recognise it by in a list: prefix and the first four random characters.</summary>
    public string Hint => HintOf(Text);

    /// <summary>A new one.</summary>
    public static Secret Make(string prefix) => Of(prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes)));

    /// <summary>One whose text is given, at bootstrap.</summary>
    public static Secret Of(string text) => new(text, HashOf(text));

    /// <summary>SHA-256 of the text as UTF-8.</summary>
    public static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>True when the text could be one of ours, so that junk costs no lookup.</summary>
    public static bool LooksLike(string? text, string prefix) =>
        text is not null && text.Length >= prefix.Length + 20 && text.Length <= 200 && text.StartsWith(prefix, StringComparison.Ordinal);

    /// <summary>Prefix and the first four characters after it.</summary>
    public static string HintOf(string text) => text[..Math.Min(7, text.Length)] + "…";

    /// <inheritdoc />
    public override string ToString() => Hint;
}
