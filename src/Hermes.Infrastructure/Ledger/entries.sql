-- The entries are partitioned by month. The table that the entity configuration describes is made anew as a partitioned one, once;
-- what it holds goes to the partitions of its months. Runs before everything that is said of the table. Can be run again.
do $$
declare
  v_month timestamptz;
  v_last timestamptz;
begin
  if (select c.relkind from pg_class c where c.oid = 'ledger.entries'::regclass) <> 'r' then
    return;
  end if;
  set local timezone = 'UTC';
  alter table ledger.entries rename to entries_flat;
  alter table ledger.entries_flat rename constraint pk_entries to pk_entries_flat;
  alter index ledger.ix_entries_transfer_id rename to ix_entries_flat_transfer_id;
  create table ledger.entries (like ledger.entries_flat including defaults including constraints including storage) partition by range (created_at);
  -- A unique key of a partitioned table holds the partition's key. Within a month (account, number) is unique by the index, over all
  -- of them because an account's entries are numbered and timed under its row lock, upwards.
  alter table ledger.entries add constraint pk_entries primary key (account_id, seq, created_at);
  create index ix_entries_transfer_id on ledger.entries using brin (transfer_id) with (pages_per_range = 16, autosummarize = true);
  -- For what comes before its month's partition was made.
  create table ledger.entries_rest partition of ledger.entries default;
  select date_trunc('month', min(f.created_at), 'UTC'), date_trunc('month', max(f.created_at), 'UTC') into v_month, v_last from ledger.entries_flat f;
  while v_month <= v_last loop
    execute format('create table ledger.%I partition of ledger.entries for values from (%L) to (%L)', 'entries_' || to_char(v_month, 'YYYY_MM'), v_month, v_month + interval '1 month');
    v_month := v_month + interval '1 month';
  end loop;
  insert into ledger.entries select * from ledger.entries_flat;
  drop table ledger.entries_flat;
end $$;

-- Where an account's attached entries begin: the last entry of the months that were detached. None for an account that has all of its
-- entries attached.
create table if not exists ledger.openings (
  account_id uuid primary key,
  tenant_id uuid not null,
  currency character(3) not null,
  seq bigint not null,
  balance bigint not null
);
create table if not exists ledger.archived_months (
  month timestamptz primary key,
  entries bigint not null,
  detached_at timestamptz not null
);
