-- A tenant's people see and edit their own organisation's row; others' names reach them through the directory port.
ALTER TABLE tenancy.tenants ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS own ON tenancy.tenants;
CREATE POLICY own ON tenancy.tenants TO hermes_app
    USING (id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (id = nullif(current_setting('app.tenant', true), '')::uuid);
DROP POLICY IF EXISTS engine ON tenancy.tenants;
CREATE POLICY engine ON tenancy.tenants TO hermes_engine USING (true) WITH CHECK (true);
REVOKE INSERT, UPDATE, DELETE ON tenancy.tenants FROM hermes_app;
GRANT UPDATE (name, contact_email) ON tenancy.tenants TO hermes_app;
REVOKE DELETE ON tenancy.tenants FROM hermes_engine;

-- The installation itself: owner of the platform's accounts and of operators' acts. The wall stands against the schema's
-- owner too, but for this statement.
ALTER TABLE tenancy.tenants NO FORCE ROW LEVEL SECURITY;
INSERT INTO tenancy.tenants (id, slug, name, status, plan, created_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'platform', 'Hermes', 'active', 'enterprise', now())
ON CONFLICT (id) DO NOTHING;
ALTER TABLE tenancy.tenants FORCE ROW LEVEL SECURITY;
