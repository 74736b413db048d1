-- Walls of Billing. What a tenant buys and is paid is its own; providers' events and the test provider's things are the
-- engine's alone, because they name everybody.
GRANT USAGE ON SCHEMA billing TO hermes_app, hermes_engine;

-- The built-in test provider's own objects (customers, sessions, payments …), as JSON in the shape in which it answers.
CREATE TABLE IF NOT EXISTS billing.test_objects (
    id text PRIMARY KEY,
    kind text NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text,
    data jsonb NOT NULL,
    due_at timestamptz
);
CREATE INDEX IF NOT EXISTS ix_test_objects_kind ON billing.test_objects (kind, seq);
CREATE INDEX IF NOT EXISTS ix_test_objects_due ON billing.test_objects (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS billing.test_answers (
    key text PRIMARY KEY,
    fingerprint bytea NOT NULL,
    status integer NOT NULL,
    body jsonb NOT NULL
);
CREATE TABLE IF NOT EXISTS billing.looks (
    what text PRIMARY KEY,
    until timestamptz NOT NULL
);
-- What moved on the installation's balance at a provider, with the subject of the ledger's transfers for it; micro-units.
CREATE TABLE IF NOT EXISTS billing.balance_movements (
    provider text NOT NULL,
    id text NOT NULL,
    kind text NOT NULL,
    source_id text NOT NULL,
    subject_type text NOT NULL,
    subject_id uuid NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (provider, id)
);
CREATE INDEX IF NOT EXISTS ix_balance_movements_at ON billing.balance_movements (at);
CREATE TABLE IF NOT EXISTS billing.test_deliveries (
    event_id text PRIMARY KEY,
    next_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0
);

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA billing TO hermes_app, hermes_engine;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA billing TO hermes_engine;
REVOKE ALL ON billing.webhook_events, billing.test_objects, billing.test_answers, billing.test_deliveries, billing.looks, billing.balance_movements FROM hermes_app;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['accounts', 'debts', 'purchases', 'on_chain_payments', 'chargebacks', 'subscriptions', 'invoices', 'payouts', 'usage'] LOOP
        PERFORM shared.wall(('billing.' || t)::regclass);
    END LOOP;
END $$;
-- A tenant's people ask for purchases and payouts and describe themselves; what the provider said is written by the engine.
REVOKE INSERT, UPDATE, DELETE ON billing.on_chain_payments, billing.debts, billing.chargebacks, billing.subscriptions, billing.invoices, billing.usage FROM hermes_app;
REVOKE UPDATE, DELETE ON billing.purchases, billing.payouts FROM hermes_app;
REVOKE DELETE ON billing.accounts FROM hermes_app;
REVOKE DELETE ON billing.purchases, billing.on_chain_payments, billing.chargebacks, billing.payouts, billing.invoices, billing.debts FROM hermes_engine;
