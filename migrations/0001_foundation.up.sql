-- Helpers of row-level security and partitions. The schema itself is made by the runner, which needs it for its own table.
-- Migrations run as reserve_owner.

grant usage on schema reserve to reserve_writer, reserve_projector, reserve_gateway, reserve_staff, reserve_property, reserve_service, reserve_report;

-- ---------------------------------------------------------------------------------------------------------------------------------------------------------
-- The context of a request: settings that it makes inside its own transaction. Unset means no rows.

create function reserve.context(setting text) returns text
  language sql stable parallel safe
  return nullif(current_setting(setting, true), '');

create function reserve.context_uuid(setting text) returns uuid
  language sql stable parallel safe
  return nullif(current_setting(setting, true), '')::uuid;

create function reserve.get_current_city_code() returns text
  language sql stable parallel safe
  return nullif(current_setting('app.current_city_code', true), '');

create function reserve.is_service() returns boolean
  language sql stable parallel safe
  return coalesce(current_setting('app.role', true), '') = 'service' and pg_has_role(current_user, 'reserve_service', 'usage');

create function reserve.is_admin() returns boolean
  language sql stable parallel safe
  return coalesce(current_setting('app.role', true), '') = 'admin' and pg_has_role(current_user, 'reserve_staff', 'usage');

-- '*' is honoured for the service and for admins only.
create function reserve.every_city() returns boolean
  language sql stable parallel safe
  return coalesce(current_setting('app.current_city_codes', true), '') = '*' and (reserve.is_service() or reserve.is_admin());

-- The cities named by the context; the platform log only for the service, admins and the engine.
create function reserve.allowed_cities() returns text[]
  language sql stable parallel safe
  return array(
    select city
      from unnest(string_to_array(reserve.context('app.current_city_codes'), ',') || reserve.get_current_city_code()) as city
     where city <> '~' or reserve.is_service() or reserve.is_admin() or pg_has_role(current_user, 'reserve_projector', 'usage')
        or pg_has_role(current_user, 'reserve_writer', 'usage'));

create function reserve.city_allowed(code text) returns boolean
  language sql stable parallel safe
  return reserve.every_city() or code = any (reserve.allowed_cities());

-- Properties of the owner in the context. The mappings arrive with the catalogue; before them an owner has none.
create function reserve.owner_property_ids() returns uuid[]
  language plpgsql stable
as $$
begin
  if reserve.context('app.owner_id') is null or to_regclass('reserve.property_owner_mappings') is null then
    return array[]::uuid[];
  end if;
  return array(select property_id from reserve.property_owner_mappings where owner_id = reserve.context_uuid('app.owner_id'));
end
$$;

-- Id of the n-th row that record `seq` of a city causes; the same as row_uuid() of domain/id.hpp.
create function reserve.row_uuid(city int, seq bigint, n int) returns uuid
  language sql immutable parallel safe
  return encode(
    substring(int4send(city), 3, 2) || int4send((seq & 4294967295)::bit(32)::int)
    || set_byte(set_byte('\x0000'::bytea, 0, ((seq >> 40) & 15)::int | 64), 1, ((seq >> 32) & 255)::int)
    || '\x80000000'::bytea || int4send(n), 'hex')::uuid;

-- ---------------------------------------------------------------------------------------------------------------------------------------------------------
-- Policies by class, so that a migration says `select reserve.protect('booking_intents', 'CS')`.

create function reserve.has_column(table_name text, column_name text) returns boolean
  language sql stable
  return exists (select from pg_attribute where attrelid = ('reserve.' || table_name)::regclass and attname = column_name and not attisdropped);

-- "city_code is one of ours": the scalar subqueries are evaluated once a statement, not once a row.
create function reserve.city_condition() returns text
  language sql immutable
  return '((select reserve.every_city()) or city_code = any ((select reserve.allowed_cities())::text[]))';

-- SELECT for one role under a condition; the policy is named after both.
create function reserve.allow_read(table_name text, reason text, roles text, condition text) returns void
  language plpgsql
as $$
begin
  execute format('grant select on reserve.%I to %s', table_name, roles);
  execute format('create policy %I on reserve.%I for select to %s using (%s)', reason, table_name, roles, condition);
end
$$;

create function reserve.allow_write(table_name text, reason text, role_name text, condition text) returns void
  language plpgsql
as $$
begin
  execute format('grant select, insert, update, delete on reserve.%I to %I', table_name, role_name);
  execute format('create policy %I on reserve.%I for all to %I using (%s) with check (%s)', reason, table_name, role_name, condition, condition);
end
$$;

-- Condition of a row-level class for those it adds to the city's staff; null where the class adds nobody.
create function reserve.class_condition(table_name text, class text) returns text
  language plpgsql stable
as $$
declare
  parts text[] := '{}';
begin
  case class
    when 'CS' then
      parts := array['session_id = (select reserve.context(''app.session_id''))'];
    when 'CG' then
      if reserve.has_column(table_name, 'traveler_id') then
        parts := parts || 'traveler_id = (select reserve.context_uuid(''app.traveler_id''))'::text;
      elsif table_name = 'travelers' then
        parts := parts || 'id = (select reserve.context_uuid(''app.traveler_id''))'::text;
      end if;
      if table_name = 'reservations' then
        parts := parts || 'id = (select reserve.context_uuid(''app.reservation_id''))'::text;
      elsif reserve.has_column(table_name, 'reservation_id') then
        parts := parts || 'reservation_id = (select reserve.context_uuid(''app.reservation_id''))'::text;
      end if;
    when 'CO' then
      parts := array[case
        when table_name = 'property_owner_mappings' then 'owner_id = (select reserve.context_uuid(''app.owner_id''))'
        when table_name = 'property_owners' then 'id = (select reserve.context_uuid(''app.owner_id''))'
        when table_name = 'properties_map' then 'id = any ((select reserve.owner_property_ids())::uuid[])'
        else 'property_id = any ((select reserve.owner_property_ids())::uuid[])' end];
    when 'PUB' then
      if reserve.has_column(table_name, 'is_published') then parts := parts || 'is_published'::text; end if;
      if reserve.has_column(table_name, 'is_active') then parts := parts || 'is_active'::text; end if;
      if reserve.has_column(table_name, 'deleted_at') then parts := parts || 'deleted_at is null'::text; end if;
      return coalesce(nullif(array_to_string(parts, ' and '), ''), 'true');
    when 'SELF' then
      parts := array[case when reserve.has_column(table_name, 'user_id') then 'user_id' else 'id' end || ' = (select reserve.context_uuid(''app.user_id''))'];
    else
      return null;
  end case;
  return array_to_string(parts, ' or ');
end
$$;

-- Forces row-level security on a table and lets in whom its classes name (docs/database.md).
--   classes     CITY, CS, CG, CO, PUB, SVC, A, SELF; several with commas: 'PUB,CO'
--   data_class  P: written by the projector; I, S, C: by the service; J, V: by the writer, through leaves alone
create function reserve.protect(table_name text, classes text, data_class text default 'P') returns void
  language plpgsql
as $$
declare
  class text;
  city_bound constant boolean := reserve.has_column(table_name, 'city_code');
  city_scoped boolean := false;
  added text;
begin
  execute format('alter table reserve.%I enable row level security', table_name);
  execute format('alter table reserve.%I force row level security', table_name);

  foreach class in array string_to_array(classes, ',') loop
    added := reserve.class_condition(table_name, class);
    case class
      when 'CITY', 'SVC' then null;
      when 'CS' then perform reserve.allow_read(table_name, 'own_session', 'reserve_gateway', added);
      when 'CG' then perform reserve.allow_read(table_name, 'own_booking', 'reserve_gateway', added);
      when 'CO' then perform reserve.allow_read(table_name, 'own_property', 'reserve_property', added);
      when 'PUB' then perform reserve.allow_read(table_name, 'published', 'reserve_gateway', added);
      when 'SELF' then perform reserve.allow_read(table_name, 'own_user', 'reserve_gateway, reserve_staff, reserve_property', added);
      when 'A' then null;
      else raise exception 'unknown row-level class %', class;
    end case;
    city_scoped := city_scoped or class not in ('A', 'SELF');
  end loop;

  if city_bound and city_scoped then
    perform reserve.allow_read(table_name, 'own_cities', 'reserve_service, reserve_staff', reserve.city_condition());
    if data_class in ('P', 'C') and not 'SVC' = any (string_to_array(classes, ',')) then
      perform reserve.allow_read(table_name, 'reports', 'reserve_report', reserve.city_condition());
    end if;
  else
    perform reserve.allow_read(table_name, 'service', 'reserve_service', '(select reserve.is_service())');
    perform reserve.allow_read(table_name, 'admin', 'reserve_staff', '(select reserve.is_admin())');
  end if;

  if data_class = 'P' then
    perform reserve.allow_write(table_name, 'projector', 'reserve_projector', case when city_bound then reserve.city_condition() else 'true' end);
  elsif data_class in ('I', 'S', 'C') then
    perform reserve.allow_write(table_name, 'service_writes', 'reserve_service',
                                case when city_bound then reserve.city_condition() else '(select reserve.is_service())' end);
  end if;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------------------------------------------
-- Leaf partitions. A leaf has no row-level security, so that COPY reaches it, and is granted to one role or to nobody.

create table reserve.partition_rules (
  table_name varchar(63) primary key,
  method     varchar(5) not null check (method in ('seq', 'city', 'month')),
  leaf_role  varchar(63),
  privileges varchar(60)
);
comment on table reserve.partition_rules is 'how each partitioned table gets its leaves, and who may touch them';
select reserve.protect('partition_rules', 'SVC', 'J');
create policy owner_reads on reserve.partition_rules for select to reserve_owner using (true);
create policy owner_adds on reserve.partition_rules for insert to reserve_owner with check (true);
create policy owner_removes on reserve.partition_rules for delete to reserve_owner using (true);

-- Attaching locks out nobody who reads or writes the other leaves; creating a partition in place would.
create function reserve.make_leaf(parent text, leaf text, bound text) returns void
  language plpgsql
as $$
declare
  rule reserve.partition_rules;
begin
  select * into strict rule from reserve.partition_rules where table_name = parent;
  execute format('create table reserve.%I (like reserve.%I including all)', leaf, parent);
  execute format('alter table reserve.%I attach partition reserve.%I %s', parent, leaf, bound);
  if rule.leaf_role is not null then
    execute format('grant %s on reserve.%I to %I', rule.privileges, leaf, rule.leaf_role);
  end if;
end
$$;

-- Says how `parent` is partitioned. `city` tables get their default leaf at once; the others get leaves by ensure_partition.
create function reserve.partitioned(parent text, method text, leaf_role text default null, privileges text default 'insert') returns void
  language plpgsql
as $$
begin
  insert into reserve.partition_rules values (parent, method, leaf_role, privileges);
  if method = 'city' then
    perform reserve.make_leaf(parent, parent || '_default', 'default');
  end if;
end
$$;

-- The leaf of a month, made when it is missing. On demand by whoever writes first, so that no date can stop a writer.
create function reserve.ensure_partition(parent text, month date) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  first constant date := date_trunc('month', month::timestamp)::date;
  leaf constant text := parent || to_char(first, '_YYYYMM');
begin
  perform from reserve.partition_rules r where r.table_name = parent and r.method = 'month';
  if not found then
    raise exception 'table % is not partitioned by month', parent;
  end if;
  perform pg_advisory_xact_lock(hashtext('reserve.' || leaf));
  if to_regclass('reserve.' || quote_ident(leaf)) is null then
    -- UTC whatever the session says; a date column takes the date of it.
    perform reserve.make_leaf(parent, leaf, format('for values from (%L) to (%L)', to_char(first, 'YYYY-MM-DD 00:00:00+00'),
                                                   to_char(first + interval '1 month', 'YYYY-MM-DD 00:00:00+00')));
  end if;
end
$$;

-- The leaf of sequence numbers [first, past).
create function reserve.ensure_partition(parent text, first bigint, past bigint) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  leaf constant text := parent || '_' || first;
begin
  perform from reserve.partition_rules r where r.table_name = parent and r.method = 'seq';
  if not found then
    raise exception 'table % is not partitioned by sequence', parent;
  end if;
  perform pg_advisory_xact_lock(hashtext('reserve.' || parent));
  if to_regclass('reserve.' || quote_ident(leaf)) is null then
    perform reserve.make_leaf(parent, leaf, format('for values from (%s) to (%s)', first, past));
  end if;
end
$$;

revoke execute on function reserve.ensure_partition(text, date), reserve.ensure_partition(text, bigint, bigint) from public;
grant execute on function reserve.ensure_partition(text, date), reserve.ensure_partition(text, bigint, bigint) to reserve_writer, reserve_projector;
revoke execute on function reserve.protect(text, text, text), reserve.partitioned(text, text, text, text), reserve.make_leaf(text, text, text),
  reserve.allow_read(text, text, text, text), reserve.allow_write(text, text, text, text) from public;

-- Months around today, as many as a migration asks for.
create function reserve.ensure_months(parent text, back int, ahead int) returns void
  language plpgsql
as $$
begin
  for i in -back .. ahead loop
    perform reserve.ensure_partition(parent, (date_trunc('month', now() at time zone 'UTC') + make_interval(months => i))::date);
  end loop;
end
$$;

-- All leaves with their bounds, for those who COPY into them: sequence numbers [first, past), a city, or neither for the default leaf.
create view reserve.partition_leaves with (security_invoker) as
  select r.relname::text as parent, c.relname::text as leaf,
         (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''(\d+)''\) TO \(''(\d+)''\)'))[1]::bigint as first,
         (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''(\d+)''\) TO \(''(\d+)''\)'))[2]::bigint as past,
         (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'IN \(''(.*)''\)'))[1] as city_code
    from pg_inherits i
    join pg_class r on r.oid = i.inhparent
    join pg_class c on c.oid = i.inhrelid
   where r.relnamespace = 'reserve'::regnamespace and r.relkind = 'p' and c.relispartition;
grant select on reserve.partition_leaves to reserve_writer, reserve_projector, reserve_service;
