-- Walls of what follows an award. Poster and winner see results, settlements and disputes of their contract; the winner's
-- tenant writes results and, like the poster's, disputes; settlements are written by the engine's role alone.
DO $$
DECLARE
    t text;
    concerned constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid IN (poster_tenant_id, winner_tenant_id)';
BEGIN
    FOREACH t IN ARRAY ARRAY['deliveries', 'settlements', 'disputes', 'dispute_evidence', 'evidence_files', 'milestone_deliveries'] LOOP
        EXECUTE format('ALTER TABLE mesh.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE mesh.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('DROP POLICY IF EXISTS concerned_read ON mesh.%I', t);
        EXECUTE format('CREATE POLICY concerned_read ON mesh.%I FOR SELECT TO hermes_app USING (%s)', t, concerned);
        EXECUTE format('DROP POLICY IF EXISTS owner ON mesh.%I', t);
        EXECUTE format('CREATE POLICY owner ON mesh.%I TO %I USING (true) WITH CHECK (true)', t, current_user);
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
-- Whoever sees a contract sees what is planned; its poster plans, as long as it is a draft; all else is the engine's.
ALTER TABLE mesh.milestones ENABLE ROW LEVEL SECURITY;
ALTER TABLE mesh.milestones FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen ON mesh.milestones;
CREATE POLICY seen ON mesh.milestones FOR SELECT TO hermes_app USING (EXISTS (SELECT FROM mesh.contracts c WHERE c.id = contract_id));
DROP POLICY IF EXISTS poster_plans ON mesh.milestones;
CREATE POLICY poster_plans ON mesh.milestones FOR INSERT TO hermes_app
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND state = 'planned'
        AND EXISTS (SELECT FROM mesh.contracts c WHERE c.id = contract_id AND c.tenant_id = milestones.tenant_id AND c.rounds = 0));
DROP POLICY IF EXISTS poster_replans ON mesh.milestones;
CREATE POLICY poster_replans ON mesh.milestones FOR DELETE TO hermes_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND EXISTS (SELECT FROM mesh.contracts c WHERE c.id = contract_id AND c.state = 'draft'));
-- Calling off before the work began drops what was planned.
DROP POLICY IF EXISTS poster_drops ON mesh.milestones;
CREATE POLICY poster_drops ON mesh.milestones FOR UPDATE TO hermes_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND state = 'planned')
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND state = 'cancelled');
DROP POLICY IF EXISTS engine ON mesh.milestones;
CREATE POLICY engine ON mesh.milestones TO hermes_engine USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS owner ON mesh.milestones;
    EXECUTE format('CREATE POLICY owner ON mesh.milestones TO %I USING (true) WITH CHECK (true)', current_user);
END $$;
REVOKE INSERT, UPDATE, DELETE ON mesh.milestone_deliveries FROM hermes_app;
REVOKE UPDATE, DELETE ON mesh.milestone_deliveries FROM hermes_engine;

REVOKE INSERT, UPDATE, DELETE ON mesh.dispute_evidence, mesh.evidence_files FROM hermes_app;
REVOKE DELETE ON mesh.deliveries, mesh.settlements, mesh.disputes, mesh.dispute_evidence, mesh.evidence_files FROM hermes_engine;
REVOKE UPDATE ON mesh.deliveries, mesh.settlements, mesh.dispute_evidence, mesh.evidence_files FROM hermes_engine;

-- How many other contracts were delivered with exactly the same result, whoever delivered them: nothing but the number.
CREATE OR REPLACE FUNCTION mesh.same_deliveries(contract uuid, hash text) RETURNS int LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT count(DISTINCT x.id)::int FROM (
        SELECT d.contract_id AS id FROM mesh.deliveries d WHERE d.result_hash = hash AND d.bytes >= 64
        UNION ALL
        SELECT m.contract_id FROM mesh.milestone_deliveries d JOIN mesh.milestones m ON m.id = d.milestone_id WHERE d.result_hash = hash AND d.bytes >= 64) x
        WHERE x.id <> contract);
END $$;
REVOKE EXECUTE ON FUNCTION mesh.same_deliveries(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mesh.same_deliveries(uuid, text) TO hermes_app, hermes_engine;

-- The winner's tenant moves the contract on from its award to its delivery.
DROP POLICY IF EXISTS winner_works ON mesh.contracts;
CREATE POLICY winner_works ON mesh.contracts FOR UPDATE TO hermes_app
    USING (winner_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND state IN ('awarded', 'in_progress', 'delivered', 'validated'))
    WITH CHECK (winner_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND state IN ('in_progress', 'delivered', 'validated', 'disputed'));

-- What is released early is the engine's to write, like every payment.
CREATE OR REPLACE FUNCTION mesh.early_release_is_the_engines() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF pg_has_role(current_user, 'hermes_app', 'usage') AND NOT pg_has_role(current_user, 'hermes_engine', 'usage') THEN
        RAISE EXCEPTION 'What was released is not the app''s to write.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN new;
END $$;
CREATE OR REPLACE TRIGGER early_release_guard BEFORE UPDATE ON mesh.contracts FOR EACH ROW
    WHEN ((new.early_agent_micro_units, new.early_platform_micro_units, new.early_refunded_micro_units, new.by_hand_micro_units)
        IS DISTINCT FROM (old.early_agent_micro_units, old.early_platform_micro_units, old.early_refunded_micro_units, old.by_hand_micro_units))
    EXECUTE FUNCTION mesh.early_release_is_the_engines();

-- What the settlement engine looks for.
CREATE INDEX IF NOT EXISTS ix_contracts_due_settlement ON mesh.contracts (validated_at) WHERE state = 'validated';
