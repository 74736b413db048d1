-- The ledger's rules, kept by the database itself. The tables come from the entity configurations; everything here can be
-- run again. Only the functions below write: neither hermes_app nor hermes_engine may touch the tables but to read them.

-- ---------------------------------------------------------------- walls

grant usage on schema ledger to hermes_app, hermes_engine;
revoke all on ledger.accounts, ledger.transfers, ledger.entries from public, hermes_app, hermes_engine;
grant select on ledger.accounts, ledger.entries to hermes_app;
grant select on ledger.accounts, ledger.transfers, ledger.entries to hermes_engine;

alter table ledger.accounts enable row level security;
alter table ledger.accounts force row level security;
alter table ledger.transfers enable row level security;
alter table ledger.transfers force row level security;
alter table ledger.entries enable row level security;
alter table ledger.entries force row level security;

drop policy if exists accounts_of_tenant on ledger.accounts;
create policy accounts_of_tenant on ledger.accounts for select to hermes_app
  using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
drop policy if exists accounts_of_engine on ledger.accounts;
create policy accounts_of_engine on ledger.accounts for select to hermes_engine using (true);

drop policy if exists entries_of_tenant on ledger.entries;
create policy entries_of_tenant on ledger.entries for select to hermes_app
  using (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
drop policy if exists entries_of_engine on ledger.entries;
create policy entries_of_engine on ledger.entries for select to hermes_engine using (true);

-- Transfers are what makes keys unique; what people see of them stands in their entries.
drop policy if exists transfers_of_tenant on ledger.transfers;
drop policy if exists transfers_of_engine on ledger.transfers;
create policy transfers_of_engine on ledger.transfers for select to hermes_engine using (true);

-- The functions run as the tables' owner; forced row level security binds an owner that is no superuser too.
drop policy if exists accounts_of_owner on ledger.accounts;
create policy accounts_of_owner on ledger.accounts to current_user using (true) with check (true);
drop policy if exists transfers_of_owner on ledger.transfers;
create policy transfers_of_owner on ledger.transfers to current_user using (true) with check (true);
drop policy if exists entries_of_owner on ledger.entries;
create policy entries_of_owner on ledger.entries to current_user using (true) with check (true);

-- ---------------------------------------------------------------- what the tables refuse, from everybody

create or replace function ledger.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'The ledger is append-only: % on % is refused.', lower(tg_op), tg_table_name using errcode = 'restrict_violation';
end $$;

create or replace trigger entries_append_only before update or delete or truncate on ledger.entries
  for each statement execute function ledger.refuse_change();
create or replace trigger transfers_append_only before update or delete or truncate on ledger.transfers
  for each statement execute function ledger.refuse_change();
create or replace trigger accounts_are_kept before delete or truncate on ledger.accounts
  for each statement execute function ledger.refuse_change();

-- ledger.posting is set by the functions for as long as they run. It is no secret: it keeps an owner's slip of the hand
-- from changing a balance without its entry, or the other way round.
create or replace function ledger.refuse_by_hand() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'The ledger is written by its own functions only: % on % is refused.', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation';
end $$;

create or replace trigger accounts_by_posting before insert or update on ledger.accounts
  for each statement when (current_setting('ledger.posting', true) is distinct from 'on') execute function ledger.refuse_by_hand();
create or replace trigger transfers_by_posting before insert on ledger.transfers
  for each statement when (current_setting('ledger.posting', true) is distinct from 'on') execute function ledger.refuse_by_hand();
create or replace trigger entries_by_posting before insert on ledger.entries
  for each statement when (current_setting('ledger.posting', true) is distinct from 'on') execute function ledger.refuse_by_hand();

-- One look at all new rows of a statement: 0.3 µs a row, where a row trigger would cost more than the row.
create or replace function ledger.refuse_unbalanced() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from new_entries e group by e.transfer_id, e.currency having sum(e.amount) <> 0) then
    raise exception 'The entries of a transfer do not add up to zero.' using errcode = 'check_violation';
  end if;
  if exists (select from new_entries e where e.balance_after < 0
              and not exists (select from ledger.accounts a where a.id = e.account_id and a.may_be_negative)) then
    raise exception 'An entry overdraws its account.' using errcode = 'check_violation';
  end if;
  return null;
end $$;

create or replace trigger entries_balanced after insert on ledger.entries
  referencing new table as new_entries for each statement execute function ledger.refuse_unbalanced();

-- ---------------------------------------------------------------- posting

-- UUIDv7 of an instant.
create or replace function ledger.new_id(p_at timestamptz) returns uuid
  language sql volatile set search_path = pg_catalog, pg_temp as $$
  select encode(set_byte(r.b, 6, (get_byte(r.b, 6) & 15) | 112), 'hex')::uuid
    from (select overlay(uuid_send(gen_random_uuid())
                 placing substring(int8send((extract(epoch from p_at) * 1000)::bigint) from 3) from 1 for 6) as b) r
$$;

-- The accounts' ids in the order asked for; opens those that are missing.
create or replace function ledger.open_accounts(
  p_at timestamptz, p_kinds text[], p_owners uuid[], p_tenants uuid[], p_currencies text[]) returns uuid[]
  language plpgsql security definer set search_path = pg_catalog, pg_temp set ledger.posting = 'on' as $$
declare
  v_ids uuid[];
  v_tenants uuid[];
begin
  if exists (select from unnest(p_kinds) k where k not in
      ('available', 'promotional', 'earnings', 'escrow', 'platform_fees', 'payment_clearing', 'payouts', 'promotions', 'exchange', 'receivables')) then
    raise exception 'There is no such kind of account.' using errcode = 'invalid_parameter_value';
  end if;
  for attempt in 1 .. 2 loop
    select array_agg(s.id), array_agg(s.tenant_id) into v_ids, v_tenants
      from (select a.id, a.tenant_id
              from unnest(p_owners, p_kinds, p_currencies) with ordinality u(owner_id, kind, currency, n)
              left join ledger.accounts a on a.owner_id = u.owner_id and a.kind = u.kind and a.currency = u.currency
             order by u.n) s;
    exit when array_position(v_ids, null) is null;
    -- In key order, so that two who open the same accounts wait for each other and never in a circle.
    insert into ledger.accounts (id, tenant_id, kind, owner_id, currency, balance, entry_count, opened_at, last_entry_at)
    select ledger.new_id(p_at), u.tenant_id, u.kind, u.owner_id, u.currency, 0, 0, p_at, p_at
      from unnest(p_owners, p_kinds, p_currencies, p_tenants, v_ids) u(owner_id, kind, currency, tenant_id, id)
     where u.id is null
     order by u.owner_id, u.kind, u.currency
    on conflict (owner_id, kind, currency) do nothing;
  end loop;
  if v_tenants is distinct from p_tenants then
    raise exception 'An account is named with another tenant than it was opened for.' using errcode = 'invalid_parameter_value';
  end if;
  return v_ids;
end $$;

-- Writes transfers that are known to be new. Raises unique_violation for a key that is not, check_violation for an
-- overdraft and numeric_value_out_of_range for a balance beyond bigint; the caller's subtransaction undoes everything.
-- Only post_batch calls it, as the owner and with its settings. p_run and p_nth are, for each posting, the sum of and the
-- number of the account's postings so far in this batch, itself included.
create or replace function ledger.write_transfers(
  p_at timestamptz,
  p_ids uuid[], p_keys text[], p_fingerprints uuid[], p_subject_ids uuid[], p_label int[], p_purposes text[], p_subject_types text[], p_notes text[],
  p_accounts uuid[], p_transfer int[], p_account int[], p_amount bigint[], p_run bigint[], p_nth int[]) returns void
  language plpgsql as $$
declare
  v_tenants uuid[];
  v_currencies text[];
  v_currency text;
  v_balances bigint[];
  v_counts bigint[];
  v_ats timestamptz[];
begin
  -- In id order, which is the order of locks for every writer, as long as the planner drives a nested loop by it; what it
  -- might do otherwise is at worst a deadlock, which rolls back and is tried again.
  with changed as (
    update ledger.accounts a
       set balance = a.balance + s.total, entry_count = a.entry_count + s.n, last_entry_at = greatest(a.last_entry_at, p_at)
      from (select g.acc, g.total, g.n, p_accounts[g.acc] as id
              from (select u.acc, sum(u.amt)::bigint as total, count(*) as n from unnest(p_account, p_amount) u(acc, amt) group by u.acc) g
             order by 4) s
     where a.id = s.id
    returning s.acc, a.tenant_id, a.currency, a.balance - s.total as balance, a.entry_count - s.n as entry_count, a.last_entry_at)
  select array_agg(o.tenant_id), array_agg(o.currency), case when min(o.currency) = max(o.currency) then min(o.currency) end,
         array_agg(o.balance), array_agg(o.entry_count), array_agg(o.last_entry_at)
    into v_tenants, v_currencies, v_currency, v_balances, v_counts, v_ats
    from (select * from changed c order by c.acc) o;
  -- An id that does not exist, twice the same, or an account without a posting.
  if cardinality(v_tenants) is distinct from cardinality(p_accounts) then
    raise exception 'A posting names an account that does not exist.' using errcode = 'foreign_key_violation';
  end if;

  insert into ledger.transfers (idempotency_key, id, fingerprint, created_at)
  select u.key, u.id, u.fingerprint, p_at from unnest(p_keys, p_ids, p_fingerprints) u(key, id, fingerprint);

  insert into ledger.entries (account_id, seq, transfer_id, tenant_id, amount, balance_after, created_at, subject_id, currency, purpose, subject_type, note)
  select p_accounts[u.acc], v_counts[u.acc] + u.nth, p_ids[u.t], v_tenants[u.acc], u.amt, v_balances[u.acc] + u.run, v_ats[u.acc],
         p_subject_ids[u.t], coalesce(v_currency, v_currencies[u.acc]), p_purposes[p_label[u.t]], p_subject_types[p_label[u.t]], p_notes[p_label[u.t]]
    from unnest(p_transfer, p_account, p_amount, p_run, p_nth) u(t, acc, amt, run, nth);
end $$;

-- Posts a batch: first as a whole, which is what happens nearly always; when a key is known or an account would be overdrawn,
-- transfer by transfer in the order given, so that one refusal stays alone.
--   p_ids, p_keys, p_fingerprints, p_subject_ids, p_label   one element per transfer; a fingerprint stands for the transfer's
--                content, a label is a position in the next three
--   p_purposes, p_subject_types, p_notes   one element per combination of them that occurs
--   p_accounts   one element per account, null for those that are to be looked up (or opened) by p_open
--   p_open       positions in p_accounts, with kind, owner, tenant and currency of each; empty for none
--   p_transfer, p_account, p_amount, p_run, p_nth   one element per posting, ascending by transfer: positions in the arrays
--                above, the amount, and the sum and the number of the account's postings so far
-- Answers outcomes (0 posted, 1 replayed, 2 insufficient funds, 3 key reused, 4 out of range) with the id and time of the
-- transfer that stands, all null when every transfer was posted; and the ids of the accounts of p_open.
create or replace function ledger.post_batch(
  p_at timestamptz,
  p_ids uuid[], p_keys text[], p_fingerprints uuid[], p_subject_ids uuid[], p_label int[], p_purposes text[], p_subject_types text[], p_notes text[],
  p_accounts uuid[], p_open int[], p_kinds text[], p_owners uuid[], p_tenants uuid[], p_currencies text[],
  p_transfer int[], p_account int[], p_amount bigint[], p_run bigint[], p_nth int[],
  out outcomes smallint[], out ids uuid[], out ats timestamptz[], out opened uuid[])
  language plpgsql security definer set search_path = pg_catalog, pg_temp set ledger.posting = 'on' as $$
declare
  v_accounts uuid[] := p_accounts;
  v_balances bigint[];
  v_free boolean[];
  v_first int[];      -- the first transfer of the batch with the same key
  v_posted int[];     -- by v_first: the one that was posted with that key, null while none was
  v_known uuid[];
  v_known_at timestamptz[];
  v_alike boolean[];
  v_lo int;
  v_hi int := 0;
  v_a int;
  v_outcome smallint;
  v_n int := cardinality(p_ids);
  v_index int[];
  v_run bigint[];
  v_nth int[];
  w_accounts uuid[];
  w_ids uuid[];
  w_keys text[];
  w_fingerprints uuid[];
  w_subject_ids uuid[];
  w_label int[];
  w_transfer int[];
  w_account int[];
  w_amount bigint[];
  w_run bigint[];
  w_nth int[];
begin
  if v_n = 0 then
    return;
  end if;
  if cardinality(p_open) > 0 then
    opened := ledger.open_accounts(p_at, p_kinds, p_owners, p_tenants, p_currencies);
    for i in 1 .. cardinality(p_open) loop
      v_accounts[p_open[i]] := opened[i];
    end loop;
  end if;

  begin
    perform ledger.write_transfers(p_at, p_ids, p_keys, p_fingerprints, p_subject_ids, p_label, p_purposes, p_subject_types, p_notes,
                                   v_accounts, p_transfer, p_account, p_amount, p_run, p_nth);
    return;
  exception when unique_violation or check_violation or numeric_value_out_of_range then
    null;
  end;

  -- Somebody else may commit one of our keys between our look and our write: then look again.
  for attempt in 1 .. 5 loop
    select array_agg(s.balance), array_agg(s.may_be_negative) into v_balances, v_free
      from (select l.* from (
              select u.n, a.balance, a.may_be_negative
                from unnest(v_accounts) with ordinality u(id, n)
                join ledger.accounts a on a.id = u.id
               order by a.id for no key update of a) l
             order by l.n) s;
    if cardinality(v_balances) is distinct from cardinality(v_accounts) then
      raise exception 'A posting names an account that does not exist.' using errcode = 'foreign_key_violation';
    end if;

    select array_agg(s.first), array_agg(s.id), array_agg(s.created_at), array_agg(s.alike)
      into v_first, v_known, v_known_at, v_alike
      from (select min(u.n) over (partition by u.key)::int as first, t.id, t.created_at, t.fingerprint = u.fingerprint as alike
              from unnest(p_keys, p_fingerprints) with ordinality u(key, fingerprint, n)
              left join ledger.transfers t on t.idempotency_key = u.key
             order by u.n) s;

    outcomes := array_fill(0::smallint, array[v_n]);
    ids := p_ids;
    ats := array_fill(p_at, array[v_n]);
    v_posted := array_fill(null::int, array[v_n]);
    v_index := array_fill(null::int, array[cardinality(v_accounts)]);
    v_run := array_fill(0::bigint, array[cardinality(v_accounts)]);
    v_nth := array_fill(0, array[cardinality(v_accounts)]);
    w_accounts := '{}'; w_ids := '{}'; w_keys := '{}'; w_fingerprints := '{}'; w_subject_ids := '{}'; w_label := '{}';
    w_transfer := '{}'; w_account := '{}'; w_amount := '{}'; w_run := '{}'; w_nth := '{}';
    v_hi := 0;

    for i in 1 .. v_n loop
      v_lo := v_hi + 1;
      while v_hi < cardinality(p_transfer) and p_transfer[v_hi + 1] = i loop
        v_hi := v_hi + 1;
      end loop;

      v_outcome := 0;
      if v_known[i] is not null then
        v_outcome := case when v_alike[i] then 1 else 3 end;
        ids[i] := v_known[i];
        ats[i] := v_known_at[i];
      elsif v_posted[v_first[i]] is not null then
        v_outcome := case when p_fingerprints[i] = p_fingerprints[v_posted[v_first[i]]] then 1 else 3 end;
        ids[i] := p_ids[v_posted[v_first[i]]];
      else
        for j in v_lo .. v_hi loop
          v_a := p_account[j];
          if p_amount[j] > 0 and v_balances[v_a] > 9223372036854775807 - p_amount[j]
             or p_amount[j] < 0 and v_balances[v_a] < -9223372036854775807 - p_amount[j] then
            v_outcome := 4;
          elsif v_outcome = 0 and not v_free[v_a] and v_balances[v_a] + p_amount[j] < 0 then
            v_outcome := 2;
          end if;
        end loop;
        if v_outcome = 0 then
          v_posted[v_first[i]] := i;
          w_ids := w_ids || p_ids[i];
          w_keys := w_keys || p_keys[i];
          w_fingerprints := w_fingerprints || p_fingerprints[i];
          w_subject_ids := w_subject_ids || p_subject_ids[i];
          w_label := w_label || p_label[i];
          for j in v_lo .. v_hi loop
            v_a := p_account[j];
            v_balances[v_a] := v_balances[v_a] + p_amount[j];
            v_run[v_a] := v_run[v_a] + p_amount[j];
            v_nth[v_a] := v_nth[v_a] + 1;
            if v_index[v_a] is null then
              w_accounts := w_accounts || v_accounts[v_a];
              v_index[v_a] := cardinality(w_accounts);
            end if;
            w_transfer := w_transfer || cardinality(w_ids);
            w_account := w_account || v_index[v_a];
            w_amount := w_amount || p_amount[j];
            w_run := w_run || v_run[v_a];
            w_nth := w_nth || v_nth[v_a];
          end loop;
        end if;
      end if;
      outcomes[i] := v_outcome;
    end loop;

    begin
      if cardinality(w_ids) > 0 then
        perform ledger.write_transfers(p_at, w_ids, w_keys, w_fingerprints, w_subject_ids, w_label, p_purposes, p_subject_types, p_notes,
                                       w_accounts, w_transfer, w_account, w_amount, w_run, w_nth);
      end if;
      return;
    exception when unique_violation then
      if attempt = 5 then
        raise;
      end if;
    end;
  end loop;
end $$;

-- What makes two transfers the same: SHA-256, first half, of purpose, subject and postings, a line each, postings in byte order.
-- The group writer computes the same.
create or replace function ledger.fingerprint(p_purpose text, p_subject_type text, p_subject_id uuid, p_postings text[]) returns uuid
  language sql immutable set search_path = pg_catalog, pg_temp as $$
  select encode(substring(sha256(convert_to(
           p_purpose || E'\n' || p_subject_type || E'\n' || p_subject_id || E'\n'
           || (select string_agg(l, E'\n' order by l collate "C") from unnest(p_postings) l), 'UTF8')) for 16), 'hex')::uuid
$$;

-- Posts transfers whose accounts are named by kind, owner, tenant and currency. p_notes may be null. One row per transfer,
-- in order; outcome: posted, replayed, insufficient_funds, key_reused, out_of_range. Only post_any calls it.
create or replace function ledger.post_named(
  p_at timestamptz,
  p_ids uuid[], p_keys text[], p_purposes text[], p_subject_types text[], p_subject_ids uuid[], p_notes text[],
  p_transfer int[], p_kinds text[], p_owners uuid[], p_tenants uuid[], p_currencies text[], p_amounts bigint[])
  returns table (ord int, transfer_id uuid, posted_at timestamptz, outcome text)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_kinds text[];
  v_owners uuid[];
  v_tenants uuid[];
  v_currencies text[];
  v_transfer int[];
  v_account int[];
  v_amount bigint[];
  v_run bigint[];
  v_nth int[];
  v_fingerprints uuid[];
  v_result record;
begin
  if p_ids is null or cardinality(p_ids) = 0 then
    return;
  end if;
  with headers as (
    select h.* from unnest(p_subject_ids, p_purposes, p_subject_types) with ordinality h(subject_id, purpose, subject_type, t)),
  postings as (
    select u.*, row_number() over (order by u.t, u.n) as o,
           dense_rank() over (order by u.owner_id, u.kind, u.currency)::int as acc,
           sum(u.amount) over w::bigint as run,
           row_number() over w::int as nth
      from unnest(p_transfer, p_kinds, p_owners, p_tenants, p_currencies, p_amounts) with ordinality u(t, kind, owner_id, tenant_id, currency, amount, n)
    window w as (partition by u.owner_id, u.kind, u.currency order by u.t, u.n rows unbounded preceding)),
  fingerprints as (
    select h.t, ledger.fingerprint(h.purpose, h.subject_type, h.subject_id, array_agg(p.kind || ' ' || p.owner_id || ' ' || p.currency || ' ' || p.amount)) as f
      from headers h join postings p on p.t = h.t
     group by h.t, h.purpose, h.subject_type, h.subject_id)
  select array_agg(p.t order by p.o), array_agg(p.acc order by p.o), array_agg(p.amount order by p.o), array_agg(p.run order by p.o), array_agg(p.nth order by p.o),
         array_agg(p.kind order by p.acc) filter (where p.nth = 1), array_agg(p.owner_id order by p.acc) filter (where p.nth = 1),
         array_agg(p.tenant_id order by p.acc) filter (where p.nth = 1), array_agg(p.currency order by p.acc) filter (where p.nth = 1),
         (select array_agg(f.f order by f.t) from fingerprints f)
    into v_transfer, v_account, v_amount, v_run, v_nth, v_kinds, v_owners, v_tenants, v_currencies, v_fingerprints
    from postings p;
  if cardinality(v_fingerprints) is distinct from cardinality(p_ids) then
    raise exception 'Every transfer has a subject, a purpose and postings.' using errcode = 'invalid_parameter_value';
  end if;
  select b.* into v_result from ledger.post_batch(
    p_at, p_ids, p_keys, v_fingerprints, p_subject_ids,
    array(select generate_series(1, cardinality(p_ids))), p_purposes, p_subject_types, coalesce(p_notes, array_fill(null::text, array[cardinality(p_ids)])),
    array_fill(null::uuid, array[cardinality(v_owners)]), array(select generate_series(1, cardinality(v_owners))),
    v_kinds, v_owners, v_tenants, v_currencies,
    v_transfer, v_account, v_amount, v_run, v_nth) b;
  return query
    select i, coalesce(v_result.ids[i], p_ids[i]), coalesce(v_result.ats[i], p_at),
           (array['posted', 'replayed', 'insufficient_funds', 'key_reused', 'out_of_range'])[coalesce(v_result.outcomes[i], 0) + 1]
      from generate_series(1, cardinality(p_ids)) i;
end $$;

-- The same under the payers' mandates: what leaves a wallet for a subject that an agent began under a mandate is taken from it
-- here, under its row lock and in this very transaction, and what comes back is given back. Further outcomes: mandate_revoked,
-- mandate_expired, mandate_currency, mandate_ceiling, mandate_exhausted; such a transfer is not posted, the others are.
create or replace function ledger.post_any(
  p_at timestamptz,
  p_ids uuid[], p_keys text[], p_purposes text[], p_subject_types text[], p_subject_ids uuid[], p_notes text[],
  p_transfer int[], p_kinds text[], p_owners uuid[], p_tenants uuid[], p_currencies text[], p_amounts bigint[])
  returns table (ord int, transfer_id uuid, posted_at timestamptz, outcome text)
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  s record;
  v_keep int[];
  r record;
begin
  if not exists (select from ledger.mandate_uses u where u.subject_id = any (p_subject_ids)) then
    return query select * from ledger.post_named(p_at, p_ids, p_keys, p_purposes, p_subject_types, p_subject_ids, p_notes,
                                                 p_transfer, p_kinds, p_owners, p_tenants, p_currencies, p_amounts);
    return;
  end if;
  select x.* into s from ledger.spend(p_at, p_keys, p_subject_ids, p_transfer, p_kinds, p_owners, p_currencies, p_amounts) x;
  return query select i, p_ids[i], p_at, s.refusals[i] from generate_series(1, cardinality(p_ids)) i where s.refusals[i] is not null;
  v_keep := array(select i from generate_series(1, cardinality(p_ids)) i where s.refusals[i] is null);
  for r in
    select v_keep[n.ord] as i, n.transfer_id, n.posted_at, n.outcome
      from ledger.post_named(p_at, array(select p_ids[k] from unnest(v_keep) k), array(select p_keys[k] from unnest(v_keep) k),
        array(select p_purposes[k] from unnest(v_keep) k), array(select p_subject_types[k] from unnest(v_keep) k),
        array(select p_subject_ids[k] from unnest(v_keep) k), case when p_notes is not null then array(select p_notes[k] from unnest(v_keep) k) end,
        array(select array_position(v_keep, p.t) from unnest(p_transfer) with ordinality p(t, n) where p.t = any (v_keep) order by p.n),
        array(select p_kinds[p.n] from unnest(p_transfer) with ordinality p(t, n) where p.t = any (v_keep) order by p.n),
        array(select p_owners[p.n] from unnest(p_transfer) with ordinality p(t, n) where p.t = any (v_keep) order by p.n),
        array(select p_tenants[p.n] from unnest(p_transfer) with ordinality p(t, n) where p.t = any (v_keep) order by p.n),
        array(select p_currencies[p.n] from unnest(p_transfer) with ordinality p(t, n) where p.t = any (v_keep) order by p.n),
        array(select p_amounts[p.n] from unnest(p_transfer) with ordinality p(t, n) where p.t = any (v_keep) order by p.n)) n
  loop
    if r.outcome <> 'posted' and s.counted[r.i] <> 0 then
      perform ledger.uncount_spend(p_subject_ids[r.i], s.counted[r.i]);
    end if;
    ord := r.i; transfer_id := r.transfer_id; posted_at := r.posted_at; outcome := r.outcome;
    return next;
  end loop;
end $$;

-- The same for a tenant's session: it may take from its own wallet and release from escrow, to anybody; never from another
-- tenant's wallet, never from an account of the platform.
create or replace function ledger.post_for_tenant(
  p_at timestamptz,
  p_ids uuid[], p_keys text[], p_purposes text[], p_subject_types text[], p_subject_ids uuid[], p_notes text[],
  p_transfer int[], p_kinds text[], p_owners uuid[], p_tenants uuid[], p_currencies text[], p_amounts bigint[])
  returns table (ord int, transfer_id uuid, posted_at timestamptz, outcome text)
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant', true), '')::uuid;
begin
  if exists (select from unnest(p_kinds, p_owners, p_amounts) u(kind, owner_id, amount)
              where u.amount < 0 and u.kind <> 'escrow'
                and (u.kind not in ('available', 'promotional', 'earnings') or u.owner_id is distinct from v_tenant)) then
    raise exception 'A tenant''s session may only take from its own wallet and from escrow.' using errcode = 'insufficient_privilege';
  end if;
  return query select * from ledger.post_any(p_at, p_ids, p_keys, p_purposes, p_subject_types, p_subject_ids, p_notes,
                                             p_transfer, p_kinds, p_owners, p_tenants, p_currencies, p_amounts);
end $$;

-- What everybody calls, from C# and from other capabilities' SQL: with the caller's own rights.
create or replace function ledger.post(
  p_at timestamptz,
  p_ids uuid[], p_keys text[], p_purposes text[], p_subject_types text[], p_subject_ids uuid[], p_notes text[],
  p_transfer int[], p_kinds text[], p_owners uuid[], p_tenants uuid[], p_currencies text[], p_amounts bigint[])
  returns table (ord int, transfer_id uuid, posted_at timestamptz, outcome text)
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if has_function_privilege('ledger.post_any(timestamptz,uuid[],text[],text[],text[],uuid[],text[],int[],text[],uuid[],uuid[],text[],bigint[])', 'execute') then
    return query select * from ledger.post_any(p_at, p_ids, p_keys, p_purposes, p_subject_types, p_subject_ids, p_notes,
                                               p_transfer, p_kinds, p_owners, p_tenants, p_currencies, p_amounts);
  else
    return query select * from ledger.post_for_tenant(p_at, p_ids, p_keys, p_purposes, p_subject_types, p_subject_ids, p_notes,
                                                      p_transfer, p_kinds, p_owners, p_tenants, p_currencies, p_amounts);
  end if;
end $$;

-- A tenant's promotional credits, 0 for none, with its whole wallet locked until the transaction ends: what a price may be
-- split by before it is posted. In id order, as every writer locks; a tenant's session asks for its own only.
create or replace function ledger.lock_credits(p_tenant uuid, p_currency text) returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_credits bigint;
begin
  if not pg_has_role(session_user, 'hermes_engine', 'member') and p_tenant is distinct from nullif(current_setting('app.tenant', true), '')::uuid then
    raise exception 'A tenant''s session may only lock its own wallet.' using errcode = 'insufficient_privilege';
  end if;
  select sum(l.balance) filter (where l.kind = 'promotional') into v_credits
    from (select a.kind, a.balance from ledger.accounts a
           where a.owner_id = p_tenant and a.currency = p_currency and a.kind in ('available', 'promotional')
           order by a.id for no key update of a) l;
  return coalesce(v_credits, 0);
end $$;

-- ---------------------------------------------------------------- reading

-- The last entry of an account before an instant, 0 for none, at least the last of those that were detached: entries are in time order, so twenty looks find it in a million.
create or replace function ledger.seq_before(p_account uuid, p_count bigint, p_at timestamptz) returns bigint
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_lo bigint := coalesce((select o.seq from ledger.openings o where o.account_id = p_account), 0);
  v_hi bigint := p_count;
  v_mid bigint;
begin
  while v_lo < v_hi loop
    v_mid := (v_lo + v_hi + 1) / 2;
    if (select e.created_at < p_at from ledger.entries e where e.account_id = p_account and e.seq = v_mid) then
      v_lo := v_mid;
    else
      v_hi := v_mid - 1;
    end if;
  end loop;
  return v_lo;
end $$;

-- The balance just before each instant.
create or replace function ledger.balances_before(p_account uuid, p_count bigint, p_instants timestamptz[])
  returns table (ord bigint, balance bigint)
  language sql stable set search_path = pg_catalog, pg_temp as $$
  select u.n, coalesce((select e.balance_after from ledger.entries e where e.account_id = p_account and e.seq = s.seq),
                       (select o.balance from ledger.openings o where o.account_id = p_account and o.seq = s.seq), 0)
    from unnest(p_instants) with ordinality u(at, n), lateral (select ledger.seq_before(p_account, p_count, u.at) as seq offset 0) s
$$;

-- The transfers that touched a contract's escrow, which are all that its money went through. Ids only, and from everybody's
-- entries: what a caller sees of them is up to the walls of entries and transfers.
create or replace function ledger.transfers_of_contract(p_contract uuid) returns setof uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct e.transfer_id from ledger.accounts a join ledger.entries e on e.account_id = a.id
   where a.owner_id = p_contract and a.kind = 'escrow'
$$;

-- The proof: no row means that the books are right. It tells rules and numbers of violations, nothing of any tenant.
create or replace function ledger.check() returns table (rule text, violations bigint)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with sums as (
    select e.account_id, sum(e.amount) as total, count(*) as n, min(e.seq) as first, max(e.seq) as last, bool_or(e.currency <> a.currency or e.tenant_id <> a.tenant_id) as strange
      from ledger.entries e left join ledger.accounts a on a.id = e.account_id group by e.account_id),
  chain as (
    select e.balance_after - e.amount <> coalesce(lag(e.balance_after) over (partition by e.account_id order by e.seq), o.balance, 0) as broken
      from ledger.entries e left join ledger.openings o on o.account_id = e.account_id),
  found as (
    select 'the entries of a currency add up to zero' as rule,
           (select count(*) from (select from (select e.currency, e.amount from ledger.entries e union all select o.currency, o.balance from ledger.openings o) e
                                     group by e.currency having sum(e.amount) <> 0) x) as violations
    union all
    select 'the entries of a transfer add up to zero in each currency',
           (select count(*) from (select from ledger.entries e group by e.transfer_id, e.currency having sum(e.amount) <> 0) x)
    union all
    select 'every transfer has entries and every entry a transfer',
           (select count(*) from ledger.transfers t where not exists (select from ledger.entries e where e.transfer_id = t.id)
             and not exists (select from ledger.archived_months m where t.created_at < m.month + interval '1 month'))
         + (select count(*) from ledger.entries e where not exists (select from ledger.transfers t where t.id = e.transfer_id))
    union all
    select 'an account''s balance is the sum of its entries',
           (select count(*) from ledger.accounts a full join sums s on s.account_id = a.id left join ledger.openings o on o.account_id = a.id
             where a.balance is distinct from coalesce(o.balance, 0) + coalesce(s.total, 0))
    union all
    select 'an account''s entries are numbered without a gap, in its own currency and tenant',
           (select count(*) from ledger.accounts a full join sums s on s.account_id = a.id left join ledger.openings o on o.account_id = a.id
             where a.entry_count is distinct from coalesce(o.seq, 0) + coalesce(s.n, 0)
                or s.n > 0 and (s.first <> coalesce(o.seq, 0) + 1 or s.last <> coalesce(o.seq, 0) + s.n) or s.strange)
    union all
    select 'each balance follows from the one before it', (select count(*) from chain c where c.broken)
    union all
    select 'no account is overdrawn',
           (select count(*) from ledger.accounts a where a.balance < 0 and not a.may_be_negative)
         + (select count(*) from ledger.entries e join ledger.accounts a on a.id = e.account_id where e.balance_after < 0 and not a.may_be_negative))
  select f.rule, f.violations from found f where f.violations > 0
$$;

-- ---------------------------------------------------------------- who may call what

revoke all on all functions in schema ledger from public, hermes_app, hermes_engine;
grant execute on function ledger.post_batch(timestamptz, uuid[], text[], uuid[], uuid[], int[], text[], text[], text[], uuid[], int[], text[], uuid[], uuid[], text[], int[], int[], bigint[], bigint[], int[]) to hermes_engine;
grant execute on function ledger.post_any(timestamptz, uuid[], text[], text[], text[], uuid[], text[], int[], text[], uuid[], uuid[], text[], bigint[]) to hermes_engine;
grant execute on function ledger.post_for_tenant(timestamptz, uuid[], text[], text[], text[], uuid[], text[], int[], text[], uuid[], uuid[], text[], bigint[]) to hermes_app;
grant execute on function ledger.post(timestamptz, uuid[], text[], text[], text[], uuid[], text[], int[], text[], uuid[], uuid[], text[], bigint[]) to hermes_app, hermes_engine;
grant execute on function ledger.lock_credits(uuid, text) to hermes_app, hermes_engine;
grant execute on function ledger.seq_before(uuid, bigint, timestamptz) to hermes_app, hermes_engine;
grant execute on function ledger.balances_before(uuid, bigint, timestamptz[]) to hermes_app, hermes_engine;
grant execute on function ledger.transfers_of_contract(uuid) to hermes_app, hermes_engine;
grant execute on function ledger.check() to hermes_app, hermes_engine;
