-- Roles of the cluster (docs/database.md). Run by a superuser, or a role with CREATEROLE, before the first migration; running it again changes nothing.
--
-- reserve_owner owns every object; the others do one kind of work each. Nobody logs in as one of them: the server takes the role it needs with
-- SET LOCAL ROLE. The login "reserve" inherits the readers; the engine's roles it can only take on purpose.
do $$
declare
  name text;
begin
  foreach name in array array['reserve_owner', 'reserve_writer', 'reserve_projector', 'reserve_gateway', 'reserve_staff', 'reserve_property', 'reserve_service',
                              'reserve_report', 'reserve_engine', 'reserve'] loop
    -- Databases of one cluster are set up side by side in tests.
    perform pg_advisory_xact_lock(7236154);
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I nologin nosuperuser', name);
    end if;
  end loop;

  if not (select not rolinherit from pg_roles where rolname = 'reserve_engine') then
    alter role reserve_engine noinherit;
  end if;
  if not (select rolcanlogin from pg_roles where rolname = 'reserve') then
    alter role reserve login inherit;
  end if;

  foreach name in array array['reserve_gateway', 'reserve_staff', 'reserve_property', 'reserve_service', 'reserve_report', 'reserve_engine'] loop
    if not pg_has_role('reserve', name, 'member') then
      execute format('grant %I to reserve', name);
    end if;
  end loop;
  foreach name in array array['reserve_owner', 'reserve_writer', 'reserve_projector'] loop
    if not pg_has_role('reserve_engine', name, 'member') then
      execute format('grant %I to reserve_engine', name);
    end if;
  end loop;
end
$$;
