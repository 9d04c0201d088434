-- Class V: everything personal, sealed by the program (AES-256-GCM under a data key, wrapped by a named master key). Versioned inserts in the transaction of
-- the record that causes them; a row's version is that record's seq. Erasing = deleting the data key's rows.

create table reserve.vault_keys (
  city_code     varchar(10) not null,
  data_key_id   uuid not null,
  version       bigint not null,
  subject_type  varchar(20) not null check (subject_type in ('traveler', 'owner', 'user', 'advertiser', 'property', 'payment', 'inbox_month')),
  subject_id    uuid not null,
  wrapped_key   bytea not null,
  master_key_id varchar(60) not null,
  seq           bigint not null,
  primary key (city_code, data_key_id, version)
) partition by list (city_code);
create index vault_keys_subject on reserve.vault_keys (subject_id);
select reserve.protect('vault_keys', 'SVC', 'V');
select reserve.partitioned('vault_keys', 'city', 'reserve_writer');

create table reserve.travelers (
  city_code    varchar(10) not null,
  id           uuid not null,
  version      bigint not null,
  data_key_id  uuid not null,
  sealed       bytea not null,
  email_key    bytea check (length(email_key) = 32),
  phone_key    bytea check (length(phone_key) = 32),
  document_key bytea check (length(document_key) = 32),
  name_keys    bytea[] not null,
  seq          bigint not null,
  created_at   timestamptz not null,
  primary key (city_code, id, version)
) partition by list (city_code);
create index travelers_email on reserve.travelers (email_key);
create index travelers_phone on reserve.travelers (phone_key);
create index travelers_document on reserve.travelers (document_key);
create index travelers_names on reserve.travelers using gin (name_keys);
select reserve.protect('travelers', 'CG', 'V');
select reserve.partitioned('travelers', 'city', 'reserve_writer');

create table reserve.stay_guests (
  city_code    varchar(10) not null,
  stay_id      uuid not null,
  version      bigint not null,
  traveler_id  uuid,
  data_key_id  uuid not null,
  sealed       bytea not null,
  email_key    bytea check (length(email_key) = 32),
  phone_key    bytea check (length(phone_key) = 32),
  document_key bytea check (length(document_key) = 32),
  name_keys    bytea[] not null,
  seq          bigint not null,
  created_at   timestamptz not null,
  primary key (city_code, stay_id, version)
) partition by list (city_code);
create index stay_guests_traveler on reserve.stay_guests (traveler_id);
create index stay_guests_email on reserve.stay_guests (email_key);
create index stay_guests_phone on reserve.stay_guests (phone_key);
create index stay_guests_document on reserve.stay_guests (document_key);
create index stay_guests_names on reserve.stay_guests using gin (name_keys);
select reserve.protect('stay_guests', 'CG', 'V');
select reserve.partitioned('stay_guests', 'city', 'reserve_writer');

create table reserve.payment_vault (
  city_code   varchar(10) not null,
  payment_id  uuid not null,
  version     bigint not null,
  data_key_id uuid not null,
  sealed      bytea not null,
  seq         bigint not null,
  created_at  timestamptz not null,
  primary key (city_code, payment_id, version)
) partition by list (city_code);
select reserve.protect('payment_vault', 'SVC', 'V');
select reserve.partitioned('payment_vault', 'city', 'reserve_writer');

create table reserve.vault_documents (
  city_code   varchar(10) not null,
  document_id uuid not null,
  owner_type  varchar(30) not null,
  owner_id    uuid not null,
  subject_id  uuid,
  data_key_id uuid not null,
  kind        varchar(30) not null,
  sealed      bytea not null,
  seq         bigint not null,
  created_at  timestamptz not null,
  primary key (city_code, document_id)
) partition by list (city_code);
create index vault_documents_owner on reserve.vault_documents (owner_type, owner_id);
create index vault_documents_subject on reserve.vault_documents (subject_id);
select reserve.protect('vault_documents', 'CITY', 'V');
select reserve.partitioned('vault_documents', 'city', 'reserve_writer');

-- Erasing a person, and retention, take the rows away through the parents; the command that causes it is in the journal.
do $$
declare
  name text;
begin
  foreach name in array array['vault_keys', 'travelers', 'stay_guests', 'payment_vault', 'vault_documents'] loop
    execute format('grant select, delete on reserve.%I to reserve_writer', name);
    execute format('create policy writer_reads on reserve.%I for select to reserve_writer using (%s)', name, reserve.city_condition());
    execute format('create policy writer_erases on reserve.%I for delete to reserve_writer using (%s)', name, reserve.city_condition());
  end loop;
end
$$;
