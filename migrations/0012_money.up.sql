-- Class P of the ledger (spec 40§7, 20§1). The two exceptions as a net below us: the deferred balance check and append-only.

create table reserve.numbering (
  city_code  varchar(10) not null,
  series     varchar(20) not null,
  year       int not null,
  last_value bigint not null,
  updated_at timestamptz,
  primary key (city_code, series, year)
);
select reserve.protect('numbering', 'CITY');

create table reserve.commission_tiers (
  id              uuid primary key,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  city_code       varchar(10) not null,
  rule_type       varchar(20) not null,
  commission_rate numeric(5,4) not null check (commission_rate between 0 and 1),
  fixed_amount    numeric(12,2),
  min_commission  numeric(12,2),
  max_commission  numeric(12,2),
  is_active       boolean not null
);
select reserve.protect('commission_tiers', 'CITY');

create table reserve.ledger_transactions (
  id              uuid primary key,
  city_code       varchar(10) not null,
  type            varchar(40) not null,
  currency        char(3) not null,
  idempotency_key varchar(200) not null unique,
  reservation_id  uuid,
  property_id     uuid,
  payment_id      uuid,
  refund_id       uuid,
  created_at      timestamptz not null
);
select reserve.protect('ledger_transactions', 'CITY');

create table reserve.ledger_entries (
  id                uuid primary key,
  created_at        timestamptz not null,
  transaction_id    uuid not null,
  city_code         varchar(10) not null,
  entity_type       varchar(50) not null,
  booking_id        uuid,
  booking_intent_id uuid,
  property_id       uuid,
  payment_id        uuid,
  entry_type        varchar(40) not null,
  account           varchar(40) not null,
  direction         varchar(6) not null check (direction in ('debit', 'credit')),
  amount            numeric(12,2) not null check (amount >= 0),
  currency          char(3) not null,
  gateway           varchar(20),
  metadata          jsonb
);
create index ledger_entries_transaction on reserve.ledger_entries (transaction_id);
create index ledger_entries_booking on reserve.ledger_entries (booking_id);
create index ledger_entries_payment on reserve.ledger_entries (payment_id);
create index ledger_entries_account on reserve.ledger_entries (account, city_code, created_at);
select reserve.protect('ledger_entries', 'CITY');

create function reserve.ledger_is_append_only() returns trigger
  language plpgsql
as $$
begin
  -- Only `reserve rebuild`, which holds the city's lease, folds the entries again.
  if tg_op = 'DELETE' and current_setting('app.rebuilds_city', true) = old.city_code then
    return old;
  end if;
  raise exception 'ledger entries are append-only' using errcode = '55000';
end
$$;
create trigger append_only before update or delete on reserve.ledger_entries for each row execute function reserve.ledger_is_append_only();

create function reserve.ledger_balances() returns trigger
  language plpgsql
as $$
declare
  difference numeric;
begin
  select sum(case direction when 'debit' then amount else -amount end) into difference
    from reserve.ledger_entries where transaction_id = new.transaction_id;
  if difference <> 0 then
    raise exception 'ledger transaction % does not balance', new.transaction_id using errcode = '23514';
  end if;
  return null;
end
$$;
create constraint trigger balanced after insert on reserve.ledger_entries deferrable initially deferred for each row execute function reserve.ledger_balances();

create table reserve.account_balances (
  city_code    varchar(10) not null,
  account      varchar(40) not null,
  gateway      varchar(20) not null,
  currency     char(3) not null,
  debit_total  numeric(16,2) not null,
  credit_total numeric(16,2) not null,
  updated_at   timestamptz,
  primary key (city_code, account, gateway, currency)
);
select reserve.protect('account_balances', 'CITY');
