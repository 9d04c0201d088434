-- Class I: what arrived from outside, kept before it is acknowledged.

create table reserve.webhook_inbox (
  id               uuid not null,
  created_at       timestamptz not null,
  city_code        varchar(10),
  provider         varchar(30) not null,
  dedup_key        bytea not null check (length(dedup_key) = 32),
  event_id         varchar(255),
  event_type       varchar(100),
  object_id        varchar(255),
  host_property_id varchar(255),
  body             bytea,
  headers          jsonb not null default '{}',
  processed        boolean not null default false,
  processed_seq    bigint,
  processed_at     timestamptz,
  attempts         int not null default 0,
  error_message    varchar(500),
  primary key (id, created_at)
) partition by range (created_at);
comment on table reserve.webhook_inbox is 'at-least-once buffer of webhooks; bodies are sealed and emptied after they were processed';
create index webhook_inbox_open on reserve.webhook_inbox (processed, created_at);
create index webhook_inbox_object on reserve.webhook_inbox (object_id);
select reserve.protect('webhook_inbox', 'CITY', 'I');
select reserve.partitioned('webhook_inbox', 'month');
select reserve.ensure_months('webhook_inbox', 1, 12);
-- The projector marks a row when it folds the record that the webhook caused.
grant select, update (processed, processed_seq, processed_at) on reserve.webhook_inbox to reserve_projector;
create policy projector_reads on reserve.webhook_inbox for select to reserve_projector using (true);
create policy projector_marks on reserve.webhook_inbox for update to reserve_projector using (true) with check (true);

-- Uniqueness over all months; kept for ever.
create table reserve.webhook_dedup (
  dedup_key  bytea primary key check (length(dedup_key) = 32),
  inbox_id   uuid not null,
  created_at timestamptz not null
);
select reserve.protect('webhook_dedup', 'SVC', 'I');

create view reserve.host_webhook_events with (security_invoker) as
  select event_id, event_type, object_id as host_booking_id, host_property_id, city_code, processed, processed_at, attempts, error_message, created_at
    from reserve.webhook_inbox
   where provider = 'host';
grant select on reserve.host_webhook_events to reserve_service, reserve_staff;
