-- Class J: the log of each city, its owner, and the clients' keys. Written by the journal writer alone.

create table reserve.journal (
  city_code      varchar(10) not null,
  seq            bigint not null,
  epoch          bigint not null,
  command_id     uuid not null,
  kind           smallint not null,
  actor_type     varchar(20) not null,
  actor_id       varchar(100),
  correlation_id varchar(100),
  causation_id   uuid,
  occurred_at    timestamptz not null,
  inbox_id       uuid,
  entities       uuid[] not null,
  event_codes    smallint[] not null,
  events         bytea not null,
  primary key (city_code, seq)
) partition by range (seq);
comment on table reserve.journal is 'one row per accepted command; append-only';
comment on column reserve.journal.kind is 'code of the first event; 0 = none';
select reserve.protect('journal', 'SVC', 'J');
select reserve.partitioned('journal', 'seq', 'reserve_writer', 'insert');
select reserve.ensure_partition('journal', 0, 4000000);

create table reserve.command_keys (
  city_code   varchar(10) not null,
  key_hash    bytea not null check (length(key_hash) = 16),
  fingerprint bytea not null check (length(fingerprint) = 16),
  seq         bigint not null,
  primary key (city_code, key_hash)
) partition by list (city_code);
comment on table reserve.command_keys is 'client keys, kept for ever';
select reserve.protect('command_keys', 'SVC', 'J');
-- The record that closes an outside step without effect gives its key back: a row is found by its key and removed.
select reserve.partitioned('command_keys', 'city', 'reserve_writer', 'select, insert, delete');

create table reserve.city_leases (
  city_code   varchar(10) primary key,
  number      int not null default 0,
  node_id     varchar(100) not null default '',
  epoch       bigint not null default 0,
  head        bigint not null default 0,
  backend_pid int not null default 0,
  lease_ms    int not null default 10000,
  expires_at  timestamptz not null default '-infinity'
);
comment on table reserve.city_leases is 'who writes a city; expires_at is PostgreSQL''s clock_timestamp()';
comment on column reserve.city_leases.number is 'the 16 bits of every id of the city';
comment on column reserve.city_leases.head is 'seq of the last committed record';
select reserve.protect('city_leases', 'SVC', 'J');
grant select, insert, update on reserve.city_leases to reserve_writer;
create policy writer on reserve.city_leases for all to reserve_writer using (true) with check (true);
-- fence() runs as the owner.
create policy fence on reserve.city_leases for update to reserve_owner using (true) with check (true);
create policy fence_reads on reserve.city_leases for select to reserve_owner using (true);

-- Proves inside the transaction of an append that the city is still ours, moves its head and prolongs the lease. RC001: it is not.
create function reserve.fence(city text, my_epoch bigint, first bigint, last bigint) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update reserve.city_leases
     set head = last, expires_at = clock_timestamp() + lease_ms * interval '1 millisecond'
   where city_code = city and epoch = my_epoch and head = first - 1;
  if not found then
    raise exception using errcode = 'RC001', message = 'the city has another owner or another head', detail = city;
  end if;
end
$$;
revoke execute on function reserve.fence(text, bigint, bigint, bigint) from public;
grant execute on function reserve.fence(text, bigint, bigint, bigint) to reserve_writer;

create table reserve.event_kinds (
  code    smallint primary key,
  name    varchar(80) not null unique,
  version smallint not null
);
comment on table reserve.event_kinds is 'names of the event codes, filled by migrate';
select reserve.protect('event_kinds', 'SVC', 'C');
create policy names on reserve.event_kinds for select to reserve_staff using (true);

-- One row per event; payloads are decoded by the program. The city's number is in the ids of its entities.
create view reserve.events with (security_invoker) as
  select j.city_code, j.seq, (e.n - 1)::int as n,
         reserve.row_uuid(get_byte(uuid_send(j.entities[1]), 0) * 256 + get_byte(uuid_send(j.entities[1]), 1), j.seq, (e.n - 1)::int) as id,
         coalesce(k.name, 'code.' || e.code) as type, coalesce(k.version, 0) as version, j.entities, j.actor_type, j.actor_id, j.correlation_id,
         j.causation_id, j.occurred_at
    from reserve.journal j
    cross join lateral unnest(j.event_codes) with ordinality as e(code, n)
    left join reserve.event_kinds k on k.code = e.code;
grant select on reserve.events to reserve_service, reserve_staff;
