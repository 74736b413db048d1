using Hermes.Application.Mesh;
using Hermes.Domain.Shared;
using Hermes.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Hermes.Infrastructure.Mesh;

/// <summary>Due contracts by their partial indexes; locks that other nodes hold are skipped.</summary>
internal sealed class DueContracts(HermesDbContext db) : IDueContracts
{
    // {0} is now, {1} the limit, {2} whom to leave alone, {3} the one contract.
    private static readonly Dictionary<DueKind, Statements> Sql = new()
    {
        [DueKind.Settlement] = new("state = 'validated'", "validated_at"),
        [DueKind.Acceptance] = new("state = 'delivered' AND accept_by <= {0}", "accept_by"),
        [DueKind.Deadline] = new("state IN ('awarded', 'in_progress') AND deliver_by <= {0}", "deliver_by"),
    };

    public async Task<IReadOnlyList<ContractId>> LockAsync(DueKind kind, DateTimeOffset now, int limit, ContractId? only, IReadOnlyCollection<ContractId> except, CancellationToken cancellationToken)
    {
        var sql = Sql[kind];
        var ids = only is { } one
            ? db.Database.SqlQueryRaw<Guid>(sql.LockOne, now, limit, Ids(except), one.Value)
            : db.Database.SqlQueryRaw<Guid>(sql.LockAny, now, limit, Ids(except));
        return (await ids.ToListAsync(cancellationToken)).ConvertAll(ContractId.From);
    }

    public async Task<bool> LockOneAsync(ContractId contract, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<Guid>($"SELECT id AS \"Value\" FROM mesh.contracts WHERE id = {contract.Value} FOR NO KEY UPDATE").ToListAsync(cancellationToken)).Count == 1;

    public async Task<IReadOnlyList<ContractId>> ListAsync(DueKind kind, DateTimeOffset now, int limit, IReadOnlyCollection<ContractId> except, CancellationToken cancellationToken)
    {
        var sql = Sql[kind].List;
        return (await db.Database.SqlQueryRaw<Guid>(sql, now, limit, Ids(except)).ToListAsync(cancellationToken)).ConvertAll(ContractId.From);
    }

    private static Guid[] Ids(IReadOnlyCollection<ContractId> contracts) => [.. contracts.Select(c => c.Value)];

    private sealed record Statements(string Where, string Order)
    {
        private const string Select = "SELECT id AS \"Value\" FROM mesh.contracts WHERE ";
        private const string But = " AND id <> ALL ({2})";

        public string List { get; } = Select + Where + But + " ORDER BY " + Order + " LIMIT {1}";

        public string LockAny { get; } = Select + Where + But + " ORDER BY " + Order + " LIMIT {1} FOR NO KEY UPDATE SKIP LOCKED";

        public string LockOne { get; } = Select + Where + But + " AND id = {3} LIMIT {1} FOR NO KEY UPDATE";
    }
}
