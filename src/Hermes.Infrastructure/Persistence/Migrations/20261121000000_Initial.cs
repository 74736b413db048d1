using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Hermes.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "calls");

            migrationBuilder.EnsureSchema(
                name: "billing");

            migrationBuilder.EnsureSchema(
                name: "ledger");

            migrationBuilder.EnsureSchema(
                name: "agents");

            migrationBuilder.EnsureSchema(
                name: "compliance");

            migrationBuilder.EnsureSchema(
                name: "mesh");

            migrationBuilder.EnsureSchema(
                name: "shared");

            migrationBuilder.EnsureSchema(
                name: "notifications");

            migrationBuilder.EnsureSchema(
                name: "trust");

            migrationBuilder.EnsureSchema(
                name: "marketplace");

            migrationBuilder.EnsureSchema(
                name: "identity");

            migrationBuilder.EnsureSchema(
                name: "tenancy");

            migrationBuilder.CreateTable(
                name: "access_requests",
                schema: "calls",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    caller_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    note = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    asked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_access_requests", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "access_rules",
                schema: "calls",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    effect = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    caller_tenant_id = table.Column<Guid>(type: "uuid", nullable: true),
                    caller_agent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_access_rules", x => x.id);
                    table.CheckConstraint("ck_access_rules_caller", "num_nonnulls(caller_tenant_id, caller_agent_id) = 1");
                });

            migrationBuilder.CreateTable(
                name: "accounts",
                schema: "billing",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    provider = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    customer_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    email = table.Column<string>(type: "character varying(254)", maxLength: 254, nullable: true),
                    legal_name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    country = table.Column<string>(type: "character varying(2)", maxLength: 2, nullable: true),
                    tax_id = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    overage_allowed = table.Column<bool>(type: "boolean", nullable: false),
                    payee_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    payee_ready = table.Column<bool>(type: "boolean", nullable: false),
                    payee_wants = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    payee_since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    rhythm = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    threshold_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    last_run = table.Column<DateOnly>(type: "date", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_accounts", x => x.tenant_id);
                    table.CheckConstraint("ck_accounts_threshold", "threshold_micro_units >= 0");
                });

            migrationBuilder.CreateTable(
                name: "accounts",
                schema: "ledger",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", maxLength: 40, nullable: false, collation: "C"),
                    owner_id = table.Column<Guid>(type: "uuid", nullable: false),
                    currency = table.Column<string>(type: "text", fixedLength: true, maxLength: 3, nullable: false, collation: "C"),
                    balance = table.Column<long>(type: "bigint", nullable: false),
                    may_be_negative = table.Column<bool>(type: "boolean", nullable: false, computedColumnSql: "kind in ('payment_clearing', 'promotions', 'exchange', 'receivables')", stored: true),
                    is_empty = table.Column<bool>(type: "boolean", nullable: false, computedColumnSql: "balance = 0", stored: true),
                    entry_count = table.Column<long>(type: "bigint", nullable: false),
                    opened_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_entry_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_accounts", x => x.id);
                    table.CheckConstraint("ck_accounts_not_overdrawn", "balance >= 0 or may_be_negative");
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 60);

            migrationBuilder.CreateTable(
                name: "agents",
                schema: "agents",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    description = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    capabilities = table.Column<string[]>(type: "text[]", nullable: false),
                    endpoint = table.Column<string>(type: "character varying(2048)", maxLength: 2048, nullable: true),
                    visibility = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    tags = table.Column<string[]>(type: "text[]", nullable: false),
                    categories = table.Column<string[]>(type: "text[]", nullable: false),
                    languages = table.Column<string[]>(type: "text[]", nullable: false),
                    regions = table.Column<string[]>(type: "text[]", nullable: false),
                    capacity = table.Column<int>(type: "integer", nullable: false),
                    derived_from = table.Column<Guid>(type: "uuid", nullable: true),
                    owed_basis_points = table.Column<int>(type: "integer", nullable: false),
                    royalty_basis_points = table.Column<int>(type: "integer", nullable: true),
                    status = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    listing = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false, defaultValueSql: "'listed'"),
                    registered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    base_price_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    base_price_micro_units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agents", x => x.id);
                    table.UniqueConstraint("ak_agents_tenant_id_id", x => new { x.tenant_id, x.id });
                    table.CheckConstraint("ck_agents_base_price", "base_price_micro_units >= 0");
                    table.CheckConstraint("ck_agents_capabilities", "cardinality(capabilities) between 1 and 50");
                    table.CheckConstraint("ck_agents_capacity", "capacity between 1 and 10000");
                    table.CheckConstraint("ck_agents_listing", "listing in ('unproved', 'listed', 'delisted')");
                    table.CheckConstraint("ck_agents_royalty", "royalty_basis_points between 0 and 1000 and owed_basis_points between 0 and 1000 and derived_from <> id");
                    table.CheckConstraint("ck_agents_status", "status in ('active', 'paused', 'retired')");
                    table.CheckConstraint("ck_agents_visibility", "visibility in ('public', 'tenant', 'permissioned')");
                });

            migrationBuilder.CreateTable(
                name: "audit_entries",
                schema: "compliance",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    actor_kind = table.Column<string>(type: "text", nullable: false),
                    actor_id = table.Column<Guid>(type: "uuid", nullable: true),
                    actor_name = table.Column<string>(type: "text", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false),
                    subject_type = table.Column<string>(type: "text", nullable: false),
                    subject_id = table.Column<Guid>(type: "uuid", nullable: false),
                    before = table.Column<string>(type: "jsonb", nullable: true),
                    after = table.Column<string>(type: "jsonb", nullable: true),
                    request_id = table.Column<string>(type: "text", nullable: false),
                    address = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_entries", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "calls",
                schema: "calls",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    caller_agent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    caller_person_id = table.Column<Guid>(type: "uuid", nullable: true),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    served_by = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    conversation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    context_id = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    transport = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    tariff = table.Column<string>(type: "jsonb", nullable: true),
                    units = table.Column<long>(type: "bigint", nullable: true),
                    charged_micro_units = table.Column<long>(type: "bigint", nullable: true),
                    promotional_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    payment = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    error_code = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    error_message = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    remote_task_id = table.Column<string>(type: "text", nullable: true),
                    remote_context_id = table.Column<string>(type: "text", nullable: true),
                    contract_id = table.Column<Guid>(type: "uuid", nullable: true),
                    last_sequence = table.Column<int>(type: "integer", nullable: false),
                    last_step = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    deadline_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    agent_due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    backup_agent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    handed_sequence = table.Column<int>(type: "integer", nullable: false),
                    carrier_id = table.Column<Guid>(type: "uuid", nullable: true),
                    carried_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    parent_call_id = table.Column<Guid>(type: "uuid", nullable: true),
                    chain_agents = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    mandate_id = table.Column<Guid>(type: "uuid", nullable: true),
                    subscription_id = table.Column<Guid>(type: "uuid", nullable: true),
                    project = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    price_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    price_micro_units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_calls", x => x.id);
                    table.CheckConstraint("ck_calls_charged", "charged_micro_units between 0 and price_micro_units and (charged_micro_units is null or payment = 'settled')");
                    table.CheckConstraint("ck_calls_ended", "(ended_at is not null) = (state in ('completed', 'failed', 'canceled', 'rejected'))");
                    table.CheckConstraint("ck_calls_paid", "ended_at is null or payment <> 'held'");
                    table.CheckConstraint("ck_calls_price", "price_micro_units >= 0 and promotional_micro_units between 0 and price_micro_units");
                    table.CheckConstraint("ck_calls_settled", "payment <> 'settled' or state = 'completed'");
                });

            migrationBuilder.CreateTable(
                name: "collaborations",
                schema: "calls",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    other_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    other_agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    note = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    invited_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    answered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_collaborations", x => x.id);
                    table.CheckConstraint("ck_collaborations_two", "agent_id <> other_agent_id");
                });

            migrationBuilder.CreateTable(
                name: "contracts",
                schema: "mesh",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    posted_by = table.Column<Guid>(type: "uuid", nullable: true),
                    title = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    intent = table.Column<string>(type: "character varying(8000)", maxLength: 8000, nullable: false),
                    context = table.Column<string>(type: "jsonb", nullable: false),
                    required_capabilities = table.Column<string[]>(type: "text[]", nullable: false),
                    bidding_window_seconds = table.Column<int>(type: "integer", nullable: false),
                    delivery_window_seconds = table.Column<int>(type: "integer", nullable: true),
                    acceptance_window_seconds = table.Column<int>(type: "integer", nullable: false),
                    validation = table.Column<string>(type: "jsonb", nullable: false),
                    visibility = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    invited_agents = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    invited_tenants = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    min_reputation = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false),
                    min_confidence = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false),
                    watch_bids = table.Column<bool>(type: "boolean", nullable: false),
                    reaward = table.Column<bool>(type: "boolean", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    starts_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    opened_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    bidding_closes_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    extended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    waiting_for_funds_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    funds_retry_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    awarded_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    rounds = table.Column<int>(type: "integer", nullable: false),
                    winner_bid_id = table.Column<Guid>(type: "uuid", nullable: true),
                    winner_agent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    winner_tenant_id = table.Column<Guid>(type: "uuid", nullable: true),
                    price_micro_units = table.Column<long>(type: "bigint", nullable: true),
                    promotional_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    early_agent_micro_units = table.Column<long>(type: "bigint", nullable: false, defaultValueSql: "0"),
                    early_platform_micro_units = table.Column<long>(type: "bigint", nullable: false, defaultValueSql: "0"),
                    early_refunded_micro_units = table.Column<long>(type: "bigint", nullable: false, defaultValueSql: "0"),
                    by_hand_micro_units = table.Column<long>(type: "bigint", nullable: false, defaultValueSql: "0"),
                    milestone_count = table.Column<int>(type: "integer", nullable: false, defaultValueSql: "0"),
                    first_due_seconds = table.Column<int>(type: "integer", nullable: true),
                    early_releases = table.Column<int>(type: "integer", nullable: false, defaultValueSql: "0"),
                    promised_seconds = table.Column<int>(type: "integer", nullable: true),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    deliver_by = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    delivered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    accept_by = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    validation_score = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: true),
                    validated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    stars = table.Column<int>(type: "integer", nullable: true),
                    disputed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    reason = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    chain_agents = table.Column<Guid[]>(type: "uuid[]", nullable: false, defaultValueSql: "'{}'"),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    max_price_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    max_price_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    reward_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    reward_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    weights_performance = table.Column<int>(type: "integer", nullable: false),
                    weights_price = table.Column<int>(type: "integer", nullable: false),
                    weights_reputation = table.Column<int>(type: "integer", nullable: false),
                    weights_speed = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contracts", x => x.id);
                    table.UniqueConstraint("ak_contracts_id_tenant_id", x => new { x.id, x.tenant_id });
                    table.CheckConstraint("ck_contracts_promotional", "promotional_micro_units between 0 and coalesce(price_micro_units, 0)");
                    table.CheckConstraint("ck_contracts_reward", "reward_micro_units > 0 and max_price_micro_units > 0 and max_price_currency = reward_currency");
                    table.CheckConstraint("ck_contracts_stars", "stars between 1 and 5");
                    table.CheckConstraint("ck_contracts_state", "state in ('draft','scheduled','bidding','awarded','in_progress','delivered','validated','settled','expired','cancelled','disputed','refunded')");
                    table.CheckConstraint("ck_contracts_weights", "weights_price >= 0 and weights_performance >= 0 and weights_speed >= 0 and weights_reputation >= 0 and weights_price + weights_performance + weights_speed + weights_reputation = 100");
                    table.CheckConstraint("ck_contracts_window", "state in ('draft','scheduled','cancelled') or bidding_closes_at is not null");
                    table.CheckConstraint("ck_contracts_winner", "state in ('draft','scheduled','bidding','expired','cancelled') or (winner_bid_id is not null and winner_agent_id is not null and winner_tenant_id is not null and price_micro_units is not null and (deliver_by is not null or milestone_count > 0))");
                });

            migrationBuilder.CreateTable(
                name: "credit_grants",
                schema: "ledger",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    reference = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    granted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    claimed_by = table.Column<Guid>(type: "uuid", nullable: true),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expired_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    expired_amount = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credit_grants", x => x.id);
                    table.CheckConstraint("ck_credit_grants_amount", "amount > 0 and expired_amount between 0 and amount");
                });

            migrationBuilder.CreateTable(
                name: "debts",
                schema: "billing",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    micro_units = table.Column<long>(type: "bigint", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_debts", x => new { x.tenant_id, x.currency });
                    table.CheckConstraint("ck_debts_amount", "micro_units >= 0");
                });

            migrationBuilder.CreateTable(
                name: "derived_keys",
                schema: "shared",
                columns: table => new
                {
                    key = table.Column<byte[]>(type: "bytea", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    purpose = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    answer = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_derived_keys", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "dispatch_state",
                schema: "notifications",
                columns: table => new
                {
                    only_row = table.Column<bool>(type: "boolean", nullable: false),
                    last_position = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_dispatch_state", x => x.only_row);
                    table.CheckConstraint("ck_dispatch_state_only_row", "only_row");
                });

            migrationBuilder.CreateTable(
                name: "earnings",
                schema: "trust",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    micro_units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_earnings", x => new { x.agent_id, x.currency });
                    table.CheckConstraint("ck_earnings_range", "micro_units >= 0");
                });

            migrationBuilder.CreateTable(
                name: "embeddings",
                schema: "marketplace",
                columns: table => new
                {
                    model = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    content_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    vector = table.Column<byte[]>(type: "bytea", nullable: false),
                    made_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_embeddings", x => new { x.model, x.content_hash });
                    table.CheckConstraint("ck_embeddings_hash", "octet_length(content_hash) = 32");
                });

            migrationBuilder.CreateTable(
                name: "entries",
                schema: "ledger",
                columns: table => new
                {
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    transfer_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    currency = table.Column<string>(type: "text", fixedLength: true, maxLength: 3, nullable: false, collation: "C"),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    balance_after = table.Column<long>(type: "bigint", nullable: false),
                    purpose = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    subject_type = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    subject_id = table.Column<Guid>(type: "uuid", nullable: false),
                    note = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_entries", x => new { x.account_id, x.seq });
                    table.CheckConstraint("ck_entries_amount", "amount <> 0");
                });

            migrationBuilder.CreateTable(
                name: "exchange_rates",
                schema: "ledger",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    @base = table.Column<string>(name: "base", type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    quote = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    rate = table.Column<decimal>(type: "numeric(20,10)", precision: 20, scale: 10, nullable: false),
                    as_of = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    source = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    stored_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_exchange_rates", x => x.id);
                    table.CheckConstraint("ck_exchange_rates_rate", "rate > 0 and base <> quote");
                });

            migrationBuilder.CreateTable(
                name: "idempotency_records",
                schema: "shared",
                columns: table => new
                {
                    subject_id = table.Column<Guid>(type: "uuid", nullable: false),
                    key = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    fingerprint = table.Column<byte[]>(type: "bytea", nullable: false),
                    answer = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_idempotency_records", x => new { x.subject_id, x.key });
                });

            migrationBuilder.CreateTable(
                name: "invitations",
                schema: "identity",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    email = table.Column<string>(type: "character varying(254)", maxLength: 254, nullable: false),
                    role = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    token_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    invited_by = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    accepted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_invitations", x => x.id);
                    table.CheckConstraint("ck_invitations_end", "accepted_at IS NULL OR revoked_at IS NULL");
                });

            migrationBuilder.CreateTable(
                name: "invoices",
                schema: "billing",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    provider = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    provider_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    number = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    subtotal_minor = table.Column<long>(type: "bigint", nullable: false),
                    discount_minor = table.Column<long>(type: "bigint", nullable: false),
                    tax_minor = table.Column<long>(type: "bigint", nullable: false),
                    total_minor = table.Column<long>(type: "bigint", nullable: false),
                    paid_minor = table.Column<long>(type: "bigint", nullable: false),
                    lines = table.Column<string>(type: "jsonb", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    paid_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    hosted_url = table.Column<string>(type: "character varying(2048)", maxLength: 2048, nullable: true),
                    next_attempt_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    booked_minor = table.Column<long>(type: "bigint", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_invoices", x => x.id);
                    table.CheckConstraint("ck_invoices_booked", "booked_minor >= 0");
                });

            migrationBuilder.CreateTable(
                name: "mails",
                schema: "notifications",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    content = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    sent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    failure = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mails", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "mandates",
                schema: "ledger",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    period = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    per_call = table.Column<long>(type: "bigint", nullable: true),
                    payee_agents = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    payee_tenants = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    capabilities = table.Column<string[]>(type: "text[]", nullable: false),
                    project = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: true),
                    starts_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    removed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    revision = table.Column<int>(type: "integer", nullable: false),
                    period_started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    spent = table.Column<long>(type: "bigint", nullable: false),
                    spent_in_all = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mandates", x => x.id);
                    table.CheckConstraint("ck_mandates_amount", "amount > 0 and (per_call is null or per_call between 1 and amount)");
                    table.CheckConstraint("ck_mandates_spent", "spent >= 0 and spent_in_all >= 0");
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 60);

            migrationBuilder.CreateTable(
                name: "members",
                schema: "identity",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    person_id = table.Column<Guid>(type: "uuid", nullable: false),
                    role = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    joined_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_members", x => new { x.tenant_id, x.person_id });
                });

            migrationBuilder.CreateTable(
                name: "nodes",
                schema: "notifications",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_nodes", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "outbox",
                schema: "notifications",
                columns: table => new
                {
                    seq = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    position = table.Column<long>(type: "bigint", nullable: true),
                    type = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    subject_type = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    subject_id = table.Column<Guid>(type: "uuid", nullable: false),
                    source_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    data = table.Column<string>(type: "jsonb", nullable: false),
                    audience_tenants = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    audience_agents = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    audience_eligible = table.Column<string>(type: "jsonb", nullable: true),
                    audience_everyone = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outbox", x => x.seq);
                });

            migrationBuilder.CreateTable(
                name: "outcomes",
                schema: "trust",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    contract_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    poster_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    poster = table.Column<int>(type: "integer", nullable: false),
                    sequence = table.Column<int>(type: "integer", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    success = table.Column<bool>(type: "boolean", nullable: false),
                    on_time = table.Column<bool>(type: "boolean", nullable: false),
                    quality = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false),
                    lost_in_dispute = table.Column<bool>(type: "boolean", nullable: false),
                    hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    stars = table.Column<short>(type: "smallint", nullable: true),
                    rating_sequence = table.Column<int>(type: "integer", nullable: true),
                    rated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    rating_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outcomes", x => new { x.agent_id, x.contract_id });
                    table.CheckConstraint("ck_outcomes_lost", "not (success and lost_in_dispute)");
                    table.CheckConstraint("ck_outcomes_quality", "quality between 0 and 1");
                    table.CheckConstraint("ck_outcomes_rating", "num_nulls(stars, rating_sequence, rated_at, rating_hash) in (0, 4)");
                    table.CheckConstraint("ck_outcomes_stars", "stars between 1 and 5");
                });

            migrationBuilder.CreateTable(
                name: "payouts",
                schema: "billing",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    provider = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    payee_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    transfer_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    provider_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    failure = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    scheduled = table.Column<bool>(type: "boolean", nullable: false),
                    requested_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    refusals = table.Column<int>(type: "integer", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    amount_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    amount_micro_units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_payouts", x => x.id);
                    table.CheckConstraint("ck_payouts_amount", "amount_micro_units > 0");
                });

            migrationBuilder.CreateTable(
                name: "people",
                schema: "identity",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    display_name = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    chosen_tenant_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    user_name = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true),
                    normalized_user_name = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true),
                    email = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true),
                    normalized_email = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true),
                    email_confirmed = table.Column<bool>(type: "boolean", nullable: false),
                    password_hash = table.Column<string>(type: "text", nullable: true),
                    security_stamp = table.Column<string>(type: "text", nullable: true),
                    concurrency_stamp = table.Column<string>(type: "text", nullable: true),
                    phone_number = table.Column<string>(type: "text", nullable: true),
                    phone_number_confirmed = table.Column<bool>(type: "boolean", nullable: false),
                    two_factor_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    lockout_end = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    lockout_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    access_failed_count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_people", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "personal_access_tokens",
                schema: "identity",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    person_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    token_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    hint = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    scopes = table.Column<string[]>(type: "text[]", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    parent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    last_used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_personal_access_tokens", x => x.id);
                    table.CheckConstraint("ck_personal_access_tokens_hash", "octet_length(token_hash) = 32");
                    table.ForeignKey(
                        name: "fk_personal_access_tokens_personal_access_tokens_parent_id",
                        column: x => x.parent_id,
                        principalSchema: "identity",
                        principalTable: "personal_access_tokens",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "policies",
                schema: "calls",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    requires_approval = table.Column<bool>(type: "boolean", nullable: false),
                    allowed_origins = table.Column<string[]>(type: "text[]", nullable: false),
                    max_calls_per_hour = table.Column<int>(type: "integer", nullable: true),
                    max_parallel = table.Column<int>(type: "integer", nullable: false),
                    timeout_seconds = table.Column<int>(type: "integer", nullable: false),
                    backup_agent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_policies", x => x.agent_id);
                });

            migrationBuilder.CreateTable(
                name: "preferences",
                schema: "mesh",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    person_id = table.Column<Guid>(type: "uuid", nullable: false),
                    max_price_micro_units = table.Column<long>(type: "bigint", nullable: true),
                    max_price_currency = table.Column<string>(type: "character varying(3)", maxLength: 3, nullable: true),
                    min_confidence = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false),
                    min_reputation = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    weights_performance = table.Column<int>(type: "integer", nullable: false),
                    weights_price = table.Column<int>(type: "integer", nullable: false),
                    weights_reputation = table.Column<int>(type: "integer", nullable: false),
                    weights_speed = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_preferences", x => new { x.tenant_id, x.person_id });
                    table.CheckConstraint("ck_preferences_max_price", "(max_price_micro_units is null) = (max_price_currency is null) and coalesce(max_price_micro_units, 1) > 0");
                    table.CheckConstraint("ck_preferences_weights", "weights_price + weights_performance + weights_speed + weights_reputation = 100");
                });

            migrationBuilder.CreateTable(
                name: "proposals",
                schema: "ledger",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    act = table.Column<string>(type: "jsonb", nullable: false),
                    subject_type = table.Column<string>(type: "text", nullable: false),
                    subject_id = table.Column<Guid>(type: "uuid", nullable: false),
                    what = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    why = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    proposed_by = table.Column<Guid>(type: "uuid", nullable: false),
                    proposed_by_name = table.Column<string>(type: "text", nullable: false),
                    proposed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    decided_by = table.Column<Guid>(type: "uuid", nullable: true),
                    decided_by_name = table.Column<string>(type: "text", nullable: true),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    decline_reason = table.Column<string>(type: "text", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    amount_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    amount_micro_units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_proposals", x => x.id);
                    table.CheckConstraint("ck_proposals_two", "state <> 'confirmed' or decided_by <> proposed_by");
                });

            migrationBuilder.CreateTable(
                name: "protection_keys",
                schema: "identity",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    xml = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_protection_keys", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "purchases",
                schema: "billing",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    charged_minor = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    way = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    provider = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    checkout_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    checkout_url = table.Column<string>(type: "character varying(2048)", maxLength: 2048, nullable: true),
                    payment_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    last_failure = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    refunded_minor = table.Column<long>(type: "bigint", nullable: false),
                    refunding_minor = table.Column<long>(type: "bigint", nullable: false),
                    refund_due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    disputed_minor = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    paid_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    amount_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    amount_micro_units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_purchases", x => x.id);
                    table.CheckConstraint("ck_purchases_back", "refunded_minor between 0 and charged_minor and disputed_minor between 0 and charged_minor");
                    table.CheckConstraint("ck_purchases_charged", "charged_minor > 0 and amount_micro_units > 0");
                    table.CheckConstraint("ck_purchases_paid", "(state = 'paid') = (paid_at is not null)");
                    table.CheckConstraint("ck_purchases_refund", "refunding_minor between 0 and charged_minor and (refund_due_at is null or refunding_minor > 0)");
                });

            migrationBuilder.CreateTable(
                name: "reconciliation_cases",
                schema: "ledger",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    subject = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    one_side = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    other_side = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    found_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    note = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    decided_by = table.Column<string>(type: "character varying(320)", maxLength: 320, nullable: true),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_reconciliation_cases", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "reconciliation_runs",
                schema: "ledger",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    accounts = table.Column<long>(type: "bigint", nullable: false),
                    entries = table.Column<long>(type: "bigint", nullable: false),
                    escrows = table.Column<long>(type: "bigint", nullable: false),
                    movements = table.Column<long>(type: "bigint", nullable: false),
                    differences = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_reconciliation_runs", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "referrals",
                schema: "ledger",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    referrer_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    entered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    rewarded_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_referrals", x => x.tenant_id);
                    table.CheckConstraint("ck_referrals_other", "tenant_id <> referrer_tenant_id");
                });

            migrationBuilder.CreateTable(
                name: "score_history",
                schema: "trust",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    on_date = table.Column<DateOnly>(type: "date", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    score = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false),
                    effective = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false),
                    contracts = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_score_history", x => new { x.agent_id, x.on_date });
                });

            migrationBuilder.CreateTable(
                name: "scores",
                schema: "trust",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    contracts = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    successes = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    on_time = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    ratings = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    stars = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    quality_sum = table.Column<decimal>(type: "numeric(14,4)", precision: 14, scale: 4, nullable: false, defaultValue: 0m),
                    quality_square_sum = table.Column<decimal>(type: "numeric(18,8)", precision: 18, scale: 8, nullable: false, defaultValue: 0m),
                    first_on = table.Column<DateOnly>(type: "date", nullable: true),
                    other_posters = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    score = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false, defaultValue: 0.5m),
                    effective = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false, defaultValue: 0.5m),
                    grade = table.Column<string>(type: "character varying(2)", maxLength: 2, nullable: true),
                    success_rate = table.Column<decimal>(type: "numeric(7,6)", precision: 7, scale: 6, nullable: false, computedColumnSql: "round(successes::numeric / greatest(contracts, 1), 6)", stored: true),
                    charted = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false, defaultValue: 0.5m),
                    last_sequence = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    last_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, defaultValue: "0000000000000000000000000000000000000000000000000000000000000000"),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_scores", x => x.agent_id);
                    table.CheckConstraint("ck_scores_counters", "successes between 0 and contracts and on_time between 0 and contracts and ratings between 0 and contracts");
                    table.CheckConstraint("ck_scores_range", "score between 0 and 1 and effective between 0 and 1");
                });

            migrationBuilder.CreateTable(
                name: "shares",
                schema: "ledger",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    subject_type = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    subject_id = table.Column<Guid>(type: "uuid", nullable: false),
                    party = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    place = table.Column<int>(type: "integer", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    earner_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    payer_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    basis_points = table.Column<int>(type: "integer", nullable: false),
                    amount_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    transfer_id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_shares", x => x.id);
                    table.CheckConstraint("ck_shares_amount", "amount_micro_units >= 0");
                    table.CheckConstraint("ck_shares_basis_points", "basis_points between 0 and 10000");
                });

            migrationBuilder.CreateTable(
                name: "signing_keys",
                schema: "mesh",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    public_jwk = table.Column<string>(type: "jsonb", nullable: false),
                    protected_key = table.Column<byte[]>(type: "bytea", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_signing_keys", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "spend_policies",
                schema: "ledger",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    mandates_required = table.Column<bool>(type: "boolean", nullable: false),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_spend_policies", x => x.tenant_id);
                });

            migrationBuilder.CreateTable(
                name: "split_settings",
                schema: "ledger",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    organisation_basis_points = table.Column<int>(type: "integer", nullable: false),
                    referrer_tenant_id = table.Column<Guid>(type: "uuid", nullable: true),
                    referrer_basis_points = table.Column<int>(type: "integer", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_split_settings", x => x.tenant_id);
                    table.CheckConstraint("ck_split_settings_organisation", "organisation_basis_points between 0 and 1000");
                    table.CheckConstraint("ck_split_settings_referrer", "referrer_basis_points between 0 and 500 and (referrer_tenant_id is null) = (referrer_basis_points = 0)");
                });

            migrationBuilder.CreateTable(
                name: "subscriptions",
                schema: "billing",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    plan = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    next_plan = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    provider = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: true),
                    provider_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    period_start = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    period_end = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    cancel_at_period_end = table.Column<bool>(type: "boolean", nullable: false),
                    past_due_since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    told_standing = table.Column<int>(type: "integer", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriptions", x => x.tenant_id);
                    table.CheckConstraint("ck_subscriptions_provider", "num_nulls(provider, provider_id) in (0, 2)");
                });

            migrationBuilder.CreateTable(
                name: "subscriptions",
                schema: "calls",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    terms = table.Column<string>(type: "jsonb", nullable: false),
                    next_terms = table.Column<string>(type: "jsonb", nullable: true),
                    period = table.Column<int>(type: "integer", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    period_starts_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    period_ends_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    used_calls = table.Column<long>(type: "bigint", nullable: false),
                    cancelled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    end_reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriptions", x => x.id);
                    table.CheckConstraint("ck_subscriptions_ended", "(ended_at is null) = (end_reason is null)");
                    table.CheckConstraint("ck_subscriptions_others", "tenant_id <> agent_tenant_id");
                    table.CheckConstraint("ck_subscriptions_period", "period >= 1 and period_starts_at < period_ends_at");
                    table.CheckConstraint("ck_subscriptions_used", "used_calls >= 0 and used_calls <= (terms->'subscription'->>'included_calls')::bigint");
                });

            migrationBuilder.CreateTable(
                name: "tenants",
                schema: "tenancy",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    slug = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    status = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    plan = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    contact_email = table.Column<string>(type: "character varying(254)", maxLength: 254, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    suspended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    suspension_reason = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_tenants", x => x.id);
                    table.CheckConstraint("ck_tenants_slug", "slug ~ '^[a-z0-9](-?[a-z0-9])+$'");
                    table.CheckConstraint("ck_tenants_suspended", "(status = 'suspended') = (suspended_at IS NOT NULL)");
                });

            migrationBuilder.CreateTable(
                name: "transfers",
                schema: "ledger",
                columns: table => new
                {
                    idempotency_key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    fingerprint = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_transfers", x => x.idempotency_key);
                });

            migrationBuilder.CreateTable(
                name: "usage",
                schema: "billing",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    use = table.Column<string>(type: "character varying(10)", maxLength: 10, nullable: false),
                    starts_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    count = table.Column<long>(type: "bigint", nullable: false),
                    over = table.Column<long>(type: "bigint", nullable: false),
                    reported = table.Column<long>(type: "bigint", nullable: false),
                    reporting = table.Column<long>(type: "bigint", nullable: false),
                    warned = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_usage", x => new { x.tenant_id, x.use, x.starts_at });
                });

            migrationBuilder.CreateTable(
                name: "webhook_events",
                schema: "billing",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    provider = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    event_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    type = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    object_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    payload = table.Column<string>(type: "text", nullable: false),
                    occurred_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    fetched = table.Column<bool>(type: "boolean", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    leased_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    failure = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    done_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_webhook_events", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "agent_keys",
                schema: "agents",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    prefix = table.Column<string>(type: "character varying(9)", maxLength: 9, nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    scopes = table.Column<string[]>(type: "text[]", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_keys", x => x.id);
                    table.CheckConstraint("ck_agent_keys_hash", "octet_length(hash) = 32");
                    table.ForeignKey(
                        name: "fk_agent_keys_agents_tenant_id_agent_id",
                        columns: x => new { x.tenant_id, x.agent_id },
                        principalSchema: "agents",
                        principalTable: "agents",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "call_credentials",
                schema: "agents",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    content = table.Column<byte[]>(type: "bytea", nullable: false),
                    set_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_call_credentials", x => x.agent_id);
                    table.ForeignKey(
                        name: "fk_call_credentials_agents_tenant_id_agent_id",
                        columns: x => new { x.tenant_id, x.agent_id },
                        principalSchema: "agents",
                        principalTable: "agents",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "cards",
                schema: "agents",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    json = table.Column<string>(type: "text", nullable: false),
                    url = table.Column<string>(type: "character varying(2100)", maxLength: 2100, nullable: false),
                    endpoint = table.Column<string>(type: "character varying(2048)", maxLength: 2048, nullable: false),
                    first_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cards", x => new { x.agent_id, x.hash });
                    table.CheckConstraint("ck_cards_hash", "octet_length(hash) = 32");
                    table.ForeignKey(
                        name: "fk_cards_agents_tenant_id_agent_id",
                        columns: x => new { x.tenant_id, x.agent_id },
                        principalSchema: "agents",
                        principalTable: "agents",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "prices",
                schema: "agents",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    terms = table.Column<string>(type: "jsonb", nullable: false),
                    reserve_micro_units = table.Column<long>(type: "bigint", nullable: true),
                    effective_from = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    listed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    listed_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    listed_micro_units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_prices", x => x.id);
                    table.CheckConstraint("ck_prices_listed", "listed_micro_units >= 0");
                    table.CheckConstraint("ck_prices_listed_at", "listed_at >= effective_from");
                    table.CheckConstraint("ck_prices_reserve", "reserve_micro_units > 0");
                    table.ForeignKey(
                        name: "fk_prices_agents_tenant_id_agent_id",
                        columns: x => new { x.tenant_id, x.agent_id },
                        principalSchema: "agents",
                        principalTable: "agents",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "probe_schedules",
                schema: "agents",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    interval_seconds = table.Column<int>(type: "integer", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    asked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    lease = table.Column<Guid>(type: "uuid", nullable: true),
                    leased_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    failures_in_row = table.Column<int>(type: "integer", nullable: false),
                    probed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    passed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_probe_schedules", x => x.agent_id);
                    table.CheckConstraint("ck_probe_schedules_failures", "failures_in_row >= 0");
                    table.CheckConstraint("ck_probe_schedules_interval", "interval_seconds between 60 and 86400");
                    table.ForeignKey(
                        name: "fk_probe_schedules_agents_tenant_id_agent_id",
                        columns: x => new { x.tenant_id, x.agent_id },
                        principalSchema: "agents",
                        principalTable: "agents",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "probes",
                schema: "agents",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    endpoint = table.Column<string>(type: "character varying(2048)", maxLength: 2048, nullable: false),
                    passed = table.Column<bool>(type: "boolean", nullable: false),
                    failure = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: true),
                    milliseconds = table.Column<int>(type: "integer", nullable: false),
                    steps = table.Column<string>(type: "jsonb", nullable: false),
                    card_version = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_probes", x => x.id);
                    table.ForeignKey(
                        name: "fk_probes_agents_tenant_id_agent_id",
                        columns: x => new { x.tenant_id, x.agent_id },
                        principalSchema: "agents",
                        principalTable: "agents",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "events",
                schema: "calls",
                columns: table => new
                {
                    call_id = table.Column<Guid>(type: "uuid", nullable: false),
                    sequence = table.Column<int>(type: "integer", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    body = table.Column<string>(type: "json", nullable: true),
                    bytes = table.Column<int>(type: "integer", nullable: false),
                    append = table.Column<bool>(type: "boolean", nullable: false),
                    last_chunk = table.Column<bool>(type: "boolean", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_events", x => new { x.call_id, x.sequence });
                    table.ForeignKey(
                        name: "fk_events_calls_call_id",
                        column: x => x.call_id,
                        principalSchema: "calls",
                        principalTable: "calls",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "push_configs",
                schema: "calls",
                columns: table => new
                {
                    call_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    url = table.Column<string>(type: "character varying(2048)", maxLength: 2048, nullable: false),
                    secret = table.Column<string>(type: "text", nullable: true),
                    delivered = table.Column<int>(type: "integer", nullable: false),
                    failures = table.Column<int>(type: "integer", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_push_configs", x => new { x.call_id, x.id });
                    table.ForeignKey(
                        name: "fk_push_configs_calls_call_id",
                        column: x => x.call_id,
                        principalSchema: "calls",
                        principalTable: "calls",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "steps",
                schema: "calls",
                columns: table => new
                {
                    call_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    detail = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    ok = table.Column<bool>(type: "boolean", nullable: false),
                    bytes = table.Column<long>(type: "bigint", nullable: true),
                    microseconds = table.Column<long>(type: "bigint", nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_steps", x => new { x.call_id, x.number });
                    table.ForeignKey(
                        name: "fk_steps_calls_call_id",
                        column: x => x.call_id,
                        principalSchema: "calls",
                        principalTable: "calls",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "bids",
                schema: "mesh",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    contract_id = table.Column<Guid>(type: "uuid", nullable: false),
                    poster_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    eta_seconds = table.Column<int>(type: "integer", nullable: false),
                    confidence = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: false),
                    note = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    placed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    bid_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    revisions = table.Column<int>(type: "integer", nullable: false),
                    rank = table.Column<int>(type: "integer", nullable: true),
                    price_score = table.Column<decimal>(type: "numeric(9,6)", precision: 9, scale: 6, nullable: true),
                    performance_score = table.Column<decimal>(type: "numeric(9,6)", precision: 9, scale: 6, nullable: true),
                    speed_score = table.Column<decimal>(type: "numeric(9,6)", precision: 9, scale: 6, nullable: true),
                    reputation_score = table.Column<decimal>(type: "numeric(9,6)", precision: 9, scale: 6, nullable: true),
                    total_score = table.Column<decimal>(type: "numeric(9,6)", precision: 9, scale: 6, nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    price_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    price_micro_units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bids", x => x.id);
                    table.CheckConstraint("ck_bids_decided", "state not in ('won','forfeited') or (rank is not null and total_score between 0 and 100)");
                    table.CheckConstraint("ck_bids_offer", "price_micro_units > 0 and eta_seconds > 0 and confidence between 0 and 1");
                    table.CheckConstraint("ck_bids_state", "state in ('live','withdrawn','won','lost','forfeited')");
                    table.ForeignKey(
                        name: "fk_bids_contracts_contract_id_poster_tenant_id",
                        columns: x => new { x.contract_id, x.poster_tenant_id },
                        principalSchema: "mesh",
                        principalTable: "contracts",
                        principalColumns: new[] { "id", "tenant_id" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "deliveries",
                schema: "mesh",
                columns: table => new
                {
                    contract_id = table.Column<Guid>(type: "uuid", nullable: false),
                    poster_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    winner_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    result = table.Column<string>(type: "json", nullable: false),
                    bytes = table.Column<int>(type: "integer", nullable: false),
                    result_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    delivered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    checks = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_deliveries", x => x.contract_id);
                    table.CheckConstraint("ck_deliveries_bytes", "bytes between 1 and 1048576");
                    table.ForeignKey(
                        name: "fk_deliveries_contracts_contract_id",
                        column: x => x.contract_id,
                        principalSchema: "mesh",
                        principalTable: "contracts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "milestones",
                schema: "mesh",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    contract_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    place = table.Column<int>(type: "integer", nullable: false),
                    title = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    weight = table.Column<long>(type: "bigint", nullable: false),
                    due_seconds = table.Column<int>(type: "integer", nullable: true),
                    validation = table.Column<string>(type: "jsonb", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    delivered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    on_time = table.Column<bool>(type: "boolean", nullable: true),
                    accept_by = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    score = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: true),
                    agent_micro_units = table.Column<long>(type: "bigint", nullable: true),
                    platform_micro_units = table.Column<long>(type: "bigint", nullable: true),
                    refunded_micro_units = table.Column<long>(type: "bigint", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_milestones", x => x.id);
                    table.CheckConstraint("ck_milestones_money", "agent_micro_units >= 0 and platform_micro_units >= 0 and refunded_micro_units >= 0");
                    table.CheckConstraint("ck_milestones_over", "(state in ('paid', 'refunded', 'cancelled')) = (ended_at is not null)");
                    table.CheckConstraint("ck_milestones_place", "place between 1 and 20 and weight > 0");
                    table.ForeignKey(
                        name: "fk_milestones_contracts_contract_id",
                        column: x => x.contract_id,
                        principalSchema: "mesh",
                        principalTable: "contracts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "settlements",
                schema: "mesh",
                columns: table => new
                {
                    contract_id = table.Column<Guid>(type: "uuid", nullable: false),
                    poster_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    winner_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    cause = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    score = table.Column<decimal>(type: "numeric(5,4)", precision: 5, scale: 4, nullable: true),
                    released_percent = table.Column<int>(type: "integer", nullable: false),
                    platform_basis_points = table.Column<int>(type: "integer", nullable: false),
                    agent_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    platform_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    refunded_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    transfer_id = table.Column<Guid>(type: "uuid", nullable: false),
                    settled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    price_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    price_micro_units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_settlements", x => x.contract_id);
                    table.CheckConstraint("ck_settlements_parts", "agent_micro_units >= 0 and platform_micro_units >= 0 and refunded_micro_units >= 0");
                    table.CheckConstraint("ck_settlements_percent", "released_percent between 0 and 100 and platform_basis_points between 0 and 10000");
                    table.CheckConstraint("ck_settlements_sum", "agent_micro_units + platform_micro_units + refunded_micro_units = price_micro_units");
                    table.ForeignKey(
                        name: "fk_settlements_contracts_contract_id",
                        column: x => x.contract_id,
                        principalSchema: "mesh",
                        principalTable: "contracts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "conversions",
                schema: "ledger",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    rate_id = table.Column<Guid>(type: "uuid", nullable: false),
                    rate = table.Column<decimal>(type: "numeric(20,10)", precision: 20, scale: 10, nullable: false),
                    rate_as_of = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    spread_basis_points = table.Column<int>(type: "integer", nullable: false),
                    transfer_id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    bought_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    bought_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    sold_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    sold_micro_units = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_conversions", x => x.id);
                    table.CheckConstraint("ck_conversions_amounts", "sold_micro_units > 0 and bought_micro_units > 0 and sold_currency <> bought_currency");
                    table.ForeignKey(
                        name: "fk_conversions_exchange_rates_rate_id",
                        column: x => x.rate_id,
                        principalSchema: "ledger",
                        principalTable: "exchange_rates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "mandate_uses",
                schema: "ledger",
                columns: table => new
                {
                    subject_id = table.Column<Guid>(type: "uuid", nullable: false),
                    subject_type = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    mandate_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    payee_agent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    payee_tenant_id = table.Column<Guid>(type: "uuid", nullable: true),
                    project = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: true),
                    taken = table.Column<long>(type: "bigint", nullable: false),
                    returned = table.Column<long>(type: "bigint", nullable: false),
                    period_started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mandate_uses", x => x.subject_id);
                    table.ForeignKey(
                        name: "fk_mandate_uses_mandates_mandate_id",
                        column: x => x.mandate_id,
                        principalSchema: "ledger",
                        principalTable: "mandates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "presence",
                schema: "agents",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    node_id = table.Column<Guid>(type: "uuid", nullable: false),
                    status = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_presence", x => new { x.agent_id, x.node_id });
                    table.ForeignKey(
                        name: "fk_presence_agents_agent_id",
                        column: x => x.agent_id,
                        principalSchema: "agents",
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_presence_nodes_node_id",
                        column: x => x.node_id,
                        principalSchema: "notifications",
                        principalTable: "nodes",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "person_claims",
                schema: "identity",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    claim_type = table.Column<string>(type: "text", nullable: true),
                    claim_value = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_person_claims", x => x.id);
                    table.ForeignKey(
                        name: "fk_person_claims_people_user_id",
                        column: x => x.user_id,
                        principalSchema: "identity",
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "person_logins",
                schema: "identity",
                columns: table => new
                {
                    login_provider = table.Column<string>(type: "text", nullable: false),
                    provider_key = table.Column<string>(type: "text", nullable: false),
                    provider_display_name = table.Column<string>(type: "text", nullable: true),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_person_logins", x => new { x.login_provider, x.provider_key });
                    table.ForeignKey(
                        name: "fk_person_logins_people_user_id",
                        column: x => x.user_id,
                        principalSchema: "identity",
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "person_tokens",
                schema: "identity",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    login_provider = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    value = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_person_tokens", x => new { x.user_id, x.login_provider, x.name });
                    table.ForeignKey(
                        name: "fk_person_tokens_people_user_id",
                        column: x => x.user_id,
                        principalSchema: "identity",
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "chargebacks",
                schema: "billing",
                columns: table => new
                {
                    provider = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    dispute_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    purchase_id = table.Column<Guid>(type: "uuid", nullable: false),
                    minor = table.Column<long>(type: "bigint", nullable: false),
                    taken_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    given_back_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_chargebacks", x => new { x.provider, x.dispute_id });
                    table.CheckConstraint("ck_chargebacks_minor", "minor > 0");
                    table.ForeignKey(
                        name: "fk_chargebacks_purchases_purchase_id",
                        column: x => x.purchase_id,
                        principalSchema: "billing",
                        principalTable: "purchases",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "on_chain_payments",
                schema: "billing",
                columns: table => new
                {
                    purchase_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    authorization = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    payer = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    payload = table.Column<string>(type: "text", nullable: false),
                    requirements = table.Column<string>(type: "text", nullable: false),
                    valid_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    transaction = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_on_chain_payments", x => x.purchase_id);
                    table.ForeignKey(
                        name: "fk_on_chain_payments_purchases_purchase_id",
                        column: x => x.purchase_id,
                        principalSchema: "billing",
                        principalTable: "purchases",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "awards",
                schema: "mesh",
                columns: table => new
                {
                    contract_id = table.Column<Guid>(type: "uuid", nullable: false),
                    round = table.Column<int>(type: "integer", nullable: false),
                    poster_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    winner_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    bid_id = table.Column<Guid>(type: "uuid", nullable: false),
                    horizon_seconds = table.Column<int>(type: "integer", nullable: false),
                    tie_break = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    total_score = table.Column<decimal>(type: "numeric(9,6)", precision: 9, scale: 6, nullable: false),
                    runner_ups = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    awarded_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    awarded_by = table.Column<Guid>(type: "uuid", nullable: true),
                    price_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    price_micro_units = table.Column<long>(type: "bigint", nullable: false),
                    weights_performance = table.Column<int>(type: "integer", nullable: false),
                    weights_price = table.Column<int>(type: "integer", nullable: false),
                    weights_reputation = table.Column<int>(type: "integer", nullable: false),
                    weights_speed = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_awards", x => new { x.contract_id, x.round });
                    table.CheckConstraint("ck_awards_score", "total_score between 0 and 100 and round > 0 and horizon_seconds > 0");
                    table.ForeignKey(
                        name: "fk_awards_bids_bid_id",
                        column: x => x.bid_id,
                        principalSchema: "mesh",
                        principalTable: "bids",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_awards_contracts_contract_id_poster_tenant_id",
                        columns: x => new { x.contract_id, x.poster_tenant_id },
                        principalSchema: "mesh",
                        principalTable: "contracts",
                        principalColumns: new[] { "id", "tenant_id" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "disputes",
                schema: "mesh",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    contract_id = table.Column<Guid>(type: "uuid", nullable: false),
                    milestone_id = table.Column<Guid>(type: "uuid", nullable: true),
                    poster_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    winner_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    opened_by = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    reason = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    opened_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    findings = table.Column<string>(type: "jsonb", nullable: false),
                    respond_by = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    appeal_seconds = table.Column<int>(type: "integer", nullable: false),
                    response = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    responded_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    decision = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    released_percent = table.Column<int>(type: "integer", nullable: true),
                    note = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    decided_by = table.Column<Guid>(type: "uuid", nullable: true),
                    confirmed_by = table.Column<Guid>(type: "uuid", nullable: true),
                    appeal_by = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    appealed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    appealed_by = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    appeal_reason = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    appeal_decision = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    appeal_percent = table.Column<int>(type: "integer", nullable: true),
                    appeal_note = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    appeal_decided_by = table.Column<Guid>(type: "uuid", nullable: true),
                    closed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_disputes", x => x.id);
                    table.CheckConstraint("ck_disputes_appealed", "num_nulls(appealed_at, appealed_by, appeal_reason) in (0, 3) and (appealed_at is null or decided_at is not null)");
                    table.CheckConstraint("ck_disputes_closed", "(state = 'closed') = (closed_at is not null)");
                    table.CheckConstraint("ck_disputes_decided", "num_nulls(decided_at, decision, released_percent, decided_by, appeal_by) in (0, 5)");
                    table.CheckConstraint("ck_disputes_percent", "released_percent between 0 and 100 and appeal_percent between 0 and 100");
                    table.CheckConstraint("ck_disputes_two", "appeal_decided_by is null or (appeal_decided_by <> decided_by and appeal_decided_by is distinct from confirmed_by)");
                    table.ForeignKey(
                        name: "fk_disputes_contracts_contract_id",
                        column: x => x.contract_id,
                        principalSchema: "mesh",
                        principalTable: "contracts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_disputes_milestones_milestone_id",
                        column: x => x.milestone_id,
                        principalSchema: "mesh",
                        principalTable: "milestones",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "milestone_deliveries",
                schema: "mesh",
                columns: table => new
                {
                    milestone_id = table.Column<Guid>(type: "uuid", nullable: false),
                    poster_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    winner_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    result = table.Column<string>(type: "json", nullable: false),
                    bytes = table.Column<int>(type: "integer", nullable: false),
                    result_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    checks = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_milestone_deliveries", x => x.milestone_id);
                    table.CheckConstraint("ck_milestone_deliveries_bytes", "bytes between 1 and 1048576");
                    table.ForeignKey(
                        name: "fk_milestone_deliveries_milestones_milestone_id",
                        column: x => x.milestone_id,
                        principalSchema: "mesh",
                        principalTable: "milestones",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "receipts",
                schema: "mesh",
                columns: table => new
                {
                    contract_id = table.Column<Guid>(type: "uuid", nullable: false),
                    round = table.Column<int>(type: "integer", nullable: false),
                    jws = table.Column<string>(type: "text", nullable: false),
                    key_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    signed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_receipts", x => new { x.contract_id, x.round });
                    table.ForeignKey(
                        name: "fk_receipts_awards_contract_id_round",
                        columns: x => new { x.contract_id, x.round },
                        principalSchema: "mesh",
                        principalTable: "awards",
                        principalColumns: new[] { "contract_id", "round" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "dispute_evidence",
                schema: "mesh",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    dispute_id = table.Column<Guid>(type: "uuid", nullable: false),
                    poster_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    winner_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    side = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    text = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: true),
                    file_name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    content_type = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: true),
                    bytes = table.Column<int>(type: "integer", nullable: true),
                    sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_dispute_evidence", x => x.id);
                    table.CheckConstraint("ck_dispute_evidence_file", "num_nulls(file_name, content_type, bytes, sha256) in (0, 4)");
                    table.CheckConstraint("ck_dispute_evidence_something", "text is not null or file_name is not null");
                    table.ForeignKey(
                        name: "fk_dispute_evidence_disputes_dispute_id",
                        column: x => x.dispute_id,
                        principalSchema: "mesh",
                        principalTable: "disputes",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "evidence_files",
                schema: "mesh",
                columns: table => new
                {
                    evidence_id = table.Column<Guid>(type: "uuid", nullable: false),
                    poster_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    winner_tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    content = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_evidence_files", x => x.evidence_id);
                    table.CheckConstraint("ck_evidence_files_size", "octet_length(content) between 1 and 2097152");
                    table.ForeignKey(
                        name: "fk_evidence_files_dispute_evidence_evidence_id",
                        column: x => x.evidence_id,
                        principalSchema: "mesh",
                        principalTable: "dispute_evidence",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.InsertData(
                schema: "notifications",
                table: "dispatch_state",
                columns: new[] { "only_row", "last_position" },
                values: new object[] { true, 0L });

            migrationBuilder.CreateIndex(
                name: "ix_access_requests_tenant_id_asked_at",
                schema: "calls",
                table: "access_requests",
                columns: new[] { "tenant_id", "asked_at" });

            migrationBuilder.CreateIndex(
                name: "ux_access_requests_waiting",
                schema: "calls",
                table: "access_requests",
                columns: new[] { "agent_id", "caller_tenant_id" },
                unique: true,
                filter: "decided_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_access_rules_caller_agent_id",
                schema: "calls",
                table: "access_rules",
                column: "caller_agent_id");

            migrationBuilder.CreateIndex(
                name: "ix_access_rules_caller_tenant_id",
                schema: "calls",
                table: "access_rules",
                column: "caller_tenant_id");

            migrationBuilder.CreateIndex(
                name: "ix_access_rules_tenant_id_agent_id_caller_tenant_id_caller_age~",
                schema: "calls",
                table: "access_rules",
                columns: new[] { "tenant_id", "agent_id", "caller_tenant_id", "caller_agent_id" },
                unique: true)
                .Annotation("Npgsql:NullsDistinct", false);

            migrationBuilder.CreateIndex(
                name: "ix_accounts_provider_customer_id",
                schema: "billing",
                table: "accounts",
                columns: new[] { "provider", "customer_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_accounts_provider_payee_id",
                schema: "billing",
                table: "accounts",
                columns: new[] { "provider", "payee_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_accounts_owner_id_kind_currency",
                schema: "ledger",
                table: "accounts",
                columns: new[] { "owner_id", "kind", "currency" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_accounts_tenant_id_with_balance",
                schema: "ledger",
                table: "accounts",
                columns: new[] { "tenant_id", "kind" },
                filter: "not is_empty");

            migrationBuilder.CreateIndex(
                name: "ix_agent_keys_agent_id",
                schema: "agents",
                table: "agent_keys",
                column: "agent_id");

            migrationBuilder.CreateIndex(
                name: "ix_agent_keys_hash",
                schema: "agents",
                table: "agent_keys",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_agent_keys_tenant_id_agent_id",
                schema: "agents",
                table: "agent_keys",
                columns: new[] { "tenant_id", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_agents_capabilities",
                schema: "agents",
                table: "agents",
                column: "capabilities")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_agents_derived_from",
                schema: "agents",
                table: "agents",
                column: "derived_from",
                filter: "derived_from is not null");

            migrationBuilder.CreateIndex(
                name: "ix_agents_tenant_id_registered_at",
                schema: "agents",
                table: "agents",
                columns: new[] { "tenant_id", "registered_at" });

            migrationBuilder.CreateIndex(
                name: "ux_agents_tenant_name",
                schema: "agents",
                table: "agents",
                columns: new[] { "tenant_id", "name" },
                unique: true,
                filter: "status <> 'retired'");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_tenant_id_at_id",
                schema: "compliance",
                table: "audit_entries",
                columns: new[] { "tenant_id", "at", "id" },
                descending: new[] { false, true, true });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_tenant_id_subject_id",
                schema: "compliance",
                table: "audit_entries",
                columns: new[] { "tenant_id", "subject_id" });

            migrationBuilder.CreateIndex(
                name: "ix_awards_bid_id",
                schema: "mesh",
                table: "awards",
                column: "bid_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_awards_contract_id_poster_tenant_id",
                schema: "mesh",
                table: "awards",
                columns: new[] { "contract_id", "poster_tenant_id" });

            migrationBuilder.CreateIndex(
                name: "ix_bids_contract_id_poster_tenant_id_agent_id",
                schema: "mesh",
                table: "bids",
                columns: new[] { "contract_id", "poster_tenant_id", "agent_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_bids_tenant_id_contract_id",
                schema: "mesh",
                table: "bids",
                columns: new[] { "tenant_id", "contract_id" });

            migrationBuilder.CreateIndex(
                name: "ix_call_credentials_tenant_id_agent_id",
                schema: "agents",
                table: "call_credentials",
                columns: new[] { "tenant_id", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_calls_agent_tenant_id_created_at",
                schema: "calls",
                table: "calls",
                columns: new[] { "agent_tenant_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_calls_completed",
                schema: "calls",
                table: "calls",
                column: "ended_at",
                filter: "state = 'completed'");

            migrationBuilder.CreateIndex(
                name: "ix_calls_conversation_id",
                schema: "calls",
                table: "calls",
                column: "conversation_id");

            migrationBuilder.CreateIndex(
                name: "ix_calls_open",
                schema: "calls",
                table: "calls",
                column: "deadline_at",
                filter: "ended_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_calls_served_by_created_at",
                schema: "calls",
                table: "calls",
                columns: new[] { "served_by", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_calls_served_open",
                schema: "calls",
                table: "calls",
                column: "served_by",
                filter: "ended_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_calls_tenant_id_created_at",
                schema: "calls",
                table: "calls",
                columns: new[] { "tenant_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_cards_agent_id_last_seen_at",
                schema: "agents",
                table: "cards",
                columns: new[] { "agent_id", "last_seen_at" });

            migrationBuilder.CreateIndex(
                name: "ix_cards_tenant_id_agent_id",
                schema: "agents",
                table: "cards",
                columns: new[] { "tenant_id", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_chargebacks_purchase_id",
                schema: "billing",
                table: "chargebacks",
                column: "purchase_id");

            migrationBuilder.CreateIndex(
                name: "ix_collaborations_agent_id_invited_at",
                schema: "calls",
                table: "collaborations",
                columns: new[] { "agent_id", "invited_at" });

            migrationBuilder.CreateIndex(
                name: "ix_collaborations_other_agent_id_invited_at",
                schema: "calls",
                table: "collaborations",
                columns: new[] { "other_agent_id", "invited_at" });

            migrationBuilder.CreateIndex(
                name: "ix_contracts_acceptance",
                schema: "mesh",
                table: "contracts",
                column: "accept_by",
                filter: "state = 'delivered'");

            migrationBuilder.CreateIndex(
                name: "ix_contracts_at_work",
                schema: "mesh",
                table: "contracts",
                column: "winner_agent_id",
                filter: "state in ('awarded','in_progress')");

            migrationBuilder.CreateIndex(
                name: "ix_contracts_capabilities",
                schema: "mesh",
                table: "contracts",
                column: "required_capabilities",
                filter: "state = 'bidding'")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "ix_contracts_deadline",
                schema: "mesh",
                table: "contracts",
                column: "deliver_by",
                filter: "state in ('awarded','in_progress')");

            migrationBuilder.CreateIndex(
                name: "ix_contracts_newest",
                schema: "mesh",
                table: "contracts",
                columns: new[] { "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_contracts_open",
                schema: "mesh",
                table: "contracts",
                column: "bidding_closes_at",
                filter: "state = 'bidding'");

            migrationBuilder.CreateIndex(
                name: "ix_contracts_scheduled",
                schema: "mesh",
                table: "contracts",
                column: "starts_at",
                filter: "state = 'scheduled'");

            migrationBuilder.CreateIndex(
                name: "ix_contracts_tenant_id_created_at",
                schema: "mesh",
                table: "contracts",
                columns: new[] { "tenant_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_contracts_won",
                schema: "mesh",
                table: "contracts",
                columns: new[] { "winner_tenant_id", "awarded_at" },
                filter: "winner_tenant_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_conversions_rate_id",
                schema: "ledger",
                table: "conversions",
                column: "rate_id");

            migrationBuilder.CreateIndex(
                name: "ix_conversions_tenant_id_id",
                schema: "ledger",
                table: "conversions",
                columns: new[] { "tenant_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_credit_grants_expires_at",
                schema: "ledger",
                table: "credit_grants",
                column: "expires_at",
                filter: "expired_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_credit_grants_granted_at",
                schema: "ledger",
                table: "credit_grants",
                column: "granted_at");

            migrationBuilder.CreateIndex(
                name: "ix_credit_grants_tenant_id_kind_reference",
                schema: "ledger",
                table: "credit_grants",
                columns: new[] { "tenant_id", "kind", "reference" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_deliveries_result_hash",
                schema: "mesh",
                table: "deliveries",
                column: "result_hash",
                filter: "bytes >= 64");

            migrationBuilder.CreateIndex(
                name: "ix_deliveries_winner_tenant_id_delivered_at",
                schema: "mesh",
                table: "deliveries",
                columns: new[] { "winner_tenant_id", "delivered_at" });

            migrationBuilder.CreateIndex(
                name: "ix_derived_keys_created_at",
                schema: "shared",
                table: "derived_keys",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_dispute_evidence_dispute_id_id",
                schema: "mesh",
                table: "dispute_evidence",
                columns: new[] { "dispute_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_disputes_contract_id_opened_at",
                schema: "mesh",
                table: "disputes",
                columns: new[] { "contract_id", "opened_at" });

            migrationBuilder.CreateIndex(
                name: "ix_disputes_milestone_id",
                schema: "mesh",
                table: "disputes",
                column: "milestone_id");

            migrationBuilder.CreateIndex(
                name: "ix_disputes_opened_at_id",
                schema: "mesh",
                table: "disputes",
                columns: new[] { "opened_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ux_disputes_open",
                schema: "mesh",
                table: "disputes",
                column: "contract_id",
                unique: true,
                filter: "closed_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_earnings_currency_micro_units_agent_id",
                schema: "trust",
                table: "earnings",
                columns: new[] { "currency", "micro_units", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_entries_transfer_id",
                schema: "ledger",
                table: "entries",
                column: "transfer_id")
                .Annotation("Npgsql:IndexMethod", "brin")
                .Annotation("Npgsql:StorageParameter:autosummarize", true)
                .Annotation("Npgsql:StorageParameter:pages_per_range", 16);

            migrationBuilder.CreateIndex(
                name: "ix_exchange_rates_base_quote_as_of",
                schema: "ledger",
                table: "exchange_rates",
                columns: new[] { "base", "quote", "as_of" });

            migrationBuilder.CreateIndex(
                name: "ix_idempotency_records_created_at",
                schema: "shared",
                table: "idempotency_records",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_invitations_tenant_id_created_at",
                schema: "identity",
                table: "invitations",
                columns: new[] { "tenant_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_invitations_token_hash",
                schema: "identity",
                table: "invitations",
                column: "token_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_invoices_provider_provider_id",
                schema: "billing",
                table: "invoices",
                columns: new[] { "provider", "provider_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_invoices_tenant_id_created_at",
                schema: "billing",
                table: "invoices",
                columns: new[] { "tenant_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_mails_due_at",
                schema: "notifications",
                table: "mails",
                column: "due_at",
                filter: "content IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_mandate_uses_mandate_id_subject_id",
                schema: "ledger",
                table: "mandate_uses",
                columns: new[] { "mandate_id", "subject_id" });

            migrationBuilder.CreateIndex(
                name: "ix_mandates_tenant_id_agent_id",
                schema: "ledger",
                table: "mandates",
                columns: new[] { "tenant_id", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_members_person_id",
                schema: "identity",
                table: "members",
                column: "person_id");

            migrationBuilder.CreateIndex(
                name: "ix_milestone_deliveries_result_hash",
                schema: "mesh",
                table: "milestone_deliveries",
                column: "result_hash",
                filter: "bytes >= 64");

            migrationBuilder.CreateIndex(
                name: "ix_milestones_acceptance",
                schema: "mesh",
                table: "milestones",
                column: "accept_by",
                filter: "state = 'delivered'");

            migrationBuilder.CreateIndex(
                name: "ix_milestones_contract_id_place",
                schema: "mesh",
                table: "milestones",
                columns: new[] { "contract_id", "place" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_on_chain_payments_authorization",
                schema: "billing",
                table: "on_chain_payments",
                column: "authorization",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_on_chain_payments_next_at",
                schema: "billing",
                table: "on_chain_payments",
                column: "next_at",
                filter: "next_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_on_chain_payments_transaction",
                schema: "billing",
                table: "on_chain_payments",
                column: "transaction",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_outbox_position",
                schema: "notifications",
                table: "outbox",
                column: "position",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_outbox_undispatched",
                schema: "notifications",
                table: "outbox",
                column: "seq",
                filter: "position IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_outcomes_agent_id_poster_tenant_id",
                schema: "trust",
                table: "outcomes",
                columns: new[] { "agent_id", "poster_tenant_id" });

            migrationBuilder.CreateIndex(
                name: "ix_outcomes_agent_id_sequence",
                schema: "trust",
                table: "outcomes",
                columns: new[] { "agent_id", "sequence" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_payouts_due_at",
                schema: "billing",
                table: "payouts",
                column: "due_at",
                filter: "due_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_payouts_provider_provider_id",
                schema: "billing",
                table: "payouts",
                columns: new[] { "provider", "provider_id" });

            migrationBuilder.CreateIndex(
                name: "ix_payouts_tenant_id_requested_at",
                schema: "billing",
                table: "payouts",
                columns: new[] { "tenant_id", "requested_at" });

            migrationBuilder.CreateIndex(
                name: "email_index",
                schema: "identity",
                table: "people",
                column: "normalized_email");

            migrationBuilder.CreateIndex(
                name: "user_name_index",
                schema: "identity",
                table: "people",
                column: "normalized_user_name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_person_claims_user_id",
                schema: "identity",
                table: "person_claims",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_person_logins_user_id",
                schema: "identity",
                table: "person_logins",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_personal_access_tokens_parent_id",
                schema: "identity",
                table: "personal_access_tokens",
                column: "parent_id");

            migrationBuilder.CreateIndex(
                name: "ix_personal_access_tokens_tenant_id_person_id",
                schema: "identity",
                table: "personal_access_tokens",
                columns: new[] { "tenant_id", "person_id" });

            migrationBuilder.CreateIndex(
                name: "ix_personal_access_tokens_token_hash",
                schema: "identity",
                table: "personal_access_tokens",
                column: "token_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_presence_node_id",
                schema: "agents",
                table: "presence",
                column: "node_id");

            migrationBuilder.CreateIndex(
                name: "ix_prices_agent_id_effective_from_id",
                schema: "agents",
                table: "prices",
                columns: new[] { "agent_id", "effective_from", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_prices_due",
                schema: "agents",
                table: "prices",
                column: "effective_from",
                filter: "listed_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_prices_tenant_id_agent_id",
                schema: "agents",
                table: "prices",
                columns: new[] { "tenant_id", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_probe_schedules_next_at",
                schema: "agents",
                table: "probe_schedules",
                column: "next_at");

            migrationBuilder.CreateIndex(
                name: "ix_probe_schedules_tenant_id_agent_id",
                schema: "agents",
                table: "probe_schedules",
                columns: new[] { "tenant_id", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_probes_agent_id_at",
                schema: "agents",
                table: "probes",
                columns: new[] { "agent_id", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_probes_tenant_id_agent_id",
                schema: "agents",
                table: "probes",
                columns: new[] { "tenant_id", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ux_proposals_open",
                schema: "ledger",
                table: "proposals",
                columns: new[] { "kind", "subject_id" },
                unique: true,
                filter: "state = 'open'");

            migrationBuilder.CreateIndex(
                name: "ix_purchases_provider_payment_id",
                schema: "billing",
                table: "purchases",
                columns: new[] { "provider", "payment_id" });

            migrationBuilder.CreateIndex(
                name: "ix_purchases_refund_due_at",
                schema: "billing",
                table: "purchases",
                column: "refund_due_at",
                filter: "refund_due_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_purchases_tenant_id_created_at",
                schema: "billing",
                table: "purchases",
                columns: new[] { "tenant_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_purchases_unpaid",
                schema: "billing",
                table: "purchases",
                column: "created_at",
                filter: "state in ('created', 'open')");

            migrationBuilder.CreateIndex(
                name: "ix_push_configs_due",
                schema: "calls",
                table: "push_configs",
                column: "next_at",
                filter: "next_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_reconciliation_runs_started_at",
                schema: "ledger",
                table: "reconciliation_runs",
                column: "started_at");

            migrationBuilder.CreateIndex(
                name: "ix_referrals_entered_at",
                schema: "ledger",
                table: "referrals",
                column: "entered_at",
                filter: "rewarded_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_scores_contracts_agent_id",
                schema: "trust",
                table: "scores",
                columns: new[] { "contracts", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_scores_effective_agent_id",
                schema: "trust",
                table: "scores",
                columns: new[] { "effective", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_scores_success_rate_agent_id",
                schema: "trust",
                table: "scores",
                columns: new[] { "success_rate", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_settlements_poster_tenant_id_settled_at",
                schema: "mesh",
                table: "settlements",
                columns: new[] { "poster_tenant_id", "settled_at" });

            migrationBuilder.CreateIndex(
                name: "ix_settlements_winner_tenant_id_settled_at",
                schema: "mesh",
                table: "settlements",
                columns: new[] { "winner_tenant_id", "settled_at" });

            migrationBuilder.CreateIndex(
                name: "ix_shares_agent_id_id",
                schema: "ledger",
                table: "shares",
                columns: new[] { "agent_id", "id" },
                filter: "agent_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_shares_earner_tenant_id_at",
                schema: "ledger",
                table: "shares",
                columns: new[] { "earner_tenant_id", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_shares_subject_id",
                schema: "ledger",
                table: "shares",
                column: "subject_id");

            migrationBuilder.CreateIndex(
                name: "ix_shares_tenant_id_at",
                schema: "ledger",
                table: "shares",
                columns: new[] { "tenant_id", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_shares_transfer_id_place",
                schema: "ledger",
                table: "shares",
                columns: new[] { "transfer_id", "place" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_past_due_since",
                schema: "billing",
                table: "subscriptions",
                column: "past_due_since",
                filter: "past_due_since is not null");

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_provider_provider_id",
                schema: "billing",
                table: "subscriptions",
                columns: new[] { "provider", "provider_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_due",
                schema: "calls",
                table: "subscriptions",
                column: "period_ends_at",
                filter: "ended_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_tenant_id_agent_id_started_at",
                schema: "calls",
                table: "subscriptions",
                columns: new[] { "tenant_id", "agent_id", "started_at" });

            migrationBuilder.CreateIndex(
                name: "ux_subscriptions_open",
                schema: "calls",
                table: "subscriptions",
                columns: new[] { "tenant_id", "agent_id" },
                unique: true,
                filter: "ended_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_tenants_slug",
                schema: "tenancy",
                table: "tenants",
                column: "slug",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_usage_unreported",
                schema: "billing",
                table: "usage",
                column: "starts_at",
                filter: "over > reported");

            migrationBuilder.CreateIndex(
                name: "ix_webhook_events_parked",
                schema: "billing",
                table: "webhook_events",
                column: "id",
                filter: "state = 'parked'");

            migrationBuilder.CreateIndex(
                name: "ix_webhook_events_provider_event_id",
                schema: "billing",
                table: "webhook_events",
                columns: new[] { "provider", "event_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_webhook_events_turn",
                schema: "billing",
                table: "webhook_events",
                columns: new[] { "object_id", "occurred_at", "id" },
                filter: "state = 'waiting'");

            migrationBuilder.CreateIndex(
                name: "ix_webhook_events_waiting",
                schema: "billing",
                table: "webhook_events",
                column: "next_at",
                filter: "state = 'waiting'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "access_requests",
                schema: "calls");

            migrationBuilder.DropTable(
                name: "access_rules",
                schema: "calls");

            migrationBuilder.DropTable(
                name: "accounts",
                schema: "billing");

            migrationBuilder.DropTable(
                name: "accounts",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "agent_keys",
                schema: "agents");

            migrationBuilder.DropTable(
                name: "audit_entries",
                schema: "compliance");

            migrationBuilder.DropTable(
                name: "call_credentials",
                schema: "agents");

            migrationBuilder.DropTable(
                name: "cards",
                schema: "agents");

            migrationBuilder.DropTable(
                name: "chargebacks",
                schema: "billing");

            migrationBuilder.DropTable(
                name: "collaborations",
                schema: "calls");

            migrationBuilder.DropTable(
                name: "conversions",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "credit_grants",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "debts",
                schema: "billing");

            migrationBuilder.DropTable(
                name: "deliveries",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "derived_keys",
                schema: "shared");

            migrationBuilder.DropTable(
                name: "dispatch_state",
                schema: "notifications");

            migrationBuilder.DropTable(
                name: "earnings",
                schema: "trust");

            migrationBuilder.DropTable(
                name: "embeddings",
                schema: "marketplace");

            migrationBuilder.DropTable(
                name: "entries",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "events",
                schema: "calls");

            migrationBuilder.DropTable(
                name: "evidence_files",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "idempotency_records",
                schema: "shared");

            migrationBuilder.DropTable(
                name: "invitations",
                schema: "identity");

            migrationBuilder.DropTable(
                name: "invoices",
                schema: "billing");

            migrationBuilder.DropTable(
                name: "mails",
                schema: "notifications");

            migrationBuilder.DropTable(
                name: "mandate_uses",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "members",
                schema: "identity");

            migrationBuilder.DropTable(
                name: "milestone_deliveries",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "on_chain_payments",
                schema: "billing");

            migrationBuilder.DropTable(
                name: "outbox",
                schema: "notifications");

            migrationBuilder.DropTable(
                name: "outcomes",
                schema: "trust");

            migrationBuilder.DropTable(
                name: "payouts",
                schema: "billing");

            migrationBuilder.DropTable(
                name: "person_claims",
                schema: "identity");

            migrationBuilder.DropTable(
                name: "person_logins",
                schema: "identity");

            migrationBuilder.DropTable(
                name: "person_tokens",
                schema: "identity");

            migrationBuilder.DropTable(
                name: "personal_access_tokens",
                schema: "identity");

            migrationBuilder.DropTable(
                name: "policies",
                schema: "calls");

            migrationBuilder.DropTable(
                name: "preferences",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "presence",
                schema: "agents");

            migrationBuilder.DropTable(
                name: "prices",
                schema: "agents");

            migrationBuilder.DropTable(
                name: "probe_schedules",
                schema: "agents");

            migrationBuilder.DropTable(
                name: "probes",
                schema: "agents");

            migrationBuilder.DropTable(
                name: "proposals",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "protection_keys",
                schema: "identity");

            migrationBuilder.DropTable(
                name: "push_configs",
                schema: "calls");

            migrationBuilder.DropTable(
                name: "receipts",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "reconciliation_cases",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "reconciliation_runs",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "referrals",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "score_history",
                schema: "trust");

            migrationBuilder.DropTable(
                name: "scores",
                schema: "trust");

            migrationBuilder.DropTable(
                name: "settlements",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "shares",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "signing_keys",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "spend_policies",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "split_settings",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "steps",
                schema: "calls");

            migrationBuilder.DropTable(
                name: "subscriptions",
                schema: "billing");

            migrationBuilder.DropTable(
                name: "subscriptions",
                schema: "calls");

            migrationBuilder.DropTable(
                name: "tenants",
                schema: "tenancy");

            migrationBuilder.DropTable(
                name: "transfers",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "usage",
                schema: "billing");

            migrationBuilder.DropTable(
                name: "webhook_events",
                schema: "billing");

            migrationBuilder.DropTable(
                name: "exchange_rates",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "dispute_evidence",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "mandates",
                schema: "ledger");

            migrationBuilder.DropTable(
                name: "purchases",
                schema: "billing");

            migrationBuilder.DropTable(
                name: "people",
                schema: "identity");

            migrationBuilder.DropTable(
                name: "nodes",
                schema: "notifications");

            migrationBuilder.DropTable(
                name: "agents",
                schema: "agents");

            migrationBuilder.DropTable(
                name: "awards",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "calls",
                schema: "calls");

            migrationBuilder.DropTable(
                name: "disputes",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "bids",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "milestones",
                schema: "mesh");

            migrationBuilder.DropTable(
                name: "contracts",
                schema: "mesh");
        }
    }
}
