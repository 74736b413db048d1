-- Gives positions to events that are committed and have none, in the order they were written, and tells every node.
-- One node at a time: the lock is taken before the statement that looks, so that it sees what the last holder did.
-- NOTIFY stands here rather than in the writers' transactions, where it would make their commits queue.
CREATE OR REPLACE FUNCTION notifications.dispatch(most integer) RETURNS TABLE (dispatched integer, last_position bigint, oldest timestamptz)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    start bigint;
BEGIN
    -- Most looks find nothing and need no lock.
    IF NOT EXISTS (SELECT FROM notifications.outbox o WHERE o.position IS NULL) THEN
        dispatched := 0;
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7163384699120117615);
    SELECT s.last_position INTO start FROM notifications.dispatch_state s;
    WITH batch AS (
        SELECT seq, row_number() OVER (ORDER BY seq) AS n, created_at
        FROM (SELECT o.seq, o.created_at FROM notifications.outbox o WHERE o.position IS NULL ORDER BY o.seq LIMIT most) waiting),
    placed AS (
        UPDATE notifications.outbox o SET position = start + batch.n FROM batch WHERE o.seq = batch.seq)
    SELECT count(*)::integer, start + count(*), min(created_at) INTO dispatched, last_position, oldest FROM batch;
    IF dispatched > 0 THEN
        UPDATE notifications.dispatch_state SET last_position = dispatch.last_position;
        PERFORM pg_notify('hermes_events', dispatch.last_position::text);
    END IF;
    RETURN NEXT;
END $$;

-- Events, nodes and positions are the engines'. People and agents hear events where they are fanned out.
REVOKE ALL ON notifications.nodes, notifications.dispatch_state FROM hermes_app;
-- An insert that asks for its sequence number back needs to read it.
GRANT SELECT (seq) ON notifications.outbox TO hermes_app;
REVOKE EXECUTE ON FUNCTION notifications.dispatch(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION notifications.dispatch(integer) TO hermes_engine;
