-- Walls of Agents. An agent is seen by its own tenant and, when it is public and not retired, by everybody; it is
-- written by its own tenant only. Keys are the own tenant's alone.
SELECT shared.wall('agents.agents', 'visibility = ''public'' AND status <> ''retired''');
SELECT shared.wall('agents.agent_keys');
-- Whether an endpoint works is seen of every agent that is seen; what a probe found is the own tenant's alone.
SELECT shared.wall('agents.probe_schedules', 'EXISTS (SELECT FROM agents.agents a WHERE a.id = agent_id AND a.visibility = ''public'' AND a.status <> ''retired'')');
-- What an agent asks is seen by whoever sees the agent. Versions stay as they were said; only that their time has come is noted.
SELECT shared.wall('agents.prices', 'EXISTS (SELECT FROM agents.agents a WHERE a.id = agent_id AND a.visibility = ''public'' AND a.status <> ''retired'')');
REVOKE UPDATE, DELETE ON agents.prices FROM hermes_app, hermes_engine;
GRANT UPDATE (listed_at) ON agents.prices TO hermes_engine;
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

-- An agent without a socket is there when it has an endpoint that its probes keep listed. Reading presence needs to know which nodes are alive. In plpgsql, which keeps its plan: a function in SQL that runs as
-- its owner is parsed and planned for every row.
CREATE OR REPLACE FUNCTION agents.presence_of(agent uuid) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce((
        SELECT CASE WHEN bool_or(p.status = 'online') THEN 'online' ELSE 'busy' END
        FROM agents.presence p JOIN notifications.nodes n ON n.id = p.node_id
        WHERE p.agent_id = agent AND n.seen_at > now() - interval '20 seconds'
        HAVING count(*) > 0),
        (SELECT 'online' FROM agents.agents a WHERE a.id = agent AND a.endpoint IS NOT NULL AND a.listing = 'listed' AND a.status = 'active'), 'offline');
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

-- An agent's rows name its owner, and their foreign keys say so; they are checked at the commit while an agent changes hands.
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT conrelid::regclass AS rel, conname FROM pg_constraint
             WHERE contype = 'f' AND confrelid = 'agents.agents'::regclass AND cardinality(conkey) = 2 AND NOT condeferrable LOOP
        EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY IMMEDIATE', c.rel, c.conname);
    END LOOP;
END $$;

-- Gives an agent to another organisation: assigned, not_found, not_paused, has_work, name_taken. A paused agent begins no work,
-- so what is open is open already. Keys end, what was the former owner's secret or rule is dropped, trust goes along; past
-- contracts, calls and earnings stay where they were.
CREATE OR REPLACE FUNCTION agents.assign(p_agent uuid, p_from uuid, p_to uuid, p_at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a agents.agents%ROWTYPE;
    c record;
BEGIN
    SELECT * INTO a FROM agents.agents x WHERE x.id = p_agent AND x.tenant_id = p_from AND x.status <> 'retired' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    ELSIF a.status <> 'paused' THEN
        RETURN 'not_paused';
    ELSIF EXISTS (SELECT FROM mesh.bids b JOIN mesh.contracts k ON k.id = b.contract_id WHERE b.agent_id = p_agent AND b.state = 'live' AND k.state = 'bidding')
       OR EXISTS (SELECT FROM mesh.contracts k WHERE k.winner_agent_id = p_agent AND k.state IN ('awarded', 'in_progress', 'delivered', 'validated', 'disputed'))
       OR EXISTS (SELECT FROM calls.calls k WHERE k.served_by = p_agent AND k.ended_at IS NULL) THEN
        RETURN 'has_work';
    ELSIF EXISTS (SELECT FROM agents.agents x WHERE x.tenant_id = p_to AND x.name = a.name AND x.status <> 'retired') THEN
        RETURN 'name_taken';
    END IF;
    SET CONSTRAINTS ALL DEFERRED;
    UPDATE agents.agents x SET tenant_id = p_to, changed_at = p_at WHERE x.id = p_agent;
    UPDATE agents.agent_keys k SET revoked_at = p_at WHERE k.agent_id = p_agent AND k.revoked_at IS NULL;
    DELETE FROM agents.call_credentials k WHERE k.agent_id = p_agent;
    FOR c IN SELECT conrelid::regclass AS rel FROM pg_constraint WHERE contype = 'f' AND confrelid = 'agents.agents'::regclass AND cardinality(conkey) = 2 LOOP
        EXECUTE format('UPDATE %s SET tenant_id = $1 WHERE agent_id = $2 AND tenant_id = $3', c.rel) USING p_to, p_agent, p_from;
    END LOOP;
    DELETE FROM calls.access_rules r WHERE r.agent_id = p_agent OR r.caller_agent_id = p_agent;
    DELETE FROM calls.access_requests r WHERE r.agent_id = p_agent;
    DELETE FROM calls.policies p WHERE p.agent_id = p_agent;
    UPDATE calls.policies p SET backup_agent_id = NULL WHERE p.backup_agent_id = p_agent AND p.tenant_id = p_from;
    UPDATE calls.collaborations k SET state = 'ended', ended_at = p_at WHERE p_agent IN (k.agent_id, k.other_agent_id) AND k.state IN ('invited', 'accepted');
    UPDATE trust.scores s SET tenant_id = p_to WHERE s.agent_id = p_agent;
    UPDATE trust.score_history s SET tenant_id = p_to WHERE s.agent_id = p_agent;
    UPDATE trust.outcomes o SET tenant_id = p_to WHERE o.agent_id = p_agent;
    UPDATE trust.earnings e SET tenant_id = p_to WHERE e.agent_id = p_agent;
    RETURN 'assigned';
END $$;
REVOKE EXECUTE ON FUNCTION agents.assign(uuid, uuid, uuid, timestamptz) FROM PUBLIC, hermes_app;
GRANT EXECUTE ON FUNCTION agents.assign(uuid, uuid, uuid, timestamptz) TO hermes_engine;
