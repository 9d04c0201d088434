drop table reserve.vault_documents;
drop table reserve.payment_vault;
drop table reserve.stay_guests;
drop table reserve.travelers;
drop table reserve.vault_keys;
delete from reserve.partition_rules where table_name in ('vault_keys', 'travelers', 'stay_guests', 'payment_vault', 'vault_documents');
