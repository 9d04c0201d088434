-- What a user would write instead of us: one function per hold that locks the nights, checks, counts up, and inserts intent and audit row.
drop schema if exists bench cascade;
create schema bench;
create table bench.nights (unit int, day int, allotment int not null, held int not null, primary key (unit, day)) with (fillfactor = 50);
create table bench.intents (
  id uuid primary key, created_at timestamptz not null, session_id text not null, unit int not null, check_in int not null, nights int not null,
  total numeric(12,2) not null, price_snapshot jsonb not null, status text not null, expires_at timestamptz not null
);
create index on bench.intents (session_id);
create table bench.audit (id bigserial primary key, created_at timestamptz not null, action text not null, entity uuid not null, after jsonb not null);
insert into bench.nights select u, d, 1000000, 0 from generate_series(0, 1999) u, generate_series(0, 59) d;

create function bench.hold(u int, d int) returns uuid language plpgsql as $$
declare
  fresh uuid := gen_random_uuid();
  free int;
begin
  perform 1 from bench.nights where unit = u and day between d and d + 2 order by day for update;
  select min(allotment - held) into free from bench.nights where unit = u and day between d and d + 2;
  if free < 1 then
    return null;
  end if;
  update bench.nights set held = held + 1 where unit = u and day between d and d + 2;
  insert into bench.intents values (fresh, now(), 'load-session-' || fresh, u, d, 3, 300.00, '{"nights":[100.00,100.00,100.00]}', 'intent_created', now() + interval '15 minutes');
  insert into bench.audit (created_at, action, entity, after) values (now(), 'intent.created', fresh, '{"status":"intent_created"}');
  return fresh;
end
$$;
vacuum analyze bench.nights;
