-- Walls of Agents. An agent is seen by its own tenant and, when it is public and not retired, by everybody; it is
-- written by its own tenant only. Keys are the own tenant's alone.

ALTER TABLE agents.agents ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.agents FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS own ON agents.agents;
CREATE POLICY own ON agents.agents TO hermes_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
DROP POLICY IF EXISTS listed ON agents.agents;
CREATE POLICY listed ON agents.agents FOR SELECT TO hermes_app
    USING (visibility = 'public' AND status <> 'retired');
DROP POLICY IF EXISTS engine ON agents.agents;
CREATE POLICY engine ON agents.agents TO hermes_engine USING (true) WITH CHECK (true);

ALTER TABLE agents.agent_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.agent_keys FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS own ON agents.agent_keys;
CREATE POLICY own ON agents.agent_keys TO hermes_app
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
DROP POLICY IF EXISTS engine ON agents.agent_keys;
CREATE POLICY engine ON agents.agent_keys TO hermes_engine USING (true) WITH CHECK (true);
