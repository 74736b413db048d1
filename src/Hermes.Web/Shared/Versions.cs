using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Hermes.Web.Shared;

/// <summary>An edited resource's version as <c>ETag</c> and <c>If-Match</c>.</summary>
public static class Versions
{
    /// <summary>Writes the <c>ETag</c>.</summary>
    public static void Write(HttpContext context, uint version) => context.Response.Headers.ETag = $"\"{version.ToString(CultureInfo.InvariantCulture)}\"";

    /// <summary>The version that <c>If-Match</c> names; null for none and for <c>*</c>. One that is not ours matches nothing: 0.</summary>
    public static uint? Expected(HttpRequest request)
    {
        var header = request.Headers.IfMatch;
        if (header.Count == 0 || header == "*")
            return null;
        return EntityTagHeaderValue.TryParse(header.ToString(), out var tag)
            && uint.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
    }
}
