drop table reserve.sync_jobs;
drop table reserve.host_circuit_states;
