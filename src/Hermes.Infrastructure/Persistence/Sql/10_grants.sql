-- Least privilege: neither role owns anything, makes tables or bypasses row level security. Capabilities take away more.
DO $$
DECLARE s text;
BEGIN
    FOREACH s IN ARRAY ARRAY['shared','tenancy','identity','agents','mesh','calls','trust','ledger','billing','compliance','notifications','quartz'] LOOP
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', s);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO hermes_app, hermes_engine', s);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO hermes_app, hermes_engine', s);
        EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO hermes_app, hermes_engine', s);
    END LOOP;
END $$;

-- Makes the two walls' second half for a table whose rows are its tenant's; widened by capabilities where the product says so.
CREATE OR REPLACE FUNCTION shared.wall(target regclass, visible text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    own constant text := 'tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('DROP POLICY IF EXISTS tenant_reads ON %s', target);
    EXECUTE format('DROP POLICY IF EXISTS tenant_writes ON %s', target);
    EXECUTE format('DROP POLICY IF EXISTS engine ON %s', target);
    EXECUTE format('DROP POLICY IF EXISTS owner ON %s', target);
    EXECUTE format('CREATE POLICY tenant_reads ON %s FOR SELECT TO hermes_app USING (%s)', target, own || coalesce(' OR ' || visible, ''));
    EXECUTE format('CREATE POLICY tenant_writes ON %s FOR ALL TO hermes_app USING (%s) WITH CHECK (%s)', target, own, own);
    EXECUTE format('CREATE POLICY engine ON %s TO hermes_engine USING (true) WITH CHECK (true)', target);
    -- The wall is forced on the owner too; its functions (SECURITY DEFINER) and migrations need the rows.
    EXECUTE format('CREATE POLICY owner ON %s TO %I USING (true) WITH CHECK (true)', target, current_user);
END $$;
