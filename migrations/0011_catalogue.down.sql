drop table reserve.tax_rules;
drop table reserve.cancellation_policies;
drop table reserve.availability_calendar;
drop table reserve.unit_map;
drop table reserve.properties_map;
drop table reserve.city_settings;
drop table reserve.code_blocks;
drop table reserve.cities;
