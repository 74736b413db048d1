using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Calls;
using Hermes.Domain.Identity;
using Hermes.Domain.Shared;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Application.Calls;

/// <summary>Where a caller wants a call's events sent.</summary>
/// <param name="Id">The caller's own name of it; null for one of Hermes.</param>
/// <param name="Url">Where to.</param>
/// <param name="Token">Sent along as <c>X-A2A-Notification-Token</c>; null for none.</param>
/// <param name="Scheme">Of the <c>Authorization</c> header; null for none.</param>
/// <param name="Credentials">Of the <c>Authorization</c> header; null for none.</param>
public sealed record PushConfigInput(string? Id, string Url, string? Token, string? Scheme, string? Credentials)
{
    internal string? Seal(IPushSecrets secrets) => Token is null && Scheme is null ? null : secrets.Protect(JsonSerializer.Serialize(new PushSecret(Token, Scheme, Credentials)));
}

/// <summary>What proves a push.</summary>
/// <param name="Token">Null for none.</param>
/// <param name="Scheme">Null for none.</param>
/// <param name="Credentials">Null for none.</param>
public sealed record PushSecret(string? Token, string? Scheme, string? Credentials)
{
    /// <summary>Opens a stored one.</summary>
    public static PushSecret Open(string? sealedText, IPushSecrets secrets) =>
        sealedText is null ? new PushSecret(null, null, null) : JsonSerializer.Deserialize<PushSecret>(secrets.Unprotect(sealedText))!;
}

/// <summary>A configuration as its owner sees it: credentials are never shown again.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CallId">Its call.</param>
/// <param name="Url">Where to.</param>
/// <param name="Token">What is sent along; null for none.</param>
/// <param name="Scheme">Null for none.</param>
public sealed record PushConfigView(string Id, CallId CallId, string Url, string? Token, string? Scheme)
{
    internal static PushConfigView Of(PushConfig config, IPushSecrets secrets)
    {
        var secret = PushSecret.Open(config.Secret, secrets);
        return new PushConfigView(config.Id, config.CallId, config.Url, secret.Token, secret.Scheme);
    }
}

/// <summary>Has a call's further events sent somewhere; the same id again changes where.</summary>
/// <param name="CallId">A call of the own tenant.</param>
/// <param name="Config">Where to.</param>
[Requires(Permissions.AgentsCall)]
public sealed record SetPushConfig(CallId CallId, PushConfigInput Config) : ICommand<PushConfigView>;

internal sealed class SetPushConfigHandler(ICallsDb db, IPushSecrets secrets, ICurrentActor current, TimeProvider clock) : IRequestHandler<SetPushConfig, Result<PushConfigView>>
{
    public async Task<Result<PushConfigView>> Handle(SetPushConfig request, CancellationToken cancellationToken)
    {
        if (await db.LockCallAsync(request.CallId, cancellationToken) is not { } call || call.TenantId != current.Actor.RequiredTenant)
            return CallErrors.NotFound;
        var made = PushConfig.Make(call, request.Config.Id, request.Config.Url, request.Config.Seal(secrets), clock);
        if (!made.Succeeded)
            return made.Error;
        var known = await db.PushConfigs.Where(p => p.CallId == call.Id).ToListAsync(cancellationToken);
        if (known.Find(p => p.Id == made.Value.Id) is { } present)
            present.Change(made.Value);
        else if (known.Count >= PushConfig.MaxPerCall)
            return CallErrors.TooManyPushConfigs;
        else
            db.PushConfigs.Add(made.Value);
        return PushConfigView.Of(made.Value, secrets);
    }
}
