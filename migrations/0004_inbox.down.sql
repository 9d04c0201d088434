drop view reserve.host_webhook_events;
drop table reserve.webhook_dedup;
drop table reserve.webhook_inbox;
delete from reserve.partition_rules where table_name = 'webhook_inbox';
