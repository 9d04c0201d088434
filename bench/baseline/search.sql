-- The SQL side of P7: the same catalogue and nights as ours, with the indexes that this query likes best, and one function that answers a page of the search as JSON.
create index availability_search on bench.availability_calendar (city_code, date, unit_id) include (is_available, allotment, bookings_count, temp_holds, base_price)
  where is_available;
create table bench.properties_map as select * from reserve.properties_map where city_code = 'LOAD';
alter table bench.properties_map add primary key (id);
create table bench.unit_map as select * from reserve.unit_map where city_code = 'LOAD';
alter table bench.unit_map add primary key (id);
create index unit_map_property on bench.unit_map (property_id) include (max_occupancy, is_active);
vacuum analyze bench.availability_calendar;
vacuum analyze bench.properties_map;
vacuum analyze bench.unit_map;

create or replace function bench.search(arrives date, leaves date, guests int) returns text language sql stable as $$
  with free as (
    select unit_id, min(allotment - bookings_count - temp_holds) as rooms, sum(base_price) as total
      from bench.availability_calendar
     where city_code = 'LOAD' and is_available and date >= arrives and date < leaves and allotment - bookings_count - temp_holds > 0
     group by unit_id
    having count(*) = leaves - arrives),
  offers as (
    select u.property_id, min(f.total) as price_from, sum(least(f.rooms, 5)) as rooms
      from free f join bench.unit_map u on u.id = f.unit_id
     where u.is_active and u.max_occupancy >= guests
     group by u.property_id),
  page as (
    select p.*, o.price_from, o.rooms, count(*) over () as total, min(o.price_from) over () as lowest, max(o.price_from) over () as highest
      from offers o join bench.properties_map p on p.id = o.property_id
     where p.is_active and p.is_published
     order by p.is_featured desc, p.review_count desc, p.slug
     limit 20)
  select json_build_object('success', true, 'data', json_build_object(
    'properties', json_agg(json_build_object('id', id, 'slug', slug, 'name', name, 'property_type', property_type, 'location', address, 'review_count', review_count,
                                             'price_from', price_from, 'currency', currency, 'images', images_cached, 'amenities', amenities_cached, 'available', true,
                                             'available_units', least(rooms, 5), 'availability_status', availability_status, 'confirmation_mode', confirmation_mode)),
    'total', max(total), 'pagination', json_build_object('page', 1, 'per_page', 20, 'total', max(total)),
    'filters', json_build_object('price_range', json_build_object('min', min(lowest), 'max', max(highest)))))::text
    from page
$$;
