-- The trust score as of a UTC day: the same as TrustScore.Of in the domain, held equal by a test.
CREATE OR REPLACE FUNCTION trust.score(contracts integer, successes integer, on_time integer, ratings integer, stars integer,
    quality_sum numeric, quality_square_sum numeric, first_on date, on_date date)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN contracts = 0 THEN 0.5 ELSE round(
        0.40 * round(successes::numeric / contracts, 6)
      + 0.20 * round(on_time::numeric / contracts, 6)
      + 0.20 * CASE WHEN ratings = 0 THEN 0.5 ELSE round(stars::numeric / (5 * ratings), 6) END
      + 0.10 * round(least(greatest(on_date - first_on, 0), 365)::numeric / 365, 6)
      + 0.10 * round(greatest(1 - (contracts * quality_square_sum - quality_sum * quality_sum) / (contracts::numeric * contracts), 0), 6), 4) END
$$;

-- (n·score + 5·0.5) / (n + 5), four decimals.
CREATE OR REPLACE FUNCTION trust.effective(score numeric, contracts integer)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT round((contracts * score + 2.5) / (contracts + 5), 4)
$$;

-- The grade; null below three contracts.
CREATE OR REPLACE FUNCTION trust.grade(score numeric, contracts integer)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN contracts < 3 THEN NULL WHEN score >= 0.95 THEN 'A+' WHEN score >= 0.90 THEN 'A' WHEN score >= 0.88 THEN 'A-'
        WHEN score >= 0.80 THEN 'B+' WHEN score >= 0.75 THEN 'B' WHEN score >= 0.70 THEN 'B-' WHEN score >= 0.65 THEN 'C+'
        WHEN score >= 0.60 THEN 'C' WHEN score >= 0.55 THEN 'C-' WHEN score >= 0.45 THEN 'D' ELSE 'F' END
$$;

-- The hash of a line of an outcome log: the same as OutcomeLog.HashOf in the domain.
CREATE OR REPLACE FUNCTION trust.line_hash(previous text, sequence integer, kind text, agent uuid, contract uuid, at timestamptz, content text)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(concat_ws('|', previous, sequence, kind, agent, contract,
        to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), content), 'UTF8')), 'hex')
$$;

-- Brings an agent's score, grade and today's point of its history in line with its counters. The caller holds the row.
CREATE OR REPLACE FUNCTION trust.refresh(agent uuid, at timestamptz) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    WITH fresh AS (
        UPDATE trust.scores s SET
            score = n.score, charted = n.score, effective = trust.effective(n.score, s.contracts),
            grade = trust.grade(n.score, s.contracts), changed_at = at
        FROM (SELECT agent_id, trust.score(contracts, successes, on_time, ratings, stars, quality_sum, quality_square_sum,
                         first_on, (at AT TIME ZONE 'UTC')::date) AS score
              FROM trust.scores WHERE agent_id = agent) n
        WHERE s.agent_id = n.agent_id
        RETURNING s.agent_id, s.tenant_id, s.score, s.effective, s.contracts)
    INSERT INTO trust.score_history AS h (agent_id, tenant_id, on_date, score, effective, contracts)
    SELECT agent_id, tenant_id, (at AT TIME ZONE 'UTC')::date, score, effective, contracts FROM fresh
    ON CONFLICT (agent_id, on_date) DO UPDATE SET score = excluded.score, effective = excluded.effective, contracts = excluded.contracts;
END $$;

-- Appends outcomes to their agents' logs, in the order of the agents so that two batches can't wait for each other in a
-- circle. An outcome that exists is left out. Answers with the number appended.
CREATE OR REPLACE FUNCTION trust.record_outcomes(agents uuid[], owners uuid[], contracts uuid[], posters uuid[], success boolean[],
    on_time boolean[], quality numeric[], lost boolean[], earned bigint[], currencies text[], at timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    o record;
    s trust.scores%ROWTYPE;
    instant constant timestamptz := record_outcomes.at;
    number integer;
    appended integer := 0;
BEGIN
    FOR o IN
        SELECT * FROM unnest(record_outcomes.agents, owners, record_outcomes.contracts, posters, record_outcomes.success,
                record_outcomes.on_time, record_outcomes.quality, lost, earned, currencies)
            AS u(agent_id, tenant_id, contract_id, poster_id, success, on_time, quality, lost, earned, currency)
        ORDER BY u.agent_id, u.contract_id
    LOOP
        INSERT INTO trust.scores (agent_id, tenant_id, changed_at) VALUES (o.agent_id, o.tenant_id, instant) ON CONFLICT DO NOTHING;
        SELECT x.* INTO STRICT s FROM trust.scores x WHERE x.agent_id = o.agent_id FOR UPDATE;
        CONTINUE WHEN EXISTS (SELECT FROM trust.outcomes x WHERE x.agent_id = o.agent_id AND x.contract_id = o.contract_id);
        number := CASE WHEN o.poster_id = o.tenant_id THEN 0 ELSE coalesce(
            (SELECT x.poster FROM trust.outcomes x WHERE x.agent_id = o.agent_id AND x.poster_tenant_id = o.poster_id LIMIT 1),
            s.other_posters + 1) END;
        s.last_sequence := s.last_sequence + 1;
        s.last_hash := trust.line_hash(s.last_hash, s.last_sequence, 'outcome', o.agent_id, o.contract_id, instant,
            format('%s|%s|%s|%s|%s', number, o.success::int, o.on_time::int, to_char(o.quality, 'FM0.0000'), o.lost::int));
        INSERT INTO trust.outcomes (agent_id, contract_id, tenant_id, poster_tenant_id, poster, sequence, at, success, on_time,
            quality, lost_in_dispute, hash)
        VALUES (o.agent_id, o.contract_id, o.tenant_id, o.poster_id, number, s.last_sequence, instant, o.success, o.on_time,
            o.quality, o.lost, s.last_hash);
        UPDATE trust.scores x SET
            contracts = x.contracts + 1, successes = x.successes + o.success::int, on_time = x.on_time + o.on_time::int,
            quality_sum = x.quality_sum + o.quality, quality_square_sum = x.quality_square_sum + o.quality * o.quality,
            first_on = coalesce(x.first_on, (instant AT TIME ZONE 'UTC')::date), other_posters = greatest(x.other_posters, number),
            last_sequence = s.last_sequence, last_hash = s.last_hash
        WHERE x.agent_id = o.agent_id;
        IF o.earned > 0 THEN
            INSERT INTO trust.earnings AS e (agent_id, tenant_id, currency, micro_units) VALUES (o.agent_id, o.tenant_id, o.currency, o.earned)
            ON CONFLICT (agent_id, currency) DO UPDATE SET micro_units = e.micro_units + excluded.micro_units;
        END IF;
        PERFORM trust.refresh(o.agent_id, instant);
        appended := appended + 1;
    END LOOP;
    RETURN appended;
END $$;

-- Adds a poster's one rating. Answers 'rated', 'rated_already' or 'nothing_to_rate' (also where another tenant than the
-- connection's is named as the poster).
CREATE OR REPLACE FUNCTION trust.rate(agent uuid, contract uuid, poster uuid, given integer, at timestamptz)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    o trust.outcomes%ROWTYPE;
    s trust.scores%ROWTYPE;
    instant constant timestamptz := rate.at;
BEGIN
    SELECT x.* INTO s FROM trust.scores x WHERE x.agent_id = agent FOR UPDATE;
    SELECT x.* INTO o FROM trust.outcomes x WHERE x.agent_id = agent AND x.contract_id = contract AND x.poster_tenant_id = rate.poster;
    IF NOT FOUND OR rate.poster <> coalesce(nullif(current_setting('app.tenant', true), '')::uuid, rate.poster) THEN
        RETURN 'nothing_to_rate';
    ELSIF o.stars IS NOT NULL THEN
        RETURN 'rated_already';
    END IF;
    s.last_sequence := s.last_sequence + 1;
    s.last_hash := trust.line_hash(s.last_hash, s.last_sequence, 'rating', agent, contract, instant, given::text);
    UPDATE trust.outcomes x SET stars = given, rating_sequence = s.last_sequence, rated_at = instant, rating_hash = s.last_hash
    WHERE x.agent_id = agent AND x.contract_id = contract;
    UPDATE trust.scores x SET ratings = x.ratings + 1, stars = x.stars + given, last_sequence = s.last_sequence, last_hash = s.last_hash
    WHERE x.agent_id = agent;
    PERFORM trust.refresh(agent, instant);
    RETURN 'rated';
END $$;

-- Recalculates every agent from its outcomes, in one statement. It never waits: a score that a settlement holds at this
-- moment is left to that settlement, and one that got a newer outcome after this statement's snapshot is left as that
-- outcome made it (the head of the log no longer matches). Awards read scores and are never held up. Answers with the
-- number of scores that moved.
CREATE OR REPLACE FUNCTION trust.recalculate(instant timestamptz) RETURNS bigint LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH counted AS (
        SELECT agent_id, count(*)::int AS contracts, count(*) FILTER (WHERE success)::int AS successes,
            count(*) FILTER (WHERE on_time)::int AS on_time, count(stars)::int AS ratings, coalesce(sum(stars), 0)::int AS stars,
            sum(quality) AS quality_sum, sum(quality * quality) AS quality_square_sum,
            (max(at) FILTER (WHERE sequence = 1) AT TIME ZONE 'UTC')::date AS first_on, max(poster) AS other_posters,
            greatest(max(sequence), max(rating_sequence)) AS last_sequence
        FROM trust.outcomes GROUP BY agent_id),
    scored AS MATERIALIZED (
        SELECT c.*, trust.score(contracts, successes, on_time, ratings, stars, quality_sum, quality_square_sum, first_on,
            (instant AT TIME ZONE 'UTC')::date) AS score
        FROM counted c),
    free AS (
        -- Longevity moves every score a little every night; a point is charted when it has moved by half a hundredth.
        SELECT c.*, abs(c.score - s.charted) >= 0.005 AS chart FROM trust.scores s JOIN scored c USING (agent_id)
        WHERE (s.score, s.contracts, s.successes, s.on_time, s.ratings, s.stars, s.quality_sum, s.quality_square_sum, s.first_on, s.other_posters)
            IS DISTINCT FROM (c.score, c.contracts, c.successes, c.on_time, c.ratings, c.stars, c.quality_sum, c.quality_square_sum, c.first_on, c.other_posters)
        FOR NO KEY UPDATE OF s SKIP LOCKED),
    moved AS (
        UPDATE trust.scores s SET
            contracts = c.contracts, successes = c.successes, on_time = c.on_time, ratings = c.ratings, stars = c.stars,
            quality_sum = c.quality_sum, quality_square_sum = c.quality_square_sum, first_on = c.first_on,
            other_posters = c.other_posters, score = c.score, effective = trust.effective(c.score, c.contracts),
            grade = trust.grade(c.score, c.contracts), changed_at = instant, charted = CASE WHEN c.chart THEN c.score ELSE s.charted END
        FROM free c
        WHERE s.agent_id = c.agent_id AND s.last_sequence = c.last_sequence
        RETURNING s.agent_id, s.tenant_id, s.score, s.effective, s.contracts, c.chart),
    charted AS (
        INSERT INTO trust.score_history (agent_id, tenant_id, on_date, score, effective, contracts)
        SELECT agent_id, tenant_id, (instant AT TIME ZONE 'UTC')::date, score, effective, contracts FROM moved WHERE chart
        ON CONFLICT (agent_id, on_date) DO UPDATE SET score = excluded.score, effective = excluded.effective, contracts = excluded.contracts)
    SELECT count(*) FROM moved
$$;

-- Walls. Scores, history, earnings and outcomes of agents that the connection may see (its own, and public ones) are
-- readable; nothing is writable except through the functions above, which run as the schema's owner.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['outcomes', 'scores', 'score_history', 'earnings'] LOOP
        EXECUTE format('ALTER TABLE trust.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE trust.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('DROP POLICY IF EXISTS own_or_public ON trust.%I', t);
        EXECUTE format('CREATE POLICY own_or_public ON trust.%I FOR SELECT TO hermes_app USING (
            tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid
            OR EXISTS (SELECT FROM agents.agents a WHERE a.id = agent_id AND a.visibility = ''public'' AND a.status <> ''retired''))', t);
        EXECUTE format('DROP POLICY IF EXISTS engine ON trust.%I', t);
        EXECUTE format('CREATE POLICY engine ON trust.%I FOR SELECT TO hermes_engine USING (true)', t);
        EXECUTE format('DROP POLICY IF EXISTS owner ON trust.%I', t);
        EXECUTE format('CREATE POLICY owner ON trust.%I TO %I USING (true) WITH CHECK (true)', t, current_user);
        EXECUTE format('REVOKE ALL ON trust.%I FROM hermes_app, hermes_engine', t);
        EXECUTE format('GRANT SELECT ON trust.%I TO hermes_engine', t);
        EXECUTE format('GRANT SELECT ON trust.%I TO hermes_app', t);
    END LOOP;
END $$;

-- Who posted a contract is nobody else's business.
REVOKE SELECT ON trust.outcomes FROM hermes_app;
GRANT SELECT (agent_id, contract_id, tenant_id, poster, sequence, at, success, on_time, quality, lost_in_dispute, hash,
    stars, rating_sequence, rated_at, rating_hash) ON trust.outcomes TO hermes_app;

REVOKE EXECUTE ON FUNCTION trust.refresh(uuid, timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION trust.record_outcomes(uuid[], uuid[], uuid[], uuid[], boolean[], boolean[], numeric[], boolean[], bigint[], text[], timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION trust.recalculate(timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION trust.rate(uuid, uuid, uuid, integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trust.record_outcomes(uuid[], uuid[], uuid[], uuid[], boolean[], boolean[], numeric[], boolean[], bigint[], text[], timestamptz) TO hermes_engine;
GRANT EXECUTE ON FUNCTION trust.recalculate(timestamptz) TO hermes_engine;
GRANT EXECUTE ON FUNCTION trust.rate(uuid, uuid, uuid, integer, timestamptz) TO hermes_app, hermes_engine;

-- An outcome is history: only its rating may be added, once, and it follows its agent to a new owner.
CREATE OR REPLACE FUNCTION trust.keep_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND new.tenant_id <> old.tenant_id AND to_jsonb(new) - 'tenant_id' = to_jsonb(old) - 'tenant_id'
        AND EXISTS (SELECT FROM agents.agents a WHERE a.id = new.agent_id AND a.tenant_id = new.tenant_id) THEN
        RETURN new;
    ELSIF TG_OP = 'UPDATE' AND old.stars IS NULL AND new.stars IS NOT NULL
        AND (new.agent_id, new.contract_id, new.tenant_id, new.poster_tenant_id, new.poster, new.sequence, new.at, new.success, new.on_time, new.quality, new.lost_in_dispute, new.hash)
          = (old.agent_id, old.contract_id, old.tenant_id, old.poster_tenant_id, old.poster, old.sequence, old.at, old.success, old.on_time, old.quality, old.lost_in_dispute, old.hash) THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'An outcome is never changed or removed.' USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER IF EXISTS keep_outcome ON trust.outcomes;
CREATE TRIGGER keep_outcome BEFORE UPDATE OR DELETE ON trust.outcomes FOR EACH ROW EXECUTE FUNCTION trust.keep_outcome();
