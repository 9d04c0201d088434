drop view reserve.events;
drop table reserve.event_kinds;
drop function reserve.fence(text, bigint, bigint, bigint);
drop table reserve.city_leases;
drop table reserve.command_keys;
drop table reserve.journal;
delete from reserve.partition_rules where table_name in ('journal', 'command_keys');
