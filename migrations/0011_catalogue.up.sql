-- Class P of the catalogue and the nights (spec 40§3).

create table reserve.cities (
  id            uuid primary key,
  city_code     varchar(10) not null, -- the log of the row: always ~
  code          varchar(10) not null unique,
  number        int not null unique,
  name          varchar(120) not null,
  state         varchar(60),
  country       char(2),
  timezone      varchar(60) not null,
  currency      char(3),
  locale        varchar(10),
  support_phone varchar(40),
  support_email varchar(255),
  slug          varchar(160) unique,
  format_level  int,
  is_active     boolean not null,
  created_at    timestamptz not null,
  updated_at    timestamptz not null
);
select reserve.protect('cities', 'PUB');

create table reserve.code_blocks (
  year          int not null,
  block_no      int not null,
  city_code     varchar(10) not null,
  first_counter bigint not null,
  last_counter  bigint not null,
  created_at    timestamptz not null,
  primary key (year, block_no)
);
select reserve.protect('code_blocks', 'SVC');
-- city_code is who got the block; the row belongs to the platform log.
drop policy projector on reserve.code_blocks;
create policy projector on reserve.code_blocks for all to reserve_projector
  using ('~' = any ((select reserve.allowed_cities())::text[])) with check ('~' = any ((select reserve.allowed_cities())::text[]));

create table reserve.city_settings (
  city_code  varchar(10) primary key,
  settings   jsonb not null,
  version    int not null,
  updated_at timestamptz not null
);
select reserve.protect('city_settings', 'CITY');

create table reserve.properties_map (
  id                   uuid primary key,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  city_code            varchar(10) not null,
  city_id              uuid,
  host_property_id     varchar(64) not null unique,
  name                 varchar(255) not null,
  slug                 varchar(160) not null,
  property_type        varchar(40),
  description          text,
  address              jsonb,
  state                varchar(60),
  phone                varchar(40),
  email                varchar(255),
  whatsapp             varchar(40),
  amenities_cached     jsonb,
  images_cached        jsonb,
  house_rules          text,
  check_in_time        time,
  check_out_time       time,
  currency             char(3),
  fees                 jsonb,
  review_count         int,
  confirmation_mode    varchar(20) not null,
  allotment_semantics  varchar(10),
  availability_status  varchar(30),
  is_active            boolean not null,
  is_published         boolean not null,
  is_featured          boolean,
  unique (city_code, slug)
);
select reserve.protect('properties_map', 'PUB,CO');

create table reserve.unit_map (
  id                uuid primary key,
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  city_code         varchar(10) not null,
  property_id       uuid not null,
  host_unit_id      varchar(64) not null,
  name              varchar(255) not null,
  slug              varchar(160) not null,
  description       text,
  max_occupancy     int not null,
  base_capacity     int not null,
  bed_configuration jsonb,
  amenities_cached  jsonb,
  images_cached     jsonb,
  base_price        numeric(12,2),
  extra_adult_price numeric(12,2),
  extra_child_price numeric(12,2),
  is_active         boolean not null,
  sort              int,
  unique (property_id, slug),
  unique (property_id, host_unit_id)
);
select reserve.protect('unit_map', 'PUB,CO');

-- Absolute values, coalesced. `allotment` is the effective limit and contains the claims; I8 is checked against the Host's (spec 10§14.1).
create table reserve.availability_calendar (
  unit_id             uuid not null,
  date                date not null,
  property_id         uuid,
  city_code           varchar(10) not null,
  is_available        boolean not null,
  host_allotment      int not null,
  allotment           int not null check (allotment >= 0),
  bookings_count      int not null check (bookings_count >= 0),
  temp_holds          int not null check (temp_holds >= 0),
  allotment_cap       int,
  overbooked          int generated always as (greatest(0, bookings_count + temp_holds - least(host_allotment, allotment_cap))) stored,
  base_price          numeric(12,2),
  min_stay            int,
  max_stay            int,
  closed_to_arrival   boolean not null,
  closed_to_departure boolean not null,
  updated_at          timestamptz,
  primary key (unit_id, date),
  check (bookings_count + temp_holds <= allotment)
) with (fillfactor = 50);
select reserve.protect('availability_calendar', 'CITY');
grant select on reserve.availability_calendar to reserve_gateway;
create policy published on reserve.availability_calendar for select to reserve_gateway using (true);

create table reserve.cancellation_policies (
  id                        uuid primary key,
  created_at                timestamptz not null,
  updated_at                timestamptz not null,
  city_code                 varchar(10) not null,
  property_id               uuid,
  policy_type               varchar(20) not null,
  free_cancellation_hours   int,
  refund_percentage_before  int check (refund_percentage_before between 0 and 100),
  refund_percentage_after   int check (refund_percentage_after between 0 and 100),
  no_show_charge_percentage int check (no_show_charge_percentage between 0 and 100),
  scope                     varchar(20) not null,
  is_active                 boolean not null
);
select reserve.protect('cancellation_policies', 'PUB,CO');

create table reserve.tax_rules (
  id             uuid primary key,
  created_at     timestamptz not null,
  updated_at     timestamptz not null,
  city_id        uuid,
  city_code      varchar(10) not null,
  tax_type       varchar(30) not null,
  rate           numeric(7,4) not null, -- percent
  applies_to     varchar(20) not null,
  remitted_by    varchar(10),
  effective_from date not null,
  effective_to   date,
  is_active      boolean not null
);
select reserve.protect('tax_rules', 'CITY');
