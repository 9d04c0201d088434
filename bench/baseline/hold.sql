-- What a user would write instead of us: one function per hold. It locks the three nights, checks, counts up, and inserts intent and audit row. pgbench calls it
-- as a prepared statement; each call is one durable transaction.
create or replace function bench.hold(fresh uuid, room uuid, session text, arrives date) returns numeric language plpgsql as $$
declare
  free int;
  price numeric;
begin
  perform 1 from bench.availability_calendar where unit_id = room and date >= arrives and date < arrives + 3 order by date for no key update;
  select min(allotment - bookings_count - temp_holds), sum(base_price) into free, price
    from bench.availability_calendar where unit_id = room and date >= arrives and date < arrives + 3 and is_available;
  if free is null or free < 1 then
    return null;
  end if;
  update bench.availability_calendar set temp_holds = temp_holds + 1 where unit_id = room and date >= arrives and date < arrives + 3;
  insert into bench.booking_intents (city_code, id, created_at, session_id, property_id, unit_id, has_name, has_email, has_phone, has_requests, check_in, check_out, nights,
                                     guests_adults, guests_children, guests_infants, base_price, taxes, fees, extras_amount, discount_amount, total_amount, amount_due_now,
                                     currency, price_snapshot, policy_snapshot, status, handed_over, expires_at, payment_failures, source)
  values ('LOAD', fresh, now(), session, room, room, false, false, false, false, arrives, arrives + 3, 3, 2, 0, 0, price, 0, 0, 0, 0, price, price, 'BRL',
          '{"nights":[100.00,100.00,100.00]}', '{"type":"moderate"}', 'intent_created', false, now() + interval '15 minutes', 0, 'direct');
  insert into bench.audit_logs (city_code, seq, n, created_at, actor_type, action, entity_type, entity_id, after)
  values ('LOAD', nextval('bench.audit_seq'), 0, now(), 'guest', 'intent.created', 'booking_intent', fresh, '{"status":"intent_created"}');
  return price;
end
$$;

-- The same with a look before the lock: a sold-out night is refused without one. Faster for refusals, slower for everything else.
create or replace function bench.hold_looking_first(fresh uuid, room uuid, session text, arrives date) returns numeric language plpgsql as $$
declare
  free int;
begin
  select min(allotment - bookings_count - temp_holds) into free
    from bench.availability_calendar where unit_id = room and date >= arrives and date < arrives + 3 and is_available;
  if free is null or free < 1 then
    return null;
  end if;
  return bench.hold(fresh, room, session, arrives);
end
$$;

-- Strong SQL: a batch of holds at once. Nights are locked in one order, counted up together, rows inserted as sets; one commit for all. The batch is drawn here
-- (units 0 .. units - 1, arrivals 0 .. days - 1), which spares the batcher the work of sending it. When not all of them fit, each is tried by itself.
create or replace function bench.hold_batch(size int, units int, days int) returns int language plpgsql as $$
declare
  rooms uuid[];
  arrivals date[];
  fitting bool;
begin
  select array_agg(bench.unit((random() * units - 0.5)::int % units)), array_agg(current_date + (random() * days - 0.5)::int % days) into rooms, arrivals
    from generate_series(1, size);
  perform 1 from bench.availability_calendar c
    join (select distinct r, a + i as night from unnest(rooms, arrivals) as x(r, a), generate_series(0, 2) i) w on c.unit_id = w.r and c.date = w.night
    order by c.unit_id, c.date for no key update of c;
  with wanted as (select r, a + i as night, count(*) as n from unnest(rooms, arrivals) as x(r, a), generate_series(0, 2) i group by 1, 2)
  select bool_and(c.is_available and c.allotment - c.bookings_count - c.temp_holds >= w.n) into fitting
    from wanted w join bench.availability_calendar c on c.unit_id = w.r and c.date = w.night;
  if not coalesce(fitting, false) then
    return (select count(bench.hold(gen_random_uuid(), r, 'load-0123456789-x', a)) from unnest(rooms, arrivals) as x(r, a));
  end if;
  update bench.availability_calendar c set temp_holds = c.temp_holds + w.n
    from (select r, a + i as night, count(*)::int as n from unnest(rooms, arrivals) as x(r, a), generate_series(0, 2) i group by 1, 2) w
   where c.unit_id = w.r and c.date = w.night;
  with fresh as (
    insert into bench.booking_intents (city_code, id, created_at, session_id, property_id, unit_id, has_name, has_email, has_phone, has_requests, check_in, check_out, nights,
                                       guests_adults, guests_children, guests_infants, base_price, taxes, fees, extras_amount, discount_amount, total_amount,
                                       amount_due_now, currency, price_snapshot, policy_snapshot, status, handed_over, expires_at, payment_failures, source)
    select 'LOAD', gen_random_uuid(), now(), 'load-0123456789-' || n, r, r, false, false, false, false, a, a + 3, 3, 2, 0, 0, 300, 0, 0, 0, 0, 300, 300, 'BRL',
           '{"nights":[100.00,100.00,100.00]}', '{"type":"moderate"}', 'intent_created', false, now() + interval '15 minutes', 0, 'direct'
      from unnest(rooms, arrivals) with ordinality as x(r, a, n)
    returning id)
  insert into bench.audit_logs (city_code, seq, n, created_at, actor_type, action, entity_type, entity_id, after)
  select 'LOAD', nextval('bench.audit_seq'), 0, now(), 'guest', 'intent.created', 'booking_intent', id, '{"status":"intent_created"}' from fresh;
  return size;
end
$$;
