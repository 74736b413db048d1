using Hermes.Domain.Shared;

namespace Hermes.Domain.Calls;

/// <summary>Where a caller wants a call's events sent.</summary>
public sealed class PushConfig : ITenantOwned
{
    /// <summary>Most configurations of one call.</summary>
    public const int MaxPerCall = 10;

    private PushConfig() { }

    /// <summary>Its call.</summary>
    public CallId CallId { get; private set; }

    /// <summary>Unique within the call; the caller's own or one of Hermes.</summary>
    public string Id { get; private set; } = "";

    /// <inheritdoc />
    public TenantId TenantId { get; private set; }

    /// <summary>Where to.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Token, scheme and credentials, encrypted; null for none.</summary>
    public string? Secret { get; private set; }

    /// <summary>The last event that was delivered; 0 for none.</summary>
    public int Delivered { get; private set; }

    /// <summary>Attempts at the next event that failed.</summary>
    public int Failures { get; private set; }

    /// <summary>When the next attempt is due; null when nothing waits or it was given up.</summary>
    public DateTimeOffset? NextAt { get; private set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>A new configuration; events after the present one are sent.</summary>
    public static Result<PushConfig> Make(Call call, string? id, string url, string? secret, TimeProvider clock)
    {
        if (url.Length > 2_048 || !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
            return CallErrors.BadPushUrl;
        var now = clock.GetUtcNow();
        return new PushConfig
        {
            CallId = call.Id,
            Id = string.IsNullOrWhiteSpace(id) || id.Length > 100 ? Guid.CreateVersion7(now).ToString() : id,
            TenantId = call.TenantId,
            Url = url,
            Secret = secret,
            Delivered = call.LastSequence,
            NextAt = now,
            CreatedAt = now,
        };
    }

    /// <summary>Replaces address and secret.</summary>
    public void Change(PushConfig other) => (Url, Secret, Failures, NextAt) = (other.Url, other.Secret, 0, other.NextAt);
}
