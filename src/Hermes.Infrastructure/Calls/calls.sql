-- Walls of Calls. A call with its events and steps is seen by both sides and written by the caller's and the engine; what
-- the agent says of it comes through the engine.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['calls', 'events', 'steps'] LOOP
        PERFORM shared.wall(('calls.' || t)::regclass, 'agent_tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid');
    END LOOP;
END $$;
SELECT shared.wall('calls.access_rules');
SELECT shared.wall('calls.access_requests');
SELECT shared.wall('calls.collaborations', 'other_tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid');
-- Two agents have one open collaboration, whoever of them invited.
CREATE UNIQUE INDEX IF NOT EXISTS ux_collaborations_open ON calls.collaborations (least(agent_id, other_agent_id), greatest(agent_id, other_agent_id))
    WHERE state IN ('invited', 'accepted');
SELECT shared.wall('calls.policies');
-- What a subscription is worth is its subscriber's to see; months are sold and renewed by the engine, and none is forgotten.
SELECT shared.wall('calls.subscriptions');
REVOKE INSERT, DELETE ON calls.subscriptions FROM hermes_app;
SELECT shared.wall('calls.push_configs');
REVOKE DELETE ON calls.calls FROM hermes_app;
REVOKE UPDATE, DELETE ON calls.events, calls.steps FROM hermes_app, hermes_engine;

-- The gate before each agent. All nodes stand before the same row; whoever asks holds it until the end of its transaction.
CREATE TABLE IF NOT EXISTS calls.gates (
    agent_id uuid PRIMARY KEY,
    failures integer NOT NULL DEFAULT 0,
    opened_at timestamptz,
    trips integer NOT NULL DEFAULT 0,
    retry_at timestamptz,
    tried_at timestamptz
);
REVOKE ALL ON calls.gates FROM hermes_app, hermes_engine;
GRANT SELECT ON calls.gates TO hermes_engine;

CREATE OR REPLACE FUNCTION calls.has_place(agent uuid, most_parallel integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM calls.gates g WHERE g.agent_id = agent FOR NO KEY UPDATE;
    RETURN (SELECT count(*) FROM calls.calls c WHERE c.served_by = agent AND c.ended_at IS NULL AND c.state IN ('submitted', 'working')) < most_parallel;
END $$;

CREATE OR REPLACE FUNCTION calls.admit(agent uuid, most_parallel integer, most_per_hour integer, now_at timestamptz) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gate calls.gates%ROWTYPE;
BEGIN
    INSERT INTO calls.gates (agent_id) VALUES (agent) ON CONFLICT DO NOTHING;
    SELECT * INTO gate FROM calls.gates g WHERE g.agent_id = agent FOR NO KEY UPDATE;
    IF gate.retry_at > now_at THEN
        RETURN 'circuit_open';
    END IF;
    IF NOT calls.has_place(agent, most_parallel) THEN
        RETURN 'busy';
    END IF;
    IF most_per_hour IS NOT NULL AND (SELECT count(*) FROM calls.calls c WHERE c.served_by = agent AND c.created_at > now_at - interval '1 hour') >= most_per_hour THEN
        RETURN 'rate_limited';
    END IF;
    -- Half open: this one call may try; should it never end, the next one may in 30 seconds.
    IF gate.opened_at IS NOT NULL THEN
        UPDATE calls.gates g SET retry_at = now_at + interval '30 seconds', tried_at = now_at WHERE g.agent_id = agent;
    END IF;
    RETURN 'admitted';
END $$;

-- Five failures in a row open the circuit for 10 s; each time that the call it then lets through fails, too, for twice as long,
-- at most 5 minutes. What ran already when it opened says nothing new.
CREATE OR REPLACE FUNCTION calls.conclude(agent uuid, succeeded boolean, began timestamptz, now_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gate calls.gates%ROWTYPE;
BEGIN
    IF succeeded THEN
        UPDATE calls.gates g SET failures = 0, opened_at = NULL, trips = 0, retry_at = NULL, tried_at = NULL
        WHERE g.agent_id = agent AND (g.failures > 0 OR g.opened_at IS NOT NULL);
        RETURN;
    END IF;
    INSERT INTO calls.gates AS g (agent_id, failures) VALUES (agent, 1)
    ON CONFLICT (agent_id) DO UPDATE SET failures = g.failures + 1 RETURNING * INTO gate;
    IF (gate.opened_at IS NULL AND gate.failures >= 5) OR began >= gate.tried_at THEN
        UPDATE calls.gates g SET opened_at = coalesce(g.opened_at, now_at), trips = g.trips + 1, tried_at = NULL,
            retry_at = now_at + make_interval(secs => least(300, 10 * 2 ^ least(g.trips, 6)))
        WHERE g.agent_id = agent;
    END IF;
END $$;

-- Who takes a call over sees what was said in it before.
CREATE OR REPLACE FUNCTION calls.pass_on(target uuid, owner_tenant uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE calls.events e SET agent_tenant_id = owner_tenant WHERE e.call_id = target;
    UPDATE calls.steps s SET agent_tenant_id = owner_tenant WHERE s.call_id = target;
END $$;

REVOKE EXECUTE ON FUNCTION calls.has_place(uuid, integer), calls.admit(uuid, integer, integer, timestamptz),
    calls.conclude(uuid, boolean, timestamptz, timestamptz), calls.pass_on(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION calls.has_place(uuid, integer), calls.admit(uuid, integer, integer, timestamptz),
    calls.conclude(uuid, boolean, timestamptz, timestamptz) TO hermes_app, hermes_engine;
GRANT EXECUTE ON FUNCTION calls.pass_on(uuid, uuid) TO hermes_engine;
