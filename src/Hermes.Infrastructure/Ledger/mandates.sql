-- Spend mandates. Terms are the tenant's to write; what is spent is the ledger's: changed by the functions below only, in the
-- transaction that moves the money and under the mandate's row lock. Everything here can be run again.

select shared.wall('ledger.mandates');
select shared.wall('ledger.mandate_uses');
select shared.wall('ledger.spend_policies');

revoke all on ledger.mandates, ledger.mandate_uses, ledger.spend_policies from hermes_app, hermes_engine;
grant select, insert on ledger.mandates to hermes_app, hermes_engine;
grant update (name, amount, period, per_call, payee_agents, payee_tenants, capabilities, project, starts_at, expires_at, revoked_at, removed_at, revision)
  on ledger.mandates to hermes_app, hermes_engine;
grant select on ledger.mandate_uses to hermes_app, hermes_engine;
grant select, insert, update on ledger.spend_policies to hermes_app, hermes_engine;

-- A new mandate has nothing spent, whoever inserts it.
create or replace function ledger.mandate_begins() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.spent := 0;
  new.spent_in_all := 0;
  return new;
end $$;
create or replace trigger mandate_begins before insert on ledger.mandates for each row execute function ledger.mandate_begins();

-- Calls that agents pay for, per agent and minute.
create table if not exists ledger.spend_rates (
  agent_id uuid primary key,
  minute bigint not null,
  used integer not null
);
revoke all on ledger.spend_rates from public, hermes_app, hermes_engine;

-- The beginning of the period that an instant lies in; Mandate.PeriodAt says the same.
create or replace function ledger.period_at(p_period text, p_at timestamptz) returns timestamptz
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  return case p_period when 'daily' then date_trunc('day', p_at, 'UTC') when 'weekly' then date_trunc('week', p_at, 'UTC')
                       when 'monthly' then date_trunc('month', p_at, 'UTC') else timestamptz '1970-01-01 00:00:00+00' end;
end $$;

-- Why a mandate, which the caller has locked, does not let p_amount more be paid; null when it does.
-- p_before is what the subject has taken already.
create or replace function ledger.mandate_refuses(
  p_at timestamptz, m ledger.mandates, p_currency text, p_amount bigint, p_before bigint,
  p_payee_agent uuid, p_payee_tenant uuid, p_capabilities text[], p_project text) returns text
  language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_spent bigint := case when m.period = 'once' then m.spent_in_all
                         when m.period_started_at = ledger.period_at(m.period, p_at) then m.spent else 0 end;
begin
  return case
    when m.revoked_at is not null or m.removed_at is not null then 'mandate_revoked'
    when m.starts_at > p_at or m.expires_at <= p_at then 'mandate_expired'
    when m.currency <> p_currency then 'mandate_currency'
    when cardinality(m.payee_agents) + cardinality(m.payee_tenants) > 0
      and not (coalesce(p_payee_agent = any (m.payee_agents), false) or coalesce(p_payee_tenant = any (m.payee_tenants), false)) then 'mandate_payee'
    -- A contract, whose payee is not known yet, asks for nothing but what the mandate names; an agent that is called may do more than that.
    when cardinality(m.capabilities) > 0 and not case when p_payee_agent is null then coalesce(cardinality(p_capabilities), 0) > 0 and p_capabilities <@ m.capabilities
                                                      else m.capabilities && coalesce(p_capabilities, '{}') end then 'mandate_capability'
    when m.project is not null and m.project is distinct from p_project then 'mandate_project'
    when p_before::numeric + p_amount > m.per_call then 'mandate_ceiling'
    when v_spent::numeric + p_amount > m.amount then 'mandate_exhausted'
  end;
end $$;

-- Binds what an agent is about to pay for to one of its mandates: outcome 'free' (it has none and needs none), 'bound', or the
-- refusal. An agent that was ever given a mandate spends by mandate until the last one was removed.
create or replace function ledger.begin_spend(
  p_at timestamptz, p_tenant uuid, p_agent uuid, p_subject_type text, p_subject uuid, p_mandate uuid, p_payee_agent uuid, p_payee_tenant uuid,
  p_capabilities text[], p_project text, p_currency text, p_amount bigint, p_per_minute integer, out outcome text, out mandate_id uuid)
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_own uuid := nullif(current_setting('app.tenant', true), '')::uuid;
  v_minute bigint := floor(extract(epoch from p_at) / 60);
  v_used integer;
  v_id uuid;
  v_found boolean := false;
  m ledger.mandates;
begin
  if v_own is distinct from p_tenant and not pg_has_role(session_user, 'hermes_engine', 'member') then
    raise exception 'A tenant''s session spends for itself only.' using errcode = 'insufficient_privilege';
  end if;
  insert into ledger.spend_rates as r (agent_id, minute, used) values (p_agent, v_minute, 1)
  on conflict (agent_id) do update set minute = excluded.minute, used = case when r.minute = excluded.minute then r.used + 1 else 1 end
  returning used into v_used;
  if v_used > p_per_minute then
    outcome := 'too_fast';
    return;
  end if;
  -- In id order, as every writer locks mandates.
  for v_id in
    select a.id from ledger.mandates a
     where a.tenant_id = p_tenant and a.agent_id = p_agent and a.removed_at is null
       and (p_mandate is null or a.id = p_mandate)
     order by a.id
  loop
    v_found := true;
    select * into m from ledger.mandates a where a.id = v_id for no key update;
    outcome := ledger.mandate_refuses(p_at, m, p_currency, p_amount, 0, p_payee_agent, p_payee_tenant, p_capabilities, p_project);
    if outcome is null then
      insert into ledger.mandate_uses (subject_id, subject_type, mandate_id, tenant_id, agent_id, payee_agent_id, payee_tenant_id, project, taken, returned, period_started_at, at)
      values (p_subject, p_subject_type, m.id, p_tenant, p_agent, p_payee_agent, p_payee_tenant, p_project, 0, 0, ledger.period_at(m.period, p_at), p_at);
      outcome := 'bound';
      mandate_id := m.id;
      return;
    end if;
  end loop;
  if not v_found then
    outcome := case when p_mandate is not null then 'mandate_not_found'
                    when exists (select from ledger.spend_policies s where s.tenant_id = p_tenant and s.mandates_required) then 'mandate_required'
                    else 'free' end;
  end if;
end $$;

-- Whether a subject's mandate lets another payee take over; true for a subject without one.
create or replace function ledger.mandate_allows(p_subject uuid, p_payee_agent uuid, p_payee_tenant uuid, p_capabilities text[]) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return not exists (
    select from ledger.mandate_uses u join ledger.mandates m on m.id = u.mandate_id
     where u.subject_id = p_subject
       and (m.revoked_at is not null
         or cardinality(m.payee_agents) + cardinality(m.payee_tenants) > 0 and not (p_payee_agent = any (m.payee_agents) or p_payee_tenant = any (m.payee_tenants))
         or cardinality(m.capabilities) > 0 and not (m.capabilities && p_capabilities)));
end $$;

-- Counts p_delta micro-units more (or back, below zero) against a subject's mandate, which the caller has locked.
create or replace function ledger.count_spend(p_at timestamptz, p_subject uuid, p_delta bigint) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  u ledger.mandate_uses;
  m ledger.mandates;
  v_period timestamptz;
begin
  select * into u from ledger.mandate_uses x where x.subject_id = p_subject;
  select * into m from ledger.mandates x where x.id = u.mandate_id;
  v_period := ledger.period_at(m.period, p_at);
  -- What comes back of an earlier period was that period's: it makes no room in this one.
  update ledger.mandates x set
    spent = greatest(0, case when m.period = 'once' then m.spent_in_all when m.period_started_at = v_period then m.spent else 0 end
                        + case when p_delta > 0 or u.period_started_at = v_period then p_delta else 0 end),
    spent_in_all = greatest(0, m.spent_in_all + p_delta),
    period_started_at = v_period
  where x.id = m.id;
  update ledger.mandate_uses x set
    taken = x.taken + greatest(p_delta, 0), returned = x.returned + greatest(-p_delta, 0),
    period_started_at = case when p_delta > 0 then v_period else x.period_started_at end
  where x.subject_id = p_subject;
end $$;

-- Takes back what count_spend counted a moment ago for a transfer that was not posted.
create or replace function ledger.uncount_spend(p_subject uuid, p_delta bigint) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update ledger.mandates m set spent = greatest(0, m.spent - p_delta), spent_in_all = greatest(0, m.spent_in_all - p_delta)
    from ledger.mandate_uses u where u.subject_id = p_subject and m.id = u.mandate_id;
  update ledger.mandate_uses u set taken = u.taken - greatest(p_delta, 0), returned = u.returned - greatest(-p_delta, 0) where u.subject_id = p_subject;
end $$;

-- The mandates' word on transfers whose accounts are named, and the consumption: refusals by transfer (null for none) and what
-- was counted, so that post_any can count it back for a transfer that is not posted after all. A transfer whose key is known is
-- a replay: it moves nothing and counts nothing.
create or replace function ledger.spend(
  p_at timestamptz, p_keys text[], p_subject_ids uuid[], p_transfer int[], p_kinds text[], p_owners uuid[], p_currencies text[], p_amounts bigint[],
  out refusals text[], out counted bigint[])
  language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  u ledger.mandate_uses;
  m ledger.mandates;
  v_delta bigint;
  v_other boolean;
begin
  refusals := array_fill(null::text, array[cardinality(p_keys)]);
  counted := array_fill(0::bigint, array[cardinality(p_keys)]);
  perform from ledger.mandates x
    where x.id in (select y.mandate_id from ledger.mandate_uses y where y.subject_id = any (p_subject_ids))
    order by x.id for no key update of x;
  for i in 1 .. cardinality(p_keys) loop
    select * into u from ledger.mandate_uses x where x.subject_id = p_subject_ids[i];
    continue when not found or exists (select from ledger.transfers t where t.idempotency_key = p_keys[i]);
    select * into m from ledger.mandates x where x.id = u.mandate_id;
    select coalesce(-sum(p.amount) filter (where p.currency = m.currency), 0)::bigint, coalesce(bool_or(p.currency <> m.currency and p.amount < 0), false)
      into v_delta, v_other
      from unnest(p_transfer, p_kinds, p_owners, p_currencies, p_amounts) p(t, kind, owner_id, currency, amount)
     -- What the payer's own agents earn is spent like what others earn.
     where p.t = i and p.owner_id = m.tenant_id and (p.kind in ('available', 'promotional') or p.kind = 'earnings' and p.amount < 0);
    continue when v_delta = 0 and not v_other;
    if v_delta > 0 or v_other then
      refusals[i] := case when v_other then 'mandate_currency' else
        -- Payee, capability and project were checked when the spending began.
        ledger.mandate_refuses(p_at, m, m.currency, v_delta, u.taken - u.returned, m.payee_agents[1], m.payee_tenants[1], m.capabilities, m.project) end;
      continue when refusals[i] is not null;
    end if;
    perform ledger.count_spend(p_at, u.subject_id, v_delta);
    counted[i] := v_delta;
  end loop;
end $$;

revoke all on function ledger.mandate_begins(), ledger.period_at(text, timestamptz),
  ledger.mandate_refuses(timestamptz, ledger.mandates, text, bigint, bigint, uuid, uuid, text[], text), ledger.count_spend(timestamptz, uuid, bigint), ledger.uncount_spend(uuid, bigint),
  ledger.begin_spend(timestamptz, uuid, uuid, text, uuid, uuid, uuid, uuid, text[], text, text, bigint, integer), ledger.mandate_allows(uuid, uuid, uuid, text[]),
  ledger.spend(timestamptz, text[], uuid[], int[], text[], uuid[], text[], bigint[])
  from public, hermes_app, hermes_engine;
grant execute on function ledger.begin_spend(timestamptz, uuid, uuid, text, uuid, uuid, uuid, uuid, text[], text, text, bigint, integer) to hermes_app, hermes_engine;
grant execute on function ledger.mandate_allows(uuid, uuid, uuid, text[]) to hermes_app, hermes_engine;
