-- Partitions of the entries: made ahead, walled like the table itself, detached when they are old. Everything here can be run again.

select shared.wall('ledger.openings');
revoke all on ledger.openings, ledger.archived_months from public, hermes_app, hermes_engine;
grant select on ledger.openings, ledger.archived_months to hermes_app, hermes_engine;

-- What holds for the table holds for whoever names a partition of it: nobody is granted anything, row level security is on, and the
-- owner's slips of the hand are refused.
create or replace function ledger.guard_partition(p_partition regclass) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  execute format('revoke all on %s from public, hermes_app, hermes_engine', p_partition);
  execute format('alter table %s enable row level security', p_partition);
  execute format('alter table %s force row level security', p_partition);
  execute format('drop policy if exists entries_of_tenant on %s', p_partition);
  execute format('create policy entries_of_tenant on %s for select to hermes_app using (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid)', p_partition);
  execute format('drop policy if exists entries_of_engine on %s', p_partition);
  execute format('create policy entries_of_engine on %s for select to hermes_engine using (true)', p_partition);
  execute format('drop policy if exists entries_of_owner on %s', p_partition);
  execute format('create policy entries_of_owner on %s to %I using (true) with check (true)', p_partition, current_user);
  execute format('create or replace trigger entries_append_only before update or delete or truncate on %s for each statement execute function ledger.refuse_change()', p_partition);
  execute format('create or replace trigger entries_by_posting before insert on %s for each statement when (current_setting(''ledger.posting'', true) is distinct from ''on'') execute function ledger.refuse_by_hand()', p_partition);
  execute format('create or replace trigger entries_balanced after insert on %s referencing new table as new_entries for each statement execute function ledger.refuse_unbalanced()', p_partition);
end $$;

-- Makes the partitions of the month of p_at and of the p_ahead months after it; how many were missing. It is attached when it is
-- ready, so that postings wait for a moment only. A month whose entries have come already keeps them in entries_rest.
create or replace function ledger.make_partitions(p_at timestamptz, p_ahead integer) returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set lock_timeout = '5s' as $$
declare
  v_month timestamptz;
  v_end timestamptz;
  v_name text;
  v_made integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('ledger.make_partitions', 0));
  for i in 0 .. p_ahead loop
    v_month := date_trunc('month', p_at, 'UTC') + make_interval(months => i);
    v_end := v_month + interval '1 month';
    v_name := 'entries_' || to_char(v_month, 'YYYY_MM');
    continue when to_regclass('ledger.' || v_name) is not null
               or exists (select from ledger.entries_rest r where r.created_at >= v_month and r.created_at < v_end);
    execute format('create table ledger.%I (like ledger.entries including defaults including constraints including storage)', v_name);
    execute format('alter table ledger.entries attach partition ledger.%I for values from (%L) to (%L)', v_name, v_month, v_end);
    perform ledger.guard_partition(('ledger.' || v_name)::regclass);
    v_made := v_made + 1;
  end loop;
  return v_made;
end $$;

-- Detaches the month that p_at lies in, the oldest one that is attached and over; how many entries it has. Each account's last entry of it
-- becomes its opening, so that no balance is recomputed. The detached table stays under its name, to be dumped and dropped.
create or replace function ledger.detach_month(p_at timestamptz, p_now timestamptz) returns bigint
  language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set lock_timeout = '5s' as $$
declare
  v_month timestamptz := date_trunc('month', p_at, 'UTC');
  v_end timestamptz := v_month + interval '1 month';
  v_partition regclass := to_regclass('ledger.entries_' || to_char(v_month, 'YYYY_MM'));
  v_count bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('ledger.make_partitions', 0));
  if v_partition is null or not exists (select from pg_inherits i where i.inhrelid = v_partition and i.inhparent = 'ledger.entries'::regclass) then
    raise exception 'That month has no partition that is attached.' using errcode = 'invalid_parameter_value';
  end if;
  if v_end > p_now or exists (select from ledger.entries e where e.created_at < v_month) then
    raise exception 'Only the oldest month is detached, and when it is over.' using errcode = 'invalid_parameter_value';
  end if;
  execute format('insert into ledger.openings as o (account_id, tenant_id, currency, seq, balance)
    select distinct on (e.account_id) e.account_id, e.tenant_id, e.currency, e.seq, e.balance_after from %s e order by e.account_id, e.seq desc
    on conflict (account_id) do update set seq = excluded.seq, balance = excluded.balance', v_partition);
  execute format('select count(*) from %s', v_partition) into v_count;
  execute format('alter table ledger.entries detach partition %s', v_partition);
  insert into ledger.archived_months (month, entries, detached_at) values (v_month, v_count, p_now);
  return v_count;
end $$;

-- Detaches the oldest attached month when at least p_keep whole months lie between it and the present one; which one, null for none.
create or replace function ledger.archive_oldest(p_keep integer, p_now timestamptz) returns timestamptz
  language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
  v_month timestamptz := (select min(to_date(substring(c.relname from 'entries_(\d{4}_\d{2})$'), 'YYYY_MM')) from pg_inherits i join pg_class c on c.oid = i.inhrelid
                           where i.inhparent = 'ledger.entries'::regclass);
begin
  if v_month is null or v_month + make_interval(months => p_keep + 1) > date_trunc('month', p_now, 'UTC') then
    return null;
  end if;
  perform ledger.detach_month(v_month, p_now);
  return v_month;
end $$;

-- Attaches again what was detached last, from its table: each account's opening is what it was before that month. How many entries.
create or replace function ledger.attach_month(p_at timestamptz) returns bigint
  language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set lock_timeout = '5s' as $$
declare
  v_month timestamptz := date_trunc('month', p_at, 'UTC');
  v_partition regclass := to_regclass('ledger.entries_' || to_char(v_month, 'YYYY_MM'));
  v_count bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('ledger.make_partitions', 0));
  if v_partition is null or v_month is distinct from (select max(m.month) from ledger.archived_months m) then
    raise exception 'Only the month that was detached last is attached again, from its table.' using errcode = 'invalid_parameter_value';
  end if;
  execute format('update ledger.openings o set seq = f.seq - 1, balance = f.balance_after - f.amount
    from (select distinct on (e.account_id) e.account_id, e.seq, e.balance_after, e.amount from %s e order by e.account_id, e.seq) f where o.account_id = f.account_id', v_partition);
  delete from ledger.openings o where o.seq = 0;
  execute format('alter table ledger.entries attach partition %s for values from (%L) to (%L)', v_partition, v_month, v_month + interval '1 month');
  delete from ledger.archived_months m where m.month = v_month returning m.entries into v_count;
  return v_count;
end $$;

revoke all on function ledger.archive_oldest(integer, timestamptz), ledger.attach_month(timestamptz) from public, hermes_app, hermes_engine;
grant execute on function ledger.archive_oldest(integer, timestamptz), ledger.attach_month(timestamptz) to hermes_engine;
revoke all on function ledger.guard_partition(regclass), ledger.make_partitions(timestamptz, integer), ledger.detach_month(timestamptz, timestamptz) from public, hermes_app, hermes_engine;
grant execute on function ledger.make_partitions(timestamptz, integer), ledger.detach_month(timestamptz, timestamptz) to hermes_engine;

do $$
declare
  v_partition regclass;
begin
  for v_partition in select i.inhrelid::regclass from pg_inherits i where i.inhparent = 'ledger.entries'::regclass loop
    perform ledger.guard_partition(v_partition);
  end loop;
  perform ledger.make_partitions(now(), 3);
end $$;
