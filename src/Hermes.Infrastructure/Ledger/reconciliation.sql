-- The reconciliation's own memory: how far each account was compared. Everything here can be run again.

create table if not exists ledger.checkpoints (
  account_id uuid primary key,
  seq bigint not null,
  balance bigint not null
);
revoke all on ledger.checkpoints, ledger.reconciliation_cases, ledger.reconciliation_runs from public, hermes_app, hermes_engine;
grant select, insert, update on ledger.reconciliation_cases to hermes_engine;
grant select, insert on ledger.reconciliation_runs to hermes_engine;
-- One open case for a difference.
create unique index if not exists ux_reconciliation_cases_open on ledger.reconciliation_cases (kind, subject) where state <> 'closed';

-- Compares every account that has entries beyond its checkpoint with those entries, in one snapshot, and moves the checkpoint on,
-- also where they differ: the case stays until an operator closes it, and the next run starts from what the account says.
-- The first row counts accounts and entries; the others are differences.
create or replace function ledger.reconcile() returns table (kind text, subject text, one_side text, other_side text, accounts bigint, entries bigint)
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  return query
  with changed as materialized (
    select a.id, a.kind, a.currency, a.balance, a.entry_count, a.may_be_negative, coalesce(c.seq, 0) as seq, coalesce(c.balance, 0) as before
      from ledger.accounts a left join ledger.checkpoints c on c.account_id = a.id
     where a.entry_count is distinct from c.seq or a.balance is distinct from c.balance),
  fresh as materialized (
    select e.account_id, e.seq, e.transfer_id, e.currency, e.amount from changed c join ledger.entries e on e.account_id = c.id and e.seq > c.seq),
  sums as (
    select f.account_id, sum(f.amount)::bigint as total, count(*) as n, max(f.seq) as last from fresh f group by f.account_id),
  moved as (
    insert into ledger.checkpoints (account_id, seq, balance) select c.id, c.entry_count, c.balance from changed c
    on conflict (account_id) do update set seq = excluded.seq, balance = excluded.balance
    returning 1),
  found as (
    select 'balance_not_sum'::text as kind, 'account ' || c.id as subject, 'balance of ' || c.kind || ' is ' || c.currency || ' ' || (c.balance / 1e6)::numeric(20, 6) as one_side,
           'its entries add up to ' || c.currency || ' ' || ((c.before + coalesce(s.total, 0)) / 1e6)::numeric(20, 6) as other_side
      from changed c left join sums s on s.account_id = c.id where c.balance <> c.before + coalesce(s.total, 0)
    union all
    select 'entries_missing', 'account ' || c.id, 'the account counts ' || c.entry_count || ' entries', 'there are ' || (c.seq + coalesce(s.n, 0))
      from changed c left join sums s on s.account_id = c.id
     where c.entry_count <> c.seq + coalesce(s.n, 0) or s.last <> c.entry_count
    union all
    select 'transfer_not_zero', 'transfer ' || f.transfer_id, f.currency || ' entries add up to ' || (sum(f.amount) / 1e6)::numeric(20, 6), 'a transfer adds up to zero'
      from fresh f group by f.transfer_id, f.currency having sum(f.amount) <> 0
    union all
    select 'overdrawn', 'account ' || a.id, 'balance of ' || a.kind || ' is ' || a.currency || ' ' || (a.balance / 1e6)::numeric(20, 6), 'it may not be negative'
      from ledger.accounts a where a.balance < 0 and not a.may_be_negative
    union all
    select 'currency_not_zero', a.currency::text, 'balances of ' || a.currency || ' add up to ' || (sum(a.balance) / 1e6)::numeric(20, 6), 'all accounts of a currency add up to zero'
      from ledger.accounts a group by a.currency having sum(a.balance) <> 0)
  select null::text, null::text, null::text, null::text, (select count(*) from changed), (select count(*) from fresh)
  union all
  select f.kind, f.subject, f.one_side, f.other_side, 0::bigint, 0::bigint from found f
  union all
  select null, null, null, null, 0, 0 from moved where false;
end $$;

revoke all on function ledger.reconcile() from public, hermes_app, hermes_engine;
grant execute on function ledger.reconcile() to hermes_engine;
