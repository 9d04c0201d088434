-- Class C: what people look at; may be emptied at any time.

create table reserve.host_circuit_states (
  key               varchar(120) primary key,
  city_code         varchar(10) not null,
  state             varchar(20) not null default 'closed' check (state in ('closed', 'open', 'half_open')),
  failures          int not null default 0,
  opened_at         timestamptz,
  next_probe_at     timestamptz,
  forced_by         uuid,
  last_good_sync_at timestamptz,
  last_event_at     timestamptz,
  updated_at        timestamptz not null default now()
);
select reserve.protect('host_circuit_states', 'CITY', 'C');

create table reserve.sync_jobs (
  id                uuid primary key,
  created_at        timestamptz not null default now(),
  city_code         varchar(10) not null,
  job_type          varchar(40) not null,
  property_id       uuid,
  city_id           uuid,
  status            varchar(20) not null default 'queued' check (status in ('queued', 'running', 'completed', 'partial', 'failed')),
  error_message     varchar(500),
  records_processed int not null default 0,
  records_failed    int not null default 0,
  started_at        timestamptz,
  completed_at      timestamptz,
  triggered_by      varchar(60)
);
create index sync_jobs_city on reserve.sync_jobs (city_code, created_at desc);
select reserve.protect('sync_jobs', 'CITY', 'C');
