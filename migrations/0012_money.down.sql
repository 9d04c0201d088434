drop table reserve.account_balances;
drop table reserve.ledger_entries;
drop table reserve.ledger_transactions;
drop table reserve.commission_tiers;
drop table reserve.numbering;
drop function reserve.ledger_is_append_only();
drop function reserve.ledger_balances();
