drop table reserve.booking_events;
drop table reserve.audit_entities;
drop table reserve.audit_logs;
drop table reserve.exceptions;
delete from reserve.partition_rules where table_name in ('audit_logs', 'audit_entities', 'booking_events');
