-- The SQL side's tables: the columns, constraints and indexes of ours (migrations/), as one plain table each: no partitions, no row-level security, so the
-- baseline pays for nothing that it does not need. Run as a superuser in a migrated database.
--   :units  room types   :days  nights of each   :rooms  rooms of each night
drop schema if exists bench cascade;
create schema bench;
create table bench.availability_calendar (like reserve.availability_calendar including constraints including indexes including generated) with (fillfactor = 50);
create table bench.booking_intents (like reserve.booking_intents including constraints including indexes);
-- What only our actors load.
alter table bench.booking_intents drop column state, drop column unfinished, alter column rooms set default 1;
drop index bench.booking_intents_unit_id_idx;
create table bench.audit_logs (like reserve.audit_logs including constraints including indexes);
create sequence bench.audit_seq cache 100;

-- Ids of the rooms, from a number: pgbench has no other way to name one.
create function bench.unit(u int) returns uuid language sql immutable parallel safe
  return ('03840000-0000-4000-8000-' || lpad(to_hex(u), 12, '0'))::uuid;

insert into bench.availability_calendar (unit_id, date, property_id, city_code, is_available, host_allotment, allotment, bookings_count, temp_holds, base_price,
                                         closed_to_arrival, closed_to_departure, updated_at)
select bench.unit(u), current_date + d, bench.unit(u / 5), 'LOAD', true, :rooms, :rooms, 0, 0, 100 + u * 137 % 50, false, false, now()
  from generate_series(0, :units - 1) u, generate_series(0, :days - 1) d;
vacuum (analyze) bench.availability_calendar;
