using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hermes.Application.Mesh;
using Hermes.Application.Mesh.Public;
using Hermes.Application.Shared.Settings;
using Hermes.Domain.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hermes.Infrastructure.Mesh;

/// <summary>
/// Signs receipts with ES256. The newest key that this node can decrypt signs; the first node that finds none makes one. A
/// key is never removed, so that old receipts can be verified for ever.
/// </summary>
internal sealed class ReceiptSigner(
    [FromKeyedServices(DataSources.Engine)] NpgsqlDataSource database, IDataProtectionProvider protection, InstallationSettings installation,
    TimeProvider clock, ILogger<ReceiptSigner> logger) : IReceiptSigner, IInstallationSigner, IDisposable
{
    private const long Lock = 0x48525369676E; // "HRSign"
    private const int AloneBelow = 16;
    private static readonly TimeSpan PublishedFor = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _loading = new(1);
    private volatile Signing? _signing;
    private volatile Published? _published;

    public string Issuer { get; } = installation.PublicUrl?.ToString().TrimEnd('/') ?? "";

    public async Task<IReadOnlyList<Receipt>> SignAsync(IReadOnlyList<AwardReceipt> receipts, CancellationToken cancellationToken)
    {
        var signing = _signing ?? await LoadAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var signed = new Receipt[receipts.Count];
        if (receipts.Count < AloneBelow)
        {
            using var key = signing.NewKey();
            for (var i = 0; i < receipts.Count; i++)
                signed[i] = Sign(receipts[i], signing, key, now);
        }
        else
        {
            // One key object per thread: what one instance does in two threads at once is not specified.
            Parallel.For(0, receipts.Count, signing.NewKey, (i, _, key) =>
            {
                signed[i] = Sign(receipts[i], signing, key, now);
                return key;
            }, key => key.Dispose());
        }
        return signed;
    }

    public async Task<string> PublishedKeysAsync(CancellationToken cancellationToken)
    {
        if (_published is { } published && clock.GetElapsedTime(published.At) < PublishedFor)
            return published.Jwks;
        if (_signing is null)
            await LoadAsync(cancellationToken);
        await using var command = database.CreateCommand("SELECT coalesce(jsonb_agg(public_jwk ORDER BY created_at DESC), '[]')::text FROM mesh.signing_keys");
        var keys = (string)(await command.ExecuteScalarAsync(cancellationToken))!;
        var jwks = $"{{\"keys\":{keys}}}";
        _published = new Published(jwks, clock.GetTimestamp());
        return jwks;
    }

    public async Task<DetachedSignature> SignAsync(ReadOnlyMemory<byte> payload, string keysUrl, CancellationToken cancellationToken)
    {
        var signing = _signing ?? await LoadAsync(cancellationToken);
        var header = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { alg = "ES256", kid = signing.Id, typ = "JOSE", jku = keysUrl }));
        using var key = signing.NewKey();
        var signature = key.SignData(Encoding.ASCII.GetBytes($"{header}.{Base64Url.EncodeToString(payload.Span)}"), HashAlgorithmName.SHA256);
        return new DetachedSignature(header, Base64Url.EncodeToString(signature));
    }

    public void Dispose() => _loading.Dispose();

    private static Receipt Sign(AwardReceipt receipt, Signing signing, ECDsa key, DateTimeOffset now)
    {
        var content = $"{signing.Header}.{Base64Url.EncodeToString(receipt.ToJson())}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256);
        return Receipt.Of(new ContractId(receipt.ContractId), receipt.Round, $"{content}.{Base64Url.EncodeToString(signature)}", signing.Id, now);
    }

    private async Task<Signing> LoadAsync(CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            return _signing ??= await FindOrMakeAsync(cancellationToken);
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task<Signing> FindOrMakeAsync(CancellationToken cancellationToken)
    {
        var protector = protection.CreateProtector("hermes.receipts");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var wait = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({Lock})", connection, transaction))
            await wait.ExecuteNonQueryAsync(cancellationToken);
        await using (var find = new NpgsqlCommand("SELECT id, protected_key FROM mesh.signing_keys ORDER BY created_at DESC", connection, transaction))
        await using (var reader = await find.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                try
                {
                    return Signing.Of(reader.GetString(0), protector.Unprotect(reader.GetFieldValue<byte[]>(1)));
                }
                catch (CryptographicException)
                {
                    logger.LogWarning("Receipt key {Key} can't be decrypted by this node and is used for verification only", reader.GetString(0));
                }
            }
        }
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (id, jwk) = Describe(key);
        var secret = key.ExportPkcs8PrivateKey();
        await using (var insert = new NpgsqlCommand("INSERT INTO mesh.signing_keys (id, public_jwk, protected_key, created_at) VALUES ($1, $2::jsonb, $3, $4)", connection, transaction))
        {
            insert.Parameters.Add(new NpgsqlParameter { Value = id });
            insert.Parameters.Add(new NpgsqlParameter { Value = jwk });
            insert.Parameters.Add(new NpgsqlParameter { Value = protector.Protect(secret) });
            insert.Parameters.Add(new NpgsqlParameter { Value = clock.GetUtcNow() });
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        logger.LogInformation("Made receipt key {Key}", id);
        return Signing.Of(id, secret);
    }

    // RFC 7638: the hash of the required members in alphabetical order.
    private static (string Id, string Jwk) Describe(ECDsa key)
    {
        var point = key.ExportParameters(false).Q;
        var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        var id = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{x}\",\"y\":\"{y}\"}}")));
        return (id, JsonSerializer.Serialize(new { kty = "EC", crv = "P-256", x, y, kid = id, alg = "ES256", use = "sig" }));
    }

    private sealed record Signing(string Id, string Header, byte[] Pkcs8)
    {
        public static Signing Of(string id, byte[] pkcs8) =>
            new(id, Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { alg = "ES256", typ = "hermes-award+jwt", kid = id })), pkcs8);

        public ECDsa NewKey()
        {
            var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(Pkcs8, out _);
            return key;
        }
    }

    private sealed record Published(string Jwks, long At);
}
