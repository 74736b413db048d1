-- The mesh's walls, the rule that keeps bids and awards apart, and the award engine. Everything here can be run again.

-- ---------------------------------------------------------------- walls

-- Another tenant's contract exists while it takes bids, for those it invited, and for those that bid on it. The query
-- filter (ContractConfiguration) says the same.
SELECT shared.wall('mesh.contracts', $visible$ state NOT IN ('draft', 'scheduled') AND (
        (state = 'bidding' AND visibility = 'network')
     OR nullif(current_setting('app.tenant', true), '')::uuid = ANY (invited_tenants)
     OR EXISTS (SELECT FROM mesh.bids b WHERE b.contract_id = contracts.id AND b.tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)) $visible$);

SELECT shared.wall('mesh.bids', $visible$ poster_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid $visible$);
-- The poster decides on bids: it never places one for others.
DROP POLICY IF EXISTS poster_decides ON mesh.bids;
CREATE POLICY poster_decides ON mesh.bids FOR UPDATE TO hermes_app
    USING (poster_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (poster_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

SELECT shared.wall('mesh.preferences');

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['awards', 'receipts', 'signing_keys'] LOOP
        EXECUTE format('ALTER TABLE mesh.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE mesh.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('DROP POLICY IF EXISTS concerned ON mesh.%I', t);
        EXECUTE format('DROP POLICY IF EXISTS poster_awards ON mesh.%I', t);
        EXECUTE format('DROP POLICY IF EXISTS engine ON mesh.%I', t);
        EXECUTE format('CREATE POLICY engine ON mesh.%I TO hermes_engine USING (true) WITH CHECK (true)', t);
        EXECUTE format('DROP POLICY IF EXISTS owner ON mesh.%I', t);
        EXECUTE format('CREATE POLICY owner ON mesh.%I TO %I USING (true) WITH CHECK (true)', t, current_user);
    END LOOP;
END $$;
CREATE POLICY concerned ON mesh.awards FOR SELECT TO hermes_app
    USING (nullif(current_setting('app.tenant', true), '')::uuid IN (poster_tenant_id, winner_tenant_id));
CREATE POLICY poster_awards ON mesh.awards FOR INSERT TO hermes_app
    WITH CHECK (poster_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
-- What everybody who bid may know of an award: how it was decided, and not who won. The view reads past the wall of awards
-- and keeps one of its own, which the query filter (AwardOutcomeConfiguration) repeats.
CREATE OR REPLACE VIEW mesh.award_outcomes WITH (security_barrier) AS
SELECT a.contract_id, a.round, a.poster_tenant_id, a.total_score, a.horizon_seconds, a.tie_break, cardinality(a.runner_ups) AS runner_ups, a.awarded_at,
    a.awarded_by IS NOT NULL AS by_hand
FROM mesh.awards a
WHERE pg_has_role(current_user, 'hermes_engine', 'usage')
   OR a.poster_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid
   OR EXISTS (SELECT FROM mesh.bids b WHERE b.contract_id = a.contract_id AND b.tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
REVOKE ALL ON mesh.award_outcomes FROM hermes_app, hermes_engine;
GRANT SELECT ON mesh.award_outcomes TO hermes_app, hermes_engine;
-- Whoever sees the outcome sees its receipt, which names bids and no bidder.
CREATE POLICY concerned ON mesh.receipts FOR SELECT TO hermes_app
    USING (EXISTS (SELECT FROM mesh.award_outcomes o WHERE o.contract_id = receipts.contract_id AND o.round = receipts.round));
CREATE POLICY poster_awards ON mesh.receipts FOR INSERT TO hermes_app
    WITH CHECK (EXISTS (SELECT FROM mesh.awards a WHERE a.contract_id = receipts.contract_id AND a.round = receipts.round
        AND a.poster_tenant_id = nullif(current_setting('app.tenant', true), '')::uuid));

-- An award and its receipt are history. The signing key is the engine's alone.
REVOKE UPDATE, DELETE ON mesh.awards, mesh.receipts FROM hermes_app, hermes_engine;
REVOKE ALL ON mesh.signing_keys FROM hermes_app;
REVOKE UPDATE, DELETE ON mesh.signing_keys FROM hermes_engine;
REVOKE DELETE ON mesh.contracts, mesh.bids FROM hermes_app, hermes_engine;

-- ---------------------------------------------------------------- bids and awards

-- An award rewrites every bid of its contract: with room on the page that touches no index.
ALTER TABLE mesh.bids SET (fillfactor = 75);

-- What the engine looks for, and what it orders by.
CREATE INDEX IF NOT EXISTS ix_contracts_award_due ON mesh.contracts ((coalesce(funds_retry_at, bidding_closes_at)), id) WHERE state = 'bidding';

-- A bid that is written while its contract is awarded must not slip in behind the award. It waits for the award's lock and
-- then fails as a lost race, so that its use case runs again and finds the window closed. The other way round the award
-- passes over a contract on which a bid is just being written, and takes it a moment later.
CREATE OR REPLACE FUNCTION mesh.bid_needs_open_contract() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    present text;
BEGIN
    SELECT c.state INTO present FROM mesh.contracts c WHERE c.id = new.contract_id FOR KEY SHARE;
    IF present IS DISTINCT FROM 'bidding' THEN
        RAISE EXCEPTION 'The contract takes no bids any more.' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN new;
END $$;
CREATE OR REPLACE TRIGGER bid_placed BEFORE INSERT ON mesh.bids
    FOR EACH ROW EXECUTE FUNCTION mesh.bid_needs_open_contract();
CREATE OR REPLACE TRIGGER bid_changed BEFORE UPDATE ON mesh.bids
    FOR EACH ROW WHEN (new.bid_at IS DISTINCT FROM old.bid_at OR (new.state = 'withdrawn' AND old.state <> 'withdrawn'))
    EXECUTE FUNCTION mesh.bid_needs_open_contract();

-- num / den within 0 and 1 with six decimals, half away from zero, in whole numbers: a quotient with more digits than
-- numeric keeps must not be rounded twice.
CREATE OR REPLACE FUNCTION mesh.component(num numeric, den numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN num <= 0 THEN 0 WHEN num >= den THEN 1 ELSE div(2000000 * num + den, 2 * den) * 0.000001 END
$$;

-- The API's decimal string: at least two decimals, at most six.
CREATE OR REPLACE FUNCTION mesh.amount(micro bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN scale(trim_scale(micro * 0.000001)) < 2 THEN round(micro * 0.000001, 2) ELSE trim_scale(micro * 0.000001) END::text
$$;

-- Stable like what it calls: else it would not be inlined.
CREATE OR REPLACE FUNCTION mesh.money(micro bigint, currency text) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('amount', mesh.amount(micro), 'currency', currency)
$$;

-- Effective trust of everybody who bid on a contract: a poster compares bidders whose agents it may not see.
CREATE OR REPLACE FUNCTION mesh.bidders_trust(contract uuid) RETURNS TABLE (agent_id uuid, effective numeric) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT b.agent_id, coalesce(t.effective, 0.5)
    FROM mesh.bids b LEFT JOIN trust.scores t ON t.agent_id = b.agent_id
    WHERE b.contract_id = contract
      AND b.poster_tenant_id = coalesce(nullif(current_setting('app.tenant', true), '')::uuid, b.poster_tenant_id);
END $$;

-- Whether a contract was announced to the whole network, which is no secret then.
CREATE OR REPLACE FUNCTION mesh.was_open_to_all(contract uuid) RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM mesh.contracts c WHERE c.id = contract AND c.visibility = 'network' AND c.opened_at IS NOT NULL);
END $$;

DO $$
BEGIN
    CREATE TYPE mesh.ranked_bid AS (
        id uuid, contract_id uuid, agent_id uuid, tenant_id uuid, price bigint, eta integer, confidence numeric, trust numeric, bid_at timestamptz,
        price_score numeric, performance_score numeric, speed_score numeric, reputation_score numeric, total numeric, horizon integer, rank integer);
EXCEPTION WHEN duplicate_object THEN
    NULL;
END $$;

-- Whether an agent could be given one more piece of work now: it is active, was not delisted since it bid, and has room.
-- Null for an agent that is not known. In plpgsql, which keeps its plan.
CREATE OR REPLACE FUNCTION mesh.takes_work(agent uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT a.status = 'active' AND a.listing <> 'delisted'
            AND (SELECT count(*) FROM mesh.contracts c WHERE c.winner_agent_id = agent AND c.state IN ('awarded', 'in_progress')) < a.capacity
        FROM agents.agents a WHERE a.id = agent);
END $$;

-- Holds agents until the transaction ends, so that two awards at once don't both give away an agent's last room. Always in
-- the same order, after contracts and before the ledger.
CREATE OR REPLACE FUNCTION mesh.hold_agents(agents uuid[]) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(x.a::text, 20)) FROM (SELECT DISTINCT u.a FROM unnest(agents) u(a) ORDER BY 1) x;
END $$;
REVOKE EXECUTE ON FUNCTION mesh.takes_work(uuid), mesh.hold_agents(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mesh.takes_work(uuid), mesh.hold_agents(uuid[]) TO hermes_app, hermes_engine;

-- The live bids of contracts, ranked as Ranking.Of does it; held equal by a test. A bid whose agent's trust has fallen below
-- the contract's minimum has no rank.
CREATE OR REPLACE FUNCTION mesh.rank_bids(contracts uuid[]) RETURNS mesh.ranked_bid[] LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    WITH placed AS MATERIALIZED (
        SELECT b.* FROM unnest(contracts) u(id) JOIN mesh.bids b ON b.contract_id = u.id AND b.state = 'live'),
    -- Asked once per agent, however many bids it has here.
    bidders AS MATERIALIZED (
        SELECT a.agent_id, coalesce(mesh.takes_work(a.agent_id), true) AS free, coalesce(t.effective, 0.5) AS trust
        FROM (SELECT DISTINCT p.agent_id FROM placed p) a LEFT JOIN trust.scores t ON t.agent_id = a.agent_id),
    live AS (
        SELECT b.id, b.contract_id, b.agent_id, b.tenant_id, b.price_micro_units AS price, b.eta_seconds AS eta, b.confidence,
            a.trust, b.bid_at, a.trust >= c.min_reputation AND a.free AS eligible,
            c.reward_micro_units AS reward, c.delivery_window_seconds, c.weights_price, c.weights_performance, c.weights_speed, c.weights_reputation
        FROM placed b
        JOIN mesh.contracts c ON c.id = b.contract_id
        JOIN bidders a ON a.agent_id = b.agent_id),
    measured AS (
        SELECT l.*, coalesce(l.delivery_window_seconds, max(l.eta) FILTER (WHERE l.eligible) OVER (PARTITION BY l.contract_id)) AS horizon FROM live l),
    components AS (
        SELECT m.*, mesh.component(2::numeric * m.reward - m.price, 2::numeric * m.reward) AS price_score, round(m.confidence, 6) AS performance_score,
            mesh.component(m.horizon - m.eta, m.horizon) AS speed_score, round(m.trust, 6) AS reputation_score
        FROM measured m),
    scored AS (
        SELECT c.*, c.weights_price * c.price_score + c.weights_performance * c.performance_score + c.weights_speed * c.speed_score
            + c.weights_reputation * c.reputation_score AS total
        FROM components c)
    SELECT array_agg(ROW (r.id, r.contract_id, r.agent_id, r.tenant_id, r.price, r.eta, r.confidence, r.trust, r.bid_at, r.price_score,
        r.performance_score, r.speed_score, r.reputation_score, r.total, r.horizon, r.rank)::mesh.ranked_bid ORDER BY r.contract_id, r.rank)
    FROM (SELECT s.*, CASE WHEN s.eligible
            THEN row_number() OVER (PARTITION BY s.contract_id, s.eligible ORDER BY s.total DESC, s.price, s.bid_at, s.id) END AS rank
          FROM scored s) r
$$;

-- ---------------------------------------------------------------- the award engine

-- Handles up to p_limit contracts whose award is due and up to p_limit whose start is due; those that another transaction
-- holds are left out. One row per contract handled. Runs as the owner, because it holds money from wallets of many
-- tenants; only hermes_engine may call it.
DROP FUNCTION IF EXISTS mesh.award_due(timestamptz, integer);
CREATE FUNCTION mesh.award_due(p_now timestamptz, p_limit integer)
RETURNS TABLE (contract_id uuid, poster uuid, outcome text, next_due_at timestamptz, round integer, currency text, reward bigint, delivery_window integer,
    weights integer[], winner uuid, tie_break text, bids uuid[], prices bigint[], etas integer[], confidences numeric[], trusts numeric[], bid_ats timestamptz[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
-- A plan made for arrays of any length takes them for short and joins them row by row.
SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    v_ids uuid[];
    v_ranked mesh.ranked_bid[];
    v_covered uuid[] := '{}';
    v_promotional bigint[] := '{}';
    v_short uuid[] := '{}';
    v_later uuid[] := '{}';
    v_winners uuid[] := '{}';
    v_taken bigint;
    v_empty uuid[];
    v_tenant uuid;
    v_currency text;
    v_credits bigint := 0;
    v_available bigint := 0;
    v_part bigint;
    v_ord integer := 0;
    w record;
    l_ids uuid[] := '{}';
    l_keys text[] := '{}';
    l_subjects uuid[] := '{}';
    l_transfer integer[] := '{}';
    l_kinds text[] := '{}';
    l_owners uuid[] := '{}';
    l_tenants uuid[] := '{}';
    l_currencies text[] := '{}';
    l_amounts bigint[] := '{}';
    v_refused text;
    v_held_back integer[];
BEGIN
    -- Starts that have come: open for bids and announce.
    IF EXISTS (SELECT FROM mesh.contracts c WHERE c.state = 'scheduled' AND c.starts_at <= p_now) THEN
        RETURN QUERY
        WITH due AS (
            SELECT c.id FROM mesh.contracts c WHERE c.state = 'scheduled' AND c.starts_at <= p_now
            ORDER BY c.starts_at, c.id LIMIT p_limit FOR UPDATE SKIP LOCKED),
        opened AS (
            UPDATE mesh.contracts c SET state = 'bidding', opened_at = p_now, bidding_closes_at = p_now + make_interval(secs => c.bidding_window_seconds)
            FROM due WHERE c.id = due.id RETURNING c.*),
        told AS (
            INSERT INTO notifications.outbox (type, subject_type, subject_id, source_tenant_id, data, audience_tenants, audience_agents, audience_eligible, audience_everyone, created_at)
            SELECT 'contract.announced', 'contract', o.id, o.tenant_id,
                jsonb_build_object('contract_id', o.id, 'title', o.title, 'intent', o.intent, 'reward', mesh.money(o.reward_micro_units, o.reward_currency),
                    'max_price', mesh.money(o.max_price_micro_units, o.max_price_currency), 'required_capabilities', to_jsonb(o.required_capabilities),
                    'min_reputation', o.min_reputation, 'min_confidence', o.min_confidence, 'bidding_closes_at', o.bidding_closes_at,
                    'delivery_window_seconds', o.delivery_window_seconds),
                ARRAY[o.tenant_id], CASE WHEN o.visibility = 'invited' THEN o.invited_agents ELSE '{}' END,
                CASE WHEN o.visibility <> 'invited' THEN jsonb_build_object('capabilities', to_jsonb(o.required_capabilities), 'min_reputation', o.min_reputation,
                    'only_tenant', CASE WHEN o.visibility = 'tenant' THEN o.tenant_id END, 'not_agents', '[]'::jsonb) END,
                false, p_now
            FROM opened o)
        SELECT o.id, o.tenant_id, 'opened', o.bidding_closes_at, 0, o.reward_currency::text, 0::bigint, 0, NULL::integer[], NULL::uuid, NULL::text, NULL::uuid[], NULL::bigint[],
            NULL::integer[], NULL::numeric[], NULL::numeric[], NULL::timestamptz[]
        FROM opened o;
    END IF;

    -- Windows that have closed. The lock comes first and in a statement of its own: what is read of bids afterwards is all
    -- that can ever be, because later ones fail at the trigger above.
    SELECT array_agg(d.id) INTO v_ids FROM (
        SELECT c.id FROM mesh.contracts c
        WHERE c.state = 'bidding' AND coalesce(c.funds_retry_at, c.bidding_closes_at) <= p_now
        ORDER BY coalesce(c.funds_retry_at, c.bidding_closes_at), c.id LIMIT p_limit FOR UPDATE SKIP LOCKED) d;
    IF v_ids IS NULL THEN
        RETURN;
    END IF;
    v_ranked := mesh.rank_bids(v_ids);
    -- From here on what room the winners have is this transaction's to give; it is looked at once more below.
    PERFORM mesh.hold_agents((SELECT array_agg(r.agent_id) FROM unnest(v_ranked) r WHERE r.rank = 1));

    -- An agent's mandate is locked before the wallets, as everywhere.
    PERFORM FROM ledger.mandates m
    WHERE m.id IN (SELECT u.mandate_id FROM ledger.mandate_uses u WHERE u.subject_id = ANY (v_ids))
    ORDER BY m.id FOR NO KEY UPDATE OF m;

    -- Which prices are covered, oldest first. The wallets are locked in the ledger's own order, all of them before any is
    -- posted to; promotional credits are spent first.
    PERFORM FROM ledger.accounts a
    WHERE a.kind IN ('available', 'promotional')
      AND (a.owner_id, a.currency) IN (SELECT c.tenant_id, c.reward_currency FROM mesh.contracts c JOIN unnest(v_ranked) r ON r.contract_id = c.id AND r.rank = 1)
    ORDER BY a.id FOR NO KEY UPDATE OF a;
    FOR w IN
        WITH best AS MATERIALIZED (
            SELECT r.contract_id, r.agent_id, r.price FROM unnest(v_ranked) r WHERE r.rank = 1),
        rooms AS MATERIALIZED (
            SELECT d.agent_id, coalesce(a.capacity, 2147483647)
                - (SELECT count(*) FROM mesh.contracts k WHERE k.winner_agent_id = d.agent_id AND k.state IN ('awarded', 'in_progress')) AS room
            FROM (SELECT DISTINCT agent_id FROM best) d LEFT JOIN agents.agents a ON a.id = d.agent_id)
        SELECT c.id, c.tenant_id, c.reward_currency::text AS currency, c.rounds, b.price, b.agent_id, m.room
        FROM best b JOIN mesh.contracts c ON c.id = b.contract_id JOIN rooms m ON m.agent_id = b.agent_id
        ORDER BY c.tenant_id, c.reward_currency, c.bidding_closes_at, c.id
    LOOP
        IF (w.tenant_id, w.currency) IS DISTINCT FROM (v_tenant, v_currency) THEN
            v_tenant := w.tenant_id;
            v_currency := w.currency;
            SELECT coalesce(sum(a.balance) FILTER (WHERE a.kind = 'promotional'), 0), coalesce(sum(a.balance) FILTER (WHERE a.kind = 'available'), 0)
            INTO v_credits, v_available
            FROM ledger.accounts a WHERE a.owner_id = v_tenant AND a.currency = v_currency AND a.kind IN ('promotional', 'available');
        END IF;
        -- Another node took the winner's last room meanwhile, or it wins several of these at once: the contract waits for the
        -- next turn a moment later, which ranks without it.
        SELECT count(*) INTO v_taken FROM unnest(v_winners) u(a) WHERE u.a = w.agent_id;
        IF v_taken >= w.room THEN
            v_later := v_later || w.id;
            CONTINUE;
        END IF;
        IF v_credits + v_available < w.price THEN
            v_short := v_short || w.id;
            CONTINUE;
        END IF;
        v_part := least(v_credits, w.price);
        v_credits := v_credits - v_part;
        v_available := v_available - (w.price - v_part);
        v_covered := v_covered || w.id;
        v_winners := v_winners || w.agent_id;
        v_promotional := v_promotional || v_part;
        v_ord := v_ord + 1;
        l_ids := l_ids || ledger.new_id(p_now);
        l_keys := l_keys || format('hold:%s:%s', w.id, w.rounds + 1);
        l_subjects := l_subjects || w.id;
        IF v_part > 0 THEN
            l_transfer := l_transfer || v_ord;
            l_kinds := l_kinds || 'promotional'::text;
            l_owners := l_owners || v_tenant;
            l_tenants := l_tenants || v_tenant;
            l_currencies := l_currencies || v_currency;
            l_amounts := l_amounts || -v_part;
        END IF;
        IF w.price > v_part THEN
            l_transfer := l_transfer || v_ord;
            l_kinds := l_kinds || 'available'::text;
            l_owners := l_owners || v_tenant;
            l_tenants := l_tenants || v_tenant;
            l_currencies := l_currencies || v_currency;
            l_amounts := l_amounts || -(w.price - v_part);
        END IF;
        l_transfer := l_transfer || v_ord;
        l_kinds := l_kinds || 'escrow'::text;
        l_owners := l_owners || w.id;
        l_tenants := l_tenants || v_tenant;
        l_currencies := l_currencies || v_currency;
        l_amounts := l_amounts || w.price;
    END LOOP;

    IF v_ord > 0 THEN
        SELECT min(p.outcome) FILTER (WHERE p.outcome NOT IN ('posted', 'replayed') AND p.outcome NOT LIKE 'mandate\_%'),
            coalesce(array_agg(p.ord) FILTER (WHERE p.outcome LIKE 'mandate\_%'), '{}')
        INTO v_refused, v_held_back
        FROM ledger.post(p_now, l_ids, l_keys, array_fill('contract.hold'::text, ARRAY[v_ord]), array_fill('contract'::text, ARRAY[v_ord]), l_subjects, NULL,
            l_transfer, l_kinds, l_owners, l_tenants, l_currencies, l_amounts) p;
        -- The wallets are locked and were counted: this is a defect or a clash of keys, and nothing may be awarded on it.
        IF v_refused IS NOT NULL THEN
            RAISE EXCEPTION 'The ledger refused a hold: %.', v_refused;
        END IF;
        -- A mandate that does not cover the price is like a wallet that does not.
        IF cardinality(v_held_back) > 0 THEN
            SELECT v_short || array_agg(v_covered[i]) INTO v_short FROM unnest(v_held_back) i;
            SELECT coalesce(array_agg(v_covered[i] ORDER BY i), '{}'), coalesce(array_agg(v_promotional[i] ORDER BY i), '{}')
            INTO v_covered, v_promotional FROM generate_series(1, v_ord) i WHERE i <> ALL (v_held_back);
        END IF;

        UPDATE mesh.contracts c SET
            state = 'awarded', waiting_for_funds_at = NULL, funds_retry_at = NULL, awarded_at = p_now, rounds = c.rounds + 1,
            winner_bid_id = r.id, winner_agent_id = r.agent_id, winner_tenant_id = r.tenant_id, price_micro_units = r.price,
            promotional_micro_units = h.promotional, promised_seconds = r.eta, deliver_by = p_now + make_interval(secs => coalesce(c.first_due_seconds, c.delivery_window_seconds, r.eta))
        FROM unnest(v_covered, v_promotional) h(id, promotional) JOIN unnest(v_ranked) r ON r.contract_id = h.id AND r.rank = 1
        WHERE c.id = h.id;

        UPDATE mesh.bids b SET
            state = CASE WHEN r.rank = 1 THEN 'won' ELSE 'lost' END, rank = r.rank, price_score = CASE WHEN r.rank > 0 THEN r.price_score END,
            performance_score = CASE WHEN r.rank > 0 THEN r.performance_score END, speed_score = CASE WHEN r.rank > 0 THEN r.speed_score END,
            reputation_score = CASE WHEN r.rank > 0 THEN r.reputation_score END, total_score = CASE WHEN r.rank > 0 THEN r.total END
        FROM unnest(v_ranked) r
        WHERE b.id = r.id AND r.contract_id = ANY (v_covered);

        INSERT INTO mesh.awards (contract_id, round, poster_tenant_id, winner_tenant_id, agent_id, bid_id, horizon_seconds, tie_break, total_score, runner_ups,
            awarded_at, price_currency, price_micro_units, weights_price, weights_performance, weights_speed, weights_reputation)
        SELECT c.id, c.rounds, c.tenant_id, r.tenant_id, r.agent_id, r.id, r.horizon,
            CASE WHEN s.id IS NULL OR s.total <> r.total THEN 'none' WHEN s.price <> r.price THEN 'lower_price' WHEN s.bid_at <> r.bid_at THEN 'earlier_bid' ELSE 'smaller_id' END,
            r.total, coalesce(o.ids, '{}'), p_now, c.reward_currency, r.price, c.weights_price, c.weights_performance, c.weights_speed, c.weights_reputation
        FROM unnest(v_ranked) r
        JOIN mesh.contracts c ON c.id = r.contract_id
        LEFT JOIN unnest(v_ranked) s ON s.contract_id = r.contract_id AND s.rank = 2
        LEFT JOIN (SELECT x.contract_id, array_agg(x.id ORDER BY x.rank) AS ids FROM unnest(v_ranked) x WHERE x.rank > 1 GROUP BY x.contract_id) o ON o.contract_id = r.contract_id
        WHERE r.rank = 1 AND r.contract_id = ANY (v_covered);

        -- Per contract one event to the winner, one to poster and bidders, one to all losers.
        INSERT INTO notifications.outbox (type, subject_type, subject_id, source_tenant_id, data, audience_tenants, audience_agents, audience_everyone, created_at)
        SELECT e.type, 'contract', c.id, c.tenant_id, e.data, e.tenants, e.agents, false, p_now
        FROM unnest(v_covered) h(id)
        JOIN mesh.contracts c ON c.id = h.id
        JOIN unnest(v_ranked) r ON r.contract_id = c.id AND r.rank = 1
        JOIN (SELECT x.contract_id, array_agg(DISTINCT x.tenant_id) AS tenants, array_agg(x.agent_id) FILTER (WHERE x.rank IS DISTINCT FROM 1) AS losers
              FROM unnest(v_ranked) x GROUP BY x.contract_id) b ON b.contract_id = c.id
        CROSS JOIN LATERAL (VALUES
            (1, 'bid.accepted', jsonb_build_object('contract_id', c.id, 'bid_id', r.id, 'agent_id', r.agent_id, 'price', mesh.money(r.price, c.reward_currency), 'deliver_by', c.deliver_by),
                ARRAY[r.tenant_id], ARRAY[r.agent_id]),
            (2, 'contract.awarded', jsonb_build_object('contract_id', c.id, 'title', c.title, 'total_score', r.total, 'awarded_at', p_now),
                array_append(array_remove(b.tenants, c.tenant_id), c.tenant_id), ARRAY[r.agent_id]),
            (3, 'contract.lost', jsonb_build_object('contract_id', c.id, 'winner_total_score', r.total), '{}'::uuid[], coalesce(b.losers, '{}'))
        ) e(n, type, data, tenants, agents)
        WHERE e.n < 3 OR b.losers IS NOT NULL
        ORDER BY c.id, e.n;

        RETURN QUERY
        SELECT c.id, c.tenant_id, 'awarded', NULL::timestamptz, a.round, c.reward_currency::text, c.reward_micro_units, c.delivery_window_seconds,
            ARRAY[c.weights_price, c.weights_performance, c.weights_speed, c.weights_reputation], a.bid_id, a.tie_break::text,
            b.ids, b.prices, b.etas, b.confidences, b.trusts, b.bid_ats
        FROM unnest(v_covered) h(id)
        JOIN mesh.contracts c ON c.id = h.id
        JOIN mesh.awards a ON a.contract_id = c.id AND a.round = c.rounds
        JOIN (SELECT x.contract_id, array_agg(x.id ORDER BY x.rank) AS ids, array_agg(x.price ORDER BY x.rank) AS prices, array_agg(x.eta ORDER BY x.rank) AS etas,
                  array_agg(x.confidence ORDER BY x.rank) AS confidences, array_agg(x.trust ORDER BY x.rank) AS trusts, array_agg(x.bid_at ORDER BY x.rank) AS bid_ats
              FROM unnest(v_ranked) x WHERE x.rank IS NOT NULL GROUP BY x.contract_id) b ON b.contract_id = c.id;
    END IF;

    -- Wallets that don't cover the winner: wait and try again, until patience ends. Only the first time is told.
    IF cardinality(v_short) > 0 THEN
        RETURN QUERY
        WITH before AS (
            SELECT c.id, c.waiting_for_funds_at AS since FROM mesh.contracts c WHERE c.id = ANY (v_short)),
        waiting AS (
            UPDATE mesh.contracts c SET waiting_for_funds_at = coalesce(c.waiting_for_funds_at, p_now), funds_retry_at = p_now + interval '5 seconds'
            FROM before b WHERE c.id = b.id AND (b.since IS NULL OR p_now < b.since + interval '24 hours')
            RETURNING c.id, c.tenant_id, c.title, c.reward_currency, c.waiting_for_funds_at, c.funds_retry_at, b.since),
        told AS (
            INSERT INTO notifications.outbox (type, subject_type, subject_id, source_tenant_id, data, audience_tenants, audience_agents, audience_everyone, created_at)
            SELECT 'contract.waiting_for_funds', 'contract', x.id, x.tenant_id,
                jsonb_build_object('contract_id', x.id, 'title', x.title, 'price', mesh.money(r.price, x.reward_currency), 'until', x.waiting_for_funds_at + interval '24 hours'),
                ARRAY[x.tenant_id], '{}', false, p_now
            FROM waiting x JOIN unnest(v_ranked) r ON r.contract_id = x.id AND r.rank = 1
            WHERE x.since IS NULL)
        SELECT x.id, x.tenant_id, 'waits_for_funds', x.funds_retry_at, 0, NULL::text, 0::bigint, 0, NULL::integer[], NULL::uuid, NULL::text, NULL::uuid[], NULL::bigint[],
            NULL::integer[], NULL::numeric[], NULL::numeric[], NULL::timestamptz[]
        FROM waiting x;
    END IF;

    -- Nobody eligible: the window runs once more.
    SELECT array_agg(u.id) INTO v_empty FROM unnest(v_ids) u(id)
    WHERE u.id <> ALL (v_covered) AND u.id <> ALL (v_short) AND u.id <> ALL (v_later);
    IF v_empty IS NOT NULL THEN
        RETURN QUERY
        WITH extended AS (
            UPDATE mesh.contracts c SET extended_at = p_now, bidding_closes_at = p_now + make_interval(secs => c.bidding_window_seconds)
            WHERE c.id = ANY (v_empty) AND c.extended_at IS NULL AND c.waiting_for_funds_at IS NULL
            RETURNING c.*),
        told AS (
            INSERT INTO notifications.outbox (type, subject_type, subject_id, source_tenant_id, data, audience_tenants, audience_agents, audience_everyone, created_at)
            SELECT 'contract.updated', 'contract', x.id, x.tenant_id,
                jsonb_build_object('contract_id', x.id, 'state', 'bidding', 'reason', 'No eligible bid: the window was extended.'), ARRAY[x.tenant_id], '{}', false, p_now
            FROM extended x)
        SELECT x.id, x.tenant_id, 'extended', x.bidding_closes_at, 0, NULL::text, 0::bigint, 0, NULL::integer[], NULL::uuid, NULL::text, NULL::uuid[], NULL::bigint[],
            NULL::integer[], NULL::numeric[], NULL::numeric[], NULL::timestamptz[]
        FROM extended x;
    END IF;

    -- Whoever is still due has had its time.
    RETURN QUERY
    WITH expired AS (
        UPDATE mesh.contracts c SET state = 'expired', ended_at = p_now, waiting_for_funds_at = NULL, funds_retry_at = NULL,
            reason = CASE WHEN c.waiting_for_funds_at IS NULL THEN 'No eligible bid.' ELSE 'The wallet did not cover the award in time.' END
        WHERE c.id = ANY (v_ids) AND c.id <> ALL (v_later) AND c.state = 'bidding' AND coalesce(c.funds_retry_at, c.bidding_closes_at) <= p_now
        RETURNING c.id, c.tenant_id, c.reason),
    closed AS (
        UPDATE mesh.bids b SET state = 'lost' FROM expired x WHERE b.contract_id = x.id AND b.state = 'live' RETURNING b.contract_id, b.agent_id, b.tenant_id),
    told AS (
        INSERT INTO notifications.outbox (type, subject_type, subject_id, source_tenant_id, data, audience_tenants, audience_agents, audience_everyone, created_at)
        SELECT 'contract.updated', 'contract', x.id, x.tenant_id, jsonb_build_object('contract_id', x.id, 'state', 'expired', 'reason', x.reason),
            array_append(coalesce((SELECT array_agg(DISTINCT b.tenant_id) FROM closed b WHERE b.contract_id = x.id AND b.tenant_id <> x.tenant_id), '{}'), x.tenant_id),
            coalesce((SELECT array_agg(b.agent_id) FROM closed b WHERE b.contract_id = x.id), '{}'), false, p_now
        FROM expired x)
    SELECT x.id, x.tenant_id, 'expired', NULL::timestamptz, 0, NULL::text, 0::bigint, 0, NULL::integer[], NULL::uuid, NULL::text, NULL::uuid[], NULL::bigint[],
        NULL::integer[], NULL::numeric[], NULL::numeric[], NULL::timestamptz[]
    FROM expired x;
END $$;

REVOKE EXECUTE ON FUNCTION mesh.award_due(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mesh.award_due(timestamptz, integer) TO hermes_engine;
REVOKE EXECUTE ON FUNCTION mesh.bidders_trust(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mesh.bidders_trust(uuid) TO hermes_app, hermes_engine;
REVOKE EXECUTE ON FUNCTION mesh.was_open_to_all(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mesh.was_open_to_all(uuid) TO hermes_app, hermes_engine;
