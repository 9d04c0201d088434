# shellcheck shell=bash
# What measures. Sourced by ./dev.

# A cluster of its own that commits durably, thrown away afterwards; what `./dev up` runs may stay up, it only costs time of the machine.
run_bench() {
  install_packages "${packages[@]}"
  if [ "${1:-}" = micro ]; then
    build release bench_micro
    "$root/build/release/bench/bench_micro" "${@:2}"
    return
  fi
  build release app reserve_bench
  bench_cluster
  "$root/bench/run" "$@"
}

# A cluster that commits durably, for measures.
bench_cluster() {
  fresh_cluster bench-pg fsync=on synchronous_commit=on full_page_writes=on shared_buffers=512MB min_wal_size=4GB max_wal_size=8GB checkpoint_timeout=15min wal_buffers=16MB
  export RESERVE_BINARY=$root/build/release/reserve RESERVE_BENCH_DATABASE_URL
  RESERVE_BENCH_DATABASE_URL=$(superuser_url postgres)
  # As after a day's work: PostgreSQL writes its log into files that exist and does not make each of them first (16 MiB of zeroes and an fsync, which both sides would wait for).
  psql -Xq -v ON_ERROR_STOP=1 -d "$RESERVE_BENCH_DATABASE_URL" -c "do \$\$ begin for i in 1..250 loop
    perform pg_logical_emit_message(false, 'used', ''), pg_switch_wal(); end loop; end \$\$" -c checkpoint -c checkpoint >/dev/null
}

run_soak() {
  install_packages "${packages[@]}"
  build release app
  bench_cluster
  "$root/bench/soak" "$@"
}
