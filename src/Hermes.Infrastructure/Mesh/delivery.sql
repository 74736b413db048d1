-- Walls of what follows an award. Poster and winner see results, settlements and disputes of their contract; the winner's
-- tenant writes results and, like the poster's, disputes; settlements are written by the engine's role alone.
DO $$
DECLARE
    t text;
    concerned constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid IN (poster_tenant_id, winner_tenant_id)';
BEGIN
    FOREACH t IN ARRAY ARRAY['deliveries', 'settlements', 'disputes'] LOOP
        EXECUTE format('ALTER TABLE mesh.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE mesh.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('DROP POLICY IF EXISTS concerned_read ON mesh.%I', t);
        EXECUTE format('CREATE POLICY concerned_read ON mesh.%I FOR SELECT TO hermes_app USING (%s)', t, concerned);
        EXECUTE format('DROP POLICY IF EXISTS engine ON mesh.%I', t);
        EXECUTE format('CREATE POLICY engine ON mesh.%I TO hermes_engine USING (true) WITH CHECK (true)', t);
    END LOOP;
    DROP POLICY IF EXISTS winner_delivers ON mesh.deliveries;
    CREATE POLICY winner_delivers ON mesh.deliveries FOR INSERT TO hermes_app
        WITH CHECK (winner_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
    DROP POLICY IF EXISTS concerned_dispute ON mesh.disputes;
    EXECUTE format('CREATE POLICY concerned_dispute ON mesh.disputes FOR INSERT TO hermes_app WITH CHECK (%s)', concerned);
    -- The poster's own cancelling before the work began.
    DROP POLICY IF EXISTS poster_calls_off ON mesh.settlements;
    CREATE POLICY poster_calls_off ON mesh.settlements FOR INSERT TO hermes_app
        WITH CHECK (poster_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND cause = 'called_off' AND agent_micro_units = 0 AND platform_micro_units = 0);
END $$;

REVOKE UPDATE, DELETE ON mesh.deliveries, mesh.settlements, mesh.disputes FROM hermes_app;
REVOKE DELETE ON mesh.deliveries, mesh.settlements, mesh.disputes FROM hermes_engine;
REVOKE UPDATE ON mesh.deliveries, mesh.settlements FROM hermes_engine;

-- The winner's tenant moves the contract on from its award to its delivery.
DROP POLICY IF EXISTS winner_works ON mesh.contracts;
CREATE POLICY winner_works ON mesh.contracts FOR UPDATE TO hermes_app
    USING (winner_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND state IN ('awarded', 'in_progress', 'delivered', 'validated'))
    WITH CHECK (winner_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND state IN ('in_progress', 'delivered', 'validated', 'disputed'));

-- What the settlement engine looks for.
CREATE INDEX IF NOT EXISTS ix_contracts_due_settlement ON mesh.contracts (validated_at) WHERE state = 'validated';
