-- Class P of booking and payments (spec 40§5, §6): projections, written by the projector alone. No defaults, sequences, triggers or foreign keys.

create table reserve.journal_positions (
  projection  varchar(40) not null,
  city_code   varchar(10) not null,
  applied_seq bigint not null,
  epoch       bigint,
  applied_at  timestamptz,
  primary key (projection, city_code)
);
select reserve.protect('journal_positions', 'SVC');

-- What the state-keeping fold knows of events and their journal rows do not say: kept until the projections behind the hot one have passed, so that they go on
-- after a crash. One row for each transaction of the hot projection that has any.
create table reserve.projection_traces (
  city_code varchar(10) not null,
  first     bigint not null,
  upto      bigint not null,
  traces    bytea not null,
  primary key (city_code, upto)
);
select reserve.protect('projection_traces', 'SVC');

-- A calendar without the claims that nobody has touched yet: those are the rows of booking_intents that say so.
create table reserve.unit_snapshots (
  unit_id     uuid primary key,
  city_code   varchar(10) not null,
  property_id uuid,
  format      int not null,
  seq         bigint not null,
  data        bytea not null
);
select reserve.protect('unit_snapshots', 'CO');

-- Our own addition to spec 40: the state of every other entity as its actor loads it, written with the rows that show it. That of an intent is in its own row.
create table reserve.entity_snapshots (
  entity_id  uuid not null,
  city_code  varchar(10) not null,
  kind       smallint not null,
  seq        bigint not null,
  unfinished boolean not null,
  data       bytea not null,
  primary key (city_code, entity_id)
) partition by list (city_code);
create index entity_snapshots_unfinished on reserve.entity_snapshots (city_code, kind) where unfinished;
create index entity_snapshots_kind on reserve.entity_snapshots (city_code, kind) where kind not in (3, 4);
select reserve.protect('entity_snapshots', 'SVC');
select reserve.partitioned('entity_snapshots', 'city', 'reserve_projector');

create table reserve.booking_intents (
  city_code                varchar(10) not null,
  id                       uuid not null,
  created_at               timestamptz not null,
  session_id               varchar(100) collate "C" not null,
  booking_group_id         uuid,
  property_id              uuid not null,
  unit_id                  uuid not null,
  rate_plan_id             uuid,
  traveler_id              uuid,
  vault_version            bigint,
  has_name                 boolean not null,
  has_email                boolean not null,
  has_phone                boolean not null,
  has_requests             boolean not null,
  check_in                 date not null,
  check_out                date not null,
  nights                   int not null,
  guests_adults            int not null,
  guests_children          int not null,
  guests_infants           int not null,
  base_price               numeric(12,2) not null,
  taxes                    numeric(12,2) not null,
  fees                     numeric(12,2) not null,
  extras_amount            numeric(12,2) not null,
  discount_amount          numeric(12,2) not null,
  total_amount             numeric(12,2) not null,
  amount_due_now           numeric(12,2) not null,
  currency                 char(3) not null,
  price_snapshot           jsonb not null,
  policy_snapshot          jsonb not null,
  promo_code_id            uuid,
  package_lines            jsonb,
  status                   varchar(30) not null,
  status_changed_at        timestamptz,
  handed_over              boolean not null,
  expires_at               timestamptz not null,
  hold_token               varchar(100),
  payment_failures         int not null,
  cancel_reason            varchar(40),
  availability_unverified  boolean,
  reservation_id           uuid,
  recovered_from_intent_id uuid,
  recovered_by_intent_id   uuid,
  converted_at             timestamptz,
  source                   varchar(30) not null,
  utm_source               varchar(100),
  utm_medium               varchar(100),
  utm_campaign             varchar(200),
  utm_content              varchar(200),
  utm_term                 varchar(200),
  rooms                    int not null,
  unfinished               boolean not null, -- its actor has something to do after a start
  state                    bytea not null,   -- what its actor loads; of an untouched one its calendar
  primary key (city_code, id),
  check (check_out > check_in and nights = check_out - check_in and nights <= 30),
  check (guests_adults >= 1),
  check (status in ('intent_created', 'payment_pending', 'payment_confirmed', 'awaiting_confirmation', 'converted', 'expired', 'cancelled'))
) partition by list (city_code);
create index booking_intents_session on reserve.booking_intents (session_id);
create index booking_intents_created on reserve.booking_intents using brin (created_at);
-- How a calendar finds the claims that live in it. Not a claim's deadline: that is the calendar's business.
create index booking_intents_untouched on reserve.booking_intents (unit_id) where status = 'intent_created' and not handed_over;
create index booking_intents_unfinished on reserve.booking_intents (city_code) where unfinished;
select reserve.protect('booking_intents', 'CS');
select reserve.partitioned('booking_intents', 'city', 'reserve_projector');

-- A hold has no fact of its own: it is made with its intent and ends with it. So it is seen through its intent, and costs no row.
create view reserve.room_availability_holds with (security_invoker) as
  select city_code, hold_token::uuid as id, created_at, id as booking_intent_id, null::uuid as modification_id, unit_id, check_in as start_date,
         check_out as end_date, rooms, s.status::varchar(20) as status, expires_at,
         case when s.status <> 'active' then status_changed_at end as ended_at,
         case when s.status <> 'active' then s.status end::varchar(20) as end_reason
    from reserve.booking_intents
    cross join lateral (select case booking_intents.status when 'converted' then 'converted' when 'expired' then 'expired' when 'cancelled' then 'released'
                                                           else 'active' end) as s(status);
grant select on reserve.room_availability_holds to reserve_service, reserve_staff, reserve_report;

create table reserve.reservations (
  id                     uuid primary key,
  created_at             timestamptz not null,
  updated_at             timestamptz not null,
  city_code              varchar(10) not null,
  confirmation_code      varchar(50) not null unique,
  booking_intent_id      uuid unique,
  property_id            uuid not null,
  unit_id                uuid not null,
  rate_plan_id           uuid,
  traveler_id            uuid,
  has_email              boolean,
  has_phone              boolean,
  has_requests           boolean,
  host_booking_id        varchar(255) unique,
  host_confirmation_code varchar(255),
  external_id            varchar(255),
  source                 varchar(30) not null,
  check_in               date not null,
  check_out              date not null,
  nights                 int not null,
  guests_adults          int,
  guests_children        int,
  guests_infants         int,
  currency               char(3) not null,
  base_price             numeric(12,2),
  taxes                  numeric(12,2),
  fees                   numeric(12,2),
  extras_amount          numeric(12,2),
  discount_amount        numeric(12,2),
  total_amount           numeric(12,2),
  price_snapshot         jsonb,
  policy_snapshot        jsonb,
  commission_rate        numeric(5,4),
  commission_amount      numeric(12,2),
  net_to_property        numeric(12,2),
  payment_collect        varchar(20) not null,
  payment_status         varchar(30) not null,
  amount_paid            numeric(12,2) not null,
  amount_refunded        numeric(12,2) not null,
  balance_due            numeric(12,2) not null,
  status                 varchar(30) not null,
  status_changed_at      timestamptz,
  cancel_requested_at    timestamptz,
  cancelled_at           timestamptz,
  cancel_reason_code     varchar(40),
  cancelled_by           varchar(20),
  refund_amount          numeric(12,2) not null,
  host_commit_status     varchar(50) not null,
  host_commit_attempts   int not null,
  host_commit_last_error varchar(500),
  host_commit_failed_at  timestamptz,
  host_failure_class     varchar(20),
  host_recall            boolean not null,
  auto_refund_at         timestamptz,
  booked_at              timestamptz not null,
  confirmed_at           timestamptz,
  utm_source             varchar(100),
  utm_medium             varchar(100),
  utm_campaign           varchar(200),
  utm_content            varchar(200),
  utm_term               varchar(200),
  check (payment_collect <> 'reserve' or payment_status not in ('pending', 'failed'))
);
create index reservations_property on reserve.reservations (property_id, booked_at desc);
create index reservations_status on reserve.reservations (status);
create index reservations_stay on reserve.reservations (check_in, check_out);
create unique index reservations_external on reserve.reservations (source, external_id) where external_id is not null;
select reserve.protect('reservations', 'CG,CO');

create table reserve.reservation_nights (
  reservation_id uuid not null,
  date           date not null,
  property_id    uuid not null,
  unit_id        uuid not null,
  city_code      varchar(10) not null,
  price          numeric(12,2) not null,
  status         varchar(20) not null,
  primary key (reservation_id, date)
);
create index reservation_nights_property on reserve.reservation_nights (property_id, date);
select reserve.protect('reservation_nights', 'CO');

create table reserve.payments (
  id                        uuid primary key,
  created_at                timestamptz not null,
  updated_at                timestamptz not null,
  city_code                 varchar(10) not null,
  booking_intent_id         uuid,
  booking_group_id          uuid,
  reservation_id            uuid,
  purpose                   varchar(20) not null,
  method                    varchar(30) not null,
  provider                  varchar(30),
  status                    varchar(30) not null,
  status_changed_at         timestamptz not null,
  amount                    numeric(12,2) not null,
  captured                  numeric(12,2) not null,
  amount_refunded           numeric(12,2) not null,
  refund_open               numeric(12,2) not null,
  currency                  char(3) not null,
  gateway_payment_intent_id varchar(255),
  gateway_charge_id         varchar(255),
  failure_code              varchar(100),
  failure_message           varchar(500),
  fee_amount                numeric(12,2),
  idempotency_key           varchar(255) unique,
  late                      boolean not null,
  processed_at              timestamptz,
  check (amount_refunded + refund_open <= captured),
  unique (provider, gateway_payment_intent_id)
);
create index payments_intent on reserve.payments (booking_intent_id);
create index payments_reservation on reserve.payments (reservation_id);
create index payments_status on reserve.payments (status, created_at);
select reserve.protect('payments', 'CITY');

create table reserve.payment_attempts (
  id                         uuid primary key,
  created_at                 timestamptz not null,
  city_code                  varchar(10) not null,
  payment_id                 uuid not null,
  booking_intent_id          uuid,
  attempt_no                 int not null,
  payment_method             varchar(20),
  provider                   varchar(30),
  provider_payment_intent_id varchar(100),
  provider_charge_id         varchar(100),
  amount                     numeric(12,2),
  currency                   char(3),
  status                     varchar(20) not null,
  status_changed_at          timestamptz not null,
  error_code                 varchar(100),
  error_message              varchar(500),
  requires_action            boolean not null,
  action_type                varchar(50),
  card_last4                 varchar(4),
  card_brand                 varchar(50)
);
create index payment_attempts_intent on reserve.payment_attempts (booking_intent_id);
select reserve.protect('payment_attempts', 'CITY');

create table reserve.payment_allocations (
  payment_id        uuid not null,
  booking_intent_id uuid not null,
  city_code         varchar(10) not null,
  reservation_id    uuid,
  amount            numeric(12,2) not null,
  refunded          numeric(12,2) not null,
  primary key (payment_id, booking_intent_id),
  check (refunded <= amount)
);
select reserve.protect('payment_allocations', 'CITY');

create table reserve.pix_charges (
  id                 uuid primary key,
  created_at         timestamptz not null,
  updated_at         timestamptz not null,
  city_code          varchar(10) not null,
  payment_id         uuid not null,
  provider           varchar(50) not null,
  provider_charge_id varchar(255) not null,
  txid               varchar(255),
  qr_code_text       text,
  original_amount    numeric(12,2) not null,
  iof_amount         numeric(12,2) not null,
  net_amount         numeric(12,2) not null,
  amount_paid        numeric(12,2),
  status             varchar(20) not null,
  status_changed_at  timestamptz not null,
  expires_at         timestamptz not null,
  paid_at            timestamptz,
  unique (provider, provider_charge_id)
);
create index pix_charges_payment on reserve.pix_charges (payment_id);
select reserve.protect('pix_charges', 'CITY');

create table reserve.refunds (
  id                uuid primary key,
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  city_code         varchar(10) not null,
  payment_id        uuid not null,
  reservation_id    uuid,
  amount            numeric(12,2) not null check (amount > 0),
  currency          char(3) not null,
  reason            varchar(40) not null,
  status            varchar(20) not null,
  status_changed_at timestamptz not null,
  method            varchar(20),
  attempts          int not null,
  gateway_refund_id varchar(255),
  failure_message   varchar(500),
  requested_at      timestamptz not null,
  processed_at      timestamptz,
  idempotency_key   varchar(255) unique
);
create index refunds_payment on reserve.refunds (payment_id);
create index refunds_reservation on reserve.refunds (reservation_id);
select reserve.protect('refunds', 'CITY');
