-- Class P of the desk: problems, audit, what happened to a booking (spec 40§5, §12).

create table reserve.exceptions (
  id                uuid primary key,
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  city_code         varchar(10) not null,
  exception_type    varchar(100) not null,
  severity          varchar(10) not null,
  status            varchar(20) not null,
  status_changed_at timestamptz not null,
  title             varchar(255),
  error_message     varchar(500),
  error_code        varchar(100),
  context           jsonb,
  reservation_id    uuid,
  booking_intent_id uuid,
  payment_id        uuid,
  refund_id         uuid,
  property_id       uuid,
  entity_key        varchar(200),
  occurrences       int not null,
  resolution_action varchar(100),
  resolved_at       timestamptz,
  previous_id       uuid
);
create unique index exceptions_open on reserve.exceptions (city_code, exception_type, entity_key) where status in ('open', 'in_progress');
create index exceptions_severity on reserve.exceptions (severity, created_at);
select reserve.protect('exceptions', 'CITY');

create table reserve.audit_logs (
  city_code      varchar(10) not null,
  seq            bigint not null,
  n              int not null,
  created_at     timestamptz not null,
  actor_type     varchar(20) not null,
  actor_id       varchar(100),
  action         varchar(60) not null,
  entity_type    varchar(40) not null,
  entity_id      uuid not null,
  before         jsonb,
  after          jsonb,
  correlation_id varchar(100),
  primary key (city_code, seq, n, created_at)
) partition by range (created_at);
create index audit_logs_created on reserve.audit_logs using brin (created_at);
select reserve.protect('audit_logs', 'CITY');
select reserve.partitioned('audit_logs', 'month', 'reserve_projector');
select reserve.ensure_months('audit_logs', 0, 1);

create table reserve.audit_entities (
  entity_id  uuid not null,
  city_code  varchar(10) not null,
  seq        bigint not null,
  n          int not null,
  created_at timestamptz not null,
  primary key (entity_id, city_code, seq, n)
) partition by list (city_code);
select reserve.protect('audit_entities', 'CITY');
select reserve.partitioned('audit_entities', 'city', 'reserve_projector');

create table reserve.booking_events (
  city_code         varchar(10) not null,
  seq               bigint not null,
  n                 int not null,
  created_at        timestamptz not null,
  booking_intent_id uuid,
  reservation_id    uuid,
  event_type        varchar(60) not null,
  from_status       varchar(30),
  to_status         varchar(30),
  actor_type        varchar(20) not null,
  actor_id          varchar(100),
  payload           jsonb,
  correlation_id    varchar(100),
  primary key (city_code, seq, n, created_at)
) partition by range (created_at);
create index booking_events_reservation on reserve.booking_events (reservation_id, created_at) where reservation_id is not null;
select reserve.protect('booking_events', 'CITY');
select reserve.partitioned('booking_events', 'month', 'reserve_projector');
select reserve.ensure_months('booking_events', 0, 1);
