-- Walls of Agents. An agent is seen by its own tenant and, when it is public and not retired, by everybody; it is
-- written by its own tenant only. Keys are the own tenant's alone.
SELECT shared.wall('agents.agents', 'visibility = ''public'' AND status <> ''retired''');
SELECT shared.wall('agents.agent_keys');
-- Whether an endpoint works is seen of every agent that is seen; what a probe found is the own tenant's alone.
SELECT shared.wall('agents.probe_schedules', 'EXISTS (SELECT FROM agents.agents a WHERE a.id = agent_id AND a.visibility = ''public'' AND a.status <> ''retired'')');
SELECT shared.wall('agents.probes');
SELECT shared.wall('agents.cards');
SELECT shared.wall('agents.call_credentials');

-- Presence is seen of every agent that is seen; only engines write it.
ALTER TABLE agents.presence ENABLE ROW LEVEL SECURITY;
ALTER TABLE agents.presence FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen ON agents.presence;
CREATE POLICY seen ON agents.presence FOR SELECT TO hermes_app
    USING (EXISTS (SELECT FROM agents.agents a WHERE a.id = agent_id));
DROP POLICY IF EXISTS engine ON agents.presence;
CREATE POLICY engine ON agents.presence TO hermes_engine USING (true) WITH CHECK (true);
DO $$ BEGIN
    DROP POLICY IF EXISTS owner ON agents.presence;
    EXECUTE format('CREATE POLICY owner ON agents.presence TO %I USING (true) WITH CHECK (true)', current_user);
END $$;
REVOKE INSERT, UPDATE, DELETE ON agents.presence FROM hermes_app;

-- Reading presence needs to know which nodes are alive. In plpgsql, which keeps its plan: a function in SQL that runs as
-- its owner is parsed and planned for every row.
CREATE OR REPLACE FUNCTION agents.presence_of(agent uuid) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce((
        SELECT CASE WHEN bool_or(p.status = 'online') THEN 'online' ELSE 'busy' END
        FROM agents.presence p JOIN notifications.nodes n ON n.id = p.node_id
        WHERE p.agent_id = agent AND n.seen_at > now() - interval '20 seconds'
        HAVING count(*) > 0), 'offline');
END $$;

-- An agent with what it derives from, up to one more than may be. Agents in between may be hidden from the viewer, the first
-- may not. Whoever asks is about to give an agent an origin: one at a time, so that two can't close a circle.
CREATE OR REPLACE FUNCTION agents.origin_chain(origin uuid, viewer uuid)
RETURNS TABLE (place int, id uuid, tenant_id uuid, retired boolean, royalty_basis_points int, owed_basis_points int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('agents.derivation', 0));
    RETURN QUERY
    WITH RECURSIVE chain AS (
        SELECT 1 AS place, a.id, a.tenant_id, a.status, a.royalty_basis_points, a.owed_basis_points, a.derived_from
        FROM agents.agents a WHERE a.id = origin AND (a.tenant_id = viewer OR (a.visibility = 'public' AND a.status <> 'retired'))
        UNION ALL
        SELECT c.place + 1, a.id, a.tenant_id, a.status, a.royalty_basis_points, a.owed_basis_points, a.derived_from
        FROM chain c JOIN agents.agents a ON a.id = c.derived_from WHERE c.place < 4)
    SELECT c.place, c.id, c.tenant_id, c.status::text = 'retired', c.royalty_basis_points, c.owed_basis_points FROM chain c;
END $$;
REVOKE EXECUTE ON FUNCTION agents.origin_chain(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agents.origin_chain(uuid, uuid) TO hermes_app, hermes_engine;
