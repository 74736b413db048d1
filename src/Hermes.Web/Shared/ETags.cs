using System.Globalization;
using Hermes.Domain.Shared;

namespace Hermes.Web.Shared;

/// <summary><c>ETag</c> and <c>If-Match</c> of edited resources: the stored row's version in quotes.</summary>
public static class ETags
{
    /// <summary>An <c>If-Match</c> that no version of ours ever had.</summary>
    public static readonly Error Malformed = new("request.if_match_malformed", "If-Match takes one ETag as it was answered, in quotes.", ErrorKind.PreconditionFailed);

    /// <summary>Adds the <c>ETag</c> to the answer.</summary>
    public static void Set(HttpResponse response, uint version)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.Headers.ETag = $"\"{version.ToString(CultureInfo.InvariantCulture)}\"";
    }

    /// <summary>
    /// Reads <c>If-Match</c>. False when it is there and malformed: answer <see cref="Malformed"/>. The version is null
    /// when the header is absent or <c>*</c>.
    /// </summary>
    public static bool TryReadIfMatch(HttpRequest request, out uint? version)
    {
        ArgumentNullException.ThrowIfNull(request);
        version = null;
        var text = request.Headers.IfMatch.ToString().Trim();
        if (text.Length == 0 || text == "*")
            return true;
        if (text.Length < 3 || text[0] != '"' || text[^1] != '"' || !uint.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var read))
            return false;
        version = read;
        return true;
    }
}
