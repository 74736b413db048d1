-- Promotional credits: given and taken back by the functions below only. Everything here can be run again.

select shared.wall('ledger.credit_grants');
select shared.wall('ledger.referrals');
select shared.wall('ledger.conversions');
revoke all on ledger.credit_grants, ledger.referrals, ledger.conversions, ledger.exchange_rates from hermes_app, hermes_engine;
grant select on ledger.credit_grants, ledger.referrals, ledger.conversions, ledger.exchange_rates to hermes_app, hermes_engine;
grant insert, update (rewarded_at) on ledger.referrals to hermes_engine;
grant insert on ledger.conversions, ledger.exchange_rates to hermes_engine;

-- A person claims each kind for one organisation: sign-up once, daily once a day.
create unique index if not exists ux_credit_grants_claimed_by on ledger.credit_grants (claimed_by, kind, reference) where claimed_by is not null;

-- Gives credits once per tenant, kind and reference: granted, taken (it has them, or the person has claimed them elsewhere), or
-- exhausted (the installation's day is used up). Every grant of a day waits for the one before it.
create or replace function ledger.grant_credits(
  p_at timestamptz, p_tenant uuid, p_kind text, p_reference text, p_currency text, p_amount bigint, p_expires_at timestamptz, p_person uuid, p_most_a_day bigint)
  returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_id uuid := ledger.new_id(p_at);
  v_outcome text;
begin
  perform pg_advisory_xact_lock(hashtextextended('ledger.grant_credits', 0));
  if (select coalesce(sum(g.amount), 0) from ledger.credit_grants g
       where g.currency = p_currency and g.granted_at >= date_trunc('day', p_at, 'UTC')) + p_amount > p_most_a_day then
    return 'exhausted';
  end if;
  insert into ledger.credit_grants (id, tenant_id, kind, reference, currency, amount, granted_at, claimed_by, expires_at, expired_at, expired_amount)
  values (v_id, p_tenant, p_kind, p_reference, p_currency, p_amount, p_at, p_person, p_expires_at, null, 0)
  on conflict do nothing;
  if not found then
    return 'taken';
  end if;
  select p.outcome into v_outcome
    from ledger.post_any(p_at, array[ledger.new_id(p_at)], array['credit-grant:' || v_id], array['credits.' || p_kind], array['credit_grant'], array[v_id], null,
      array[1, 1], array['promotions', 'promotional'], array['00000000-0000-7000-8000-000000000001'::uuid, p_tenant],
      array['00000000-0000-7000-8000-000000000001'::uuid, p_tenant], array[p_currency, p_currency], array[-p_amount, p_amount]) p;
  if v_outcome <> 'posted' then
    raise exception 'The ledger refused a grant: %.', v_outcome;
  end if;
  return 'granted';
end $$;

-- Takes back what is left of grants that have expired. The oldest credits are spent first: what a tenant still has are its latest
-- grants, so of an expired one is left what exceeds all later live ones. A row per grant, also where nothing was left.
create or replace function ledger.expire_credits(p_at timestamptz, p_limit integer)
  returns table (tenant_id uuid, grant_id uuid, currency text, amount bigint)
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  g record;
  v_balance bigint;
  v_later bigint;
  v_left bigint;
  v_outcome text;
begin
  for g in
    select x.* from ledger.credit_grants x where x.expired_at is null and x.expires_at <= p_at
     order by x.granted_at, x.id limit p_limit for no key update of x skip locked
  loop
    v_balance := 0;
    select a.balance into v_balance from ledger.accounts a
     where a.owner_id = g.tenant_id and a.kind = 'promotional' and a.currency = g.currency for no key update of a;
    select coalesce(sum(l.amount), 0) into v_later from ledger.credit_grants l
     where l.tenant_id = g.tenant_id and l.currency = g.currency and l.expired_at is null and (l.granted_at, l.id) > (g.granted_at, g.id);
    v_left := least(g.amount, greatest(0, coalesce(v_balance, 0) - v_later));
    if v_left > 0 then
      select p.outcome into v_outcome
        from ledger.post_any(p_at, array[ledger.new_id(p_at)], array['credit-expire:' || g.id], array['credits.expire'], array['credit_grant'], array[g.id], null,
          array[1, 1], array['promotional', 'promotions'], array[g.tenant_id, '00000000-0000-7000-8000-000000000001'::uuid],
          array[g.tenant_id, '00000000-0000-7000-8000-000000000001'::uuid], array[g.currency::text, g.currency::text], array[-v_left, v_left]) p;
      if v_outcome <> 'posted' then
        raise exception 'The ledger refused to take expired credits back: %.', v_outcome;
      end if;
    end if;
    update ledger.credit_grants x set expired_at = p_at, expired_amount = v_left where x.id = g.id;
    tenant_id := g.tenant_id; grant_id := g.id; currency := g.currency; amount := v_left;
    return next;
  end loop;
end $$;

-- Referred organisations that have spent enough of their own money and whose sides were not rewarded yet.
create or replace function ledger.referrals_due(p_currency text, p_spent bigint, p_limit integer)
  returns table (tenant_id uuid, referrer_tenant_id uuid)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select r.tenant_id, r.referrer_tenant_id from ledger.referrals r
     where r.rewarded_at is null
       and (select coalesce(-sum(e.amount), 0) from ledger.accounts a join ledger.entries e on e.account_id = a.id
             where a.owner_id = r.tenant_id and a.kind = 'available' and a.currency = p_currency and e.subject_type in ('call', 'contract')) >= p_spent
     order by r.entered_at limit p_limit;
end $$;

revoke all on function ledger.grant_credits(timestamptz, uuid, text, text, text, bigint, timestamptz, uuid, bigint), ledger.expire_credits(timestamptz, integer),
  ledger.referrals_due(text, bigint, integer) from public, hermes_app;
grant execute on function ledger.grant_credits(timestamptz, uuid, text, text, text, bigint, timestamptz, uuid, bigint), ledger.expire_credits(timestamptz, integer),
  ledger.referrals_due(text, bigint, integer) to hermes_engine;
