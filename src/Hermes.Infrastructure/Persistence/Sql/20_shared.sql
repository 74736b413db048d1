-- Idempotency records belong to a subject, whose tenant may be none: the empty UUID.
ALTER TABLE shared.idempotency_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE shared.idempotency_records FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_rows ON shared.idempotency_records;
CREATE POLICY tenant_rows ON shared.idempotency_records TO hermes_app
    USING (tenant_id = coalesce(nullif(current_setting('app.tenant', true), ''), '00000000-0000-0000-0000-000000000000')::uuid)
    WITH CHECK (tenant_id = coalesce(nullif(current_setting('app.tenant', true), ''), '00000000-0000-0000-0000-000000000000')::uuid);
DROP POLICY IF EXISTS engine ON shared.idempotency_records;
CREATE POLICY engine ON shared.idempotency_records TO hermes_engine USING (true) WITH CHECK (true);

SELECT shared.wall('shared.derived_keys');

-- The app role writes events and never reads them back: who may hear what is decided where they are fanned out.
REVOKE SELECT, UPDATE, DELETE ON notifications.outbox FROM hermes_app;
