using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Compliance;
using Hermes.Infrastructure.Notifications;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Hermes.Infrastructure.Persistence;

/// <summary>One transaction per command, with its idempotency record, outbox and audit rows.</summary>
internal sealed class UnitOfWork(
    HermesDbContext db,
    ICurrentActor current,
    IIdempotencyKey idempotency,
    IDataProtectionProvider protection,
    IOutboxSignal signal,
    IdempotencySettings settings,
    TimeProvider clock) : IUnitOfWork, ITransactionalSend, IOutbox, IAudit, IPaysOnce
{
    private const int MaxRuns = 4;

    private readonly List<LiveEvent> _events = [];
    private readonly List<AuditEntry> _audit = [];
    private readonly List<Action> _afterCommit = [];
    private byte[]? _derived;

    public void Add(LiveEvent liveEvent) => _events.Add(liveEvent);

    public void AfterCommit(Action action) => _afterCommit.Add(action);

    public void Record(string action, string subjectType, Guid subjectId, object? before, object? after, TenantId? tenant = null, ProvedPerson? by = null) =>
        _audit.Add(new AuditEntry
        {
            Id = Guid.CreateVersion7(clock.GetUtcNow()),
            TenantId = tenant ?? current.Actor.Tenant ?? TenantId.Platform,
            At = clock.GetUtcNow(),
            ActorKind = SnakeCase.Of((by is null ? current.Actor.Kind : ActorKind.Person).ToString()),
            ActorId = by?.Id.Value ?? (current.Actor.SubjectId == Guid.Empty ? null : current.Actor.SubjectId),
            ActorName = by?.Email ?? current.Actor.Name,
            Action = action,
            SubjectType = subjectType,
            SubjectId = subjectId,
            Before = before is null ? null : JsonSerializer.Serialize(before, before.GetType(), HermesJson.Options),
            After = after is null ? null : JsonSerializer.Serialize(after, after.GetType(), HermesJson.Options),
            RequestId = current.RequestId,
            Address = current.Address,
        });

    public Task<Result<T>> RunAsync<T>(Func<Task<Result<T>>> work, CancellationToken cancellationToken) =>
        SendAsync<object, Result<T>>(work, cancellationToken);

    public async Task<TResponse> SendAsync<TRequest, TResponse>(Func<Task<TResponse>> work, CancellationToken cancellationToken, PaymentCause? cause = null)
        where TResponse : IFailable<TResponse>
    {
        if (db.Database.CurrentTransaction is not null)
            return await work();
        for (var run = 1; ; run++)
        {
            try
            {
                return await RunOnceAsync(work, cause, cancellationToken);
            }
            catch (Exception failure) when (run < MaxRuns && LostRace(failure))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(2, 10 * run)), clock, cancellationToken);
            }
            catch (Exception failure) when (LostRace(failure))
            {
                return TResponse.Fail(UnitOfWorkErrors.ConcurrentChange);
            }
            finally
            {
                Forget();
            }
        }
    }

    private async Task<TResponse> RunOnceAsync<TResponse>(Func<Task<TResponse>> work, PaymentCause? cause, CancellationToken cancellationToken)
        where TResponse : IFailable<TResponse>
    {
        // A failure rolls the whole transaction back, so a savepoint around each save would be two round trips for nothing.
        db.Database.AutoSavepointsEnabled = false;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var keyed = idempotency.Key is { } key && current.Actor.SubjectId != Guid.Empty;
        if (keyed)
        {
            var (claimed, earlier) = await ClaimAsync<TResponse>(cancellationToken);
            if (!claimed)
                return earlier!;
        }
        var answered = cause is null ? null : await DerivedAsync(cause, cancellationToken);
        var response = answered is null ? await work() : StoredAnswer<TResponse>.Read(answered);
        if (response.Error is not null)
            return response;
        var told = _events.Count > 0;
        db.AddRange(_audit);
        db.AddRange(_events.Select(e => OutboxMessage.Of(e, clock.GetUtcNow())));
        await db.SaveChangesAsync(cancellationToken);
        if (keyed)
            await StoreAsync(response, cancellationToken);
        if (_derived is not null)
            await StoreDerivedAsync(response, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (told)
            signal.Wake();
        foreach (var action in _afterCommit)
            action();
        return response;
    }

    private async Task<(bool Claimed, TResponse? Earlier)> ClaimAsync<TResponse>(CancellationToken cancellationToken) where TResponse : IFailable<TResponse>
    {
        var (subject, tenant, now) = (current.Actor.SubjectId, current.Actor.Tenant?.Value ?? Guid.Empty, clock.GetUtcNow());
        var fingerprint = idempotency.Fingerprint ?? [];
        // A concurrent call with the same key waits here for the first one's commit or rollback.
        var inserted = await db.Database.ExecuteSqlAsync($"""
            INSERT INTO shared.idempotency_records (subject_id, key, tenant_id, fingerprint, created_at)
            VALUES ({subject}, {idempotency.Key}, {tenant}, {fingerprint}, {now}) ON CONFLICT DO NOTHING
            """, cancellationToken);
        if (inserted == 1)
            return (true, default);
        var record = await db.Set<IdempotencyRecord>().AsNoTracking()
            .SingleOrDefaultAsync(r => r.SubjectId == subject && r.Key == idempotency.Key && r.TenantId == tenant, cancellationToken);
        if (record?.Answer is null || !record.Fingerprint.AsSpan().SequenceEqual(fingerprint))
            return (false, TResponse.Fail(UnitOfWorkErrors.KeyReused));
        return (false, StoredAnswer<TResponse>.Read(Protector.Unprotect(record.Answer)));
    }

    private Task<int> StoreAsync<TResponse>(TResponse response, CancellationToken cancellationToken) where TResponse : IFailable<TResponse>
    {
        var (subject, answer) = (current.Actor.SubjectId, Protector.Protect(StoredAnswer<TResponse>.Write(response)));
        return db.Database.ExecuteSqlAsync(
            $"UPDATE shared.idempotency_records SET answer = {answer} WHERE subject_id = {subject} AND key = {idempotency.Key}", cancellationToken);
    }

    public async Task<T?> EarlierAsync<T>(PaymentCause cause, CancellationToken cancellationToken) where T : class =>
        await DerivedAsync(cause, cancellationToken) is { } answer ? StoredAnswer<Result<T>>.Read(answer).Value : null;

    /// <summary>Claims the cause's key, or answers what was answered to it; null when it is claimed.</summary>
    private async Task<byte[]?> DerivedAsync(PaymentCause cause, CancellationToken cancellationToken)
    {
        if (settings.DerivedWindow == TimeSpan.Zero || current.Actor.Tenant is not { } tenant)
            return null;
        var now = clock.GetUtcNow();
        var key = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{cause.Purpose}\n{tenant}\n{current.Actor.SubjectId}\n{cause.SubjectId}\n{cause.Amount}\n{cause.Content}")));
        // Whoever claims the same key at this moment waits here for the first one's commit or rollback.
        var claimed = await db.Database.ExecuteSqlAsync($"""
            INSERT INTO shared.derived_keys AS k (key, tenant_id, purpose, created_at) VALUES ({key}, {tenant.Value}, {cause.Purpose}, {now})
            ON CONFLICT (key) DO UPDATE SET created_at = excluded.created_at, answer = NULL WHERE k.created_at <= {now - settings.DerivedWindow}
            """, cancellationToken);
        if (claimed == 1)
        {
            _derived = key;
            return null;
        }
        var record = await db.Set<DerivedKey>().AsNoTracking().SingleOrDefaultAsync(k => k.Key == key, cancellationToken);
        return record?.Answer is { } answer ? Protector.Unprotect(answer) : throw new DbUpdateConcurrencyException("The first command with this cause has just ended without an answer.");
    }

    private Task<int> StoreDerivedAsync<TResponse>(TResponse response, CancellationToken cancellationToken) where TResponse : IFailable<TResponse>
    {
        var (key, answer) = (_derived, Protector.Protect(StoredAnswer<TResponse>.Write(response)));
        return db.Database.ExecuteSqlAsync($"UPDATE shared.derived_keys SET answer = {answer} WHERE key = {key}", cancellationToken);
    }

    private IDataProtector Protector => protection.CreateProtector("hermes.idempotency");

    private void Forget()
    {
        _derived = null;
        db.ChangeTracker.Clear();
        _events.Clear();
        _audit.Clear();
        _afterCommit.Clear();
    }

    private static bool LostRace(Exception failure) => failure switch
    {
        DbUpdateConcurrencyException => true,
        PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure } => true,
        // Another transaction took the unique value first: run again, the handler's own check now sees it and says so.
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } => true,
        { InnerException: { } inner } => LostRace(inner),
        _ => false,
    };
}

/// <summary>Refusals of the unit of work.</summary>
public static class UnitOfWorkErrors
{
    /// <summary>Others changed the row again and again while this act tried to.</summary>
    public static readonly Error ConcurrentChange = Error.Conflict("request.concurrent_change", "This was changed by somebody else at the same time; read it again and repeat.");

    /// <summary>The key was used for another request.</summary>
    public static readonly Error KeyReused = Error.Invalid("idempotency.key_reused", "This Idempotency-Key was used with another request; use a new key.");
}

/// <summary>Wakes this node's outbox dispatcher after a commit; without it the events would wait for its next poll.</summary>
public interface IOutboxSignal
{
    /// <summary>There is something to dispatch.</summary>
    void Wake();
}

/// <summary>Reads and writes the value of a <see cref="Result{T}"/> known only by its type.</summary>
internal static class StoredAnswer<TResponse>
{
    private static readonly Type Value = typeof(TResponse).GetGenericArguments()[0];
    private static readonly System.Reflection.MethodInfo Wrap = typeof(TResponse).GetMethod("op_Implicit", [Value])!;

    public static byte[] Write(TResponse response) =>
        JsonSerializer.SerializeToUtf8Bytes(typeof(TResponse).GetProperty("Value")!.GetValue(response), Value, HermesJson.Options);

    public static TResponse Read(byte[] json) =>
        (TResponse)Wrap.Invoke(null, [JsonSerializer.Deserialize(json, Value, HermesJson.Options)])!;
}
