-- Walls of shares. The owner of the agent that worked sees the whole split, the payer the platform's share (the rest of what
-- was released went to the agent's side), referrers and origins' owners their own. Only the engine writes, and only once.
ALTER TABLE ledger.shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.shares FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS concerned ON ledger.shares;
CREATE POLICY concerned ON ledger.shares FOR SELECT TO hermes_app
    USING (nullif(current_setting('app.tenant', true), '')::uuid IN (tenant_id, earner_tenant_id)
        OR (payer_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid AND party = 'platform'));
DROP POLICY IF EXISTS engine ON ledger.shares;
CREATE POLICY engine ON ledger.shares TO hermes_engine USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS owner ON ledger.shares;
    EXECUTE format('CREATE POLICY owner ON ledger.shares TO %I USING (true) WITH CHECK (true)', current_user);
END $$;
REVOKE ALL ON ledger.shares FROM hermes_app, hermes_engine;
GRANT SELECT ON ledger.shares TO hermes_app;
GRANT SELECT, INSERT ON ledger.shares TO hermes_engine;

-- An organisation's own share is its own to set; who brought it here is the operator's.
SELECT shared.wall('ledger.split_settings');
GRANT SELECT, INSERT, UPDATE ON ledger.split_settings TO hermes_app, hermes_engine;
CREATE OR REPLACE FUNCTION ledger.referrer_is_the_operators() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF pg_has_role(current_user, 'hermes_engine', 'usage') OR NOT pg_has_role(current_user, 'hermes_app', 'usage') THEN
        RETURN new;
    END IF;
    IF TG_OP = 'INSERT' AND new.referrer_tenant_id IS NULL THEN
        RETURN new;
    END IF;
    IF TG_OP = 'UPDATE' AND (new.referrer_tenant_id, new.referrer_basis_points) IS NOT DISTINCT FROM (old.referrer_tenant_id, old.referrer_basis_points) THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'Who brought an organisation here is not its own to say.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE OR REPLACE TRIGGER referrer_guard BEFORE INSERT OR UPDATE ON ledger.split_settings
    FOR EACH ROW EXECUTE FUNCTION ledger.referrer_is_the_operators();

-- What operators propose and confirm is the back office's alone.
ALTER TABLE ledger.proposals ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.proposals FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS engine ON ledger.proposals;
CREATE POLICY engine ON ledger.proposals TO hermes_engine USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS owner ON ledger.proposals;
    EXECUTE format('CREATE POLICY owner ON ledger.proposals TO %I USING (true) WITH CHECK (true)', current_user);
END $$;
REVOKE ALL ON ledger.proposals FROM hermes_app, hermes_engine;
GRANT SELECT, INSERT, UPDATE ON ledger.proposals TO hermes_engine;
