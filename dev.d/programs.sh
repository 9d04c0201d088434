# shellcheck shell=bash
# Sandbox and server of `./dev up`: started, found healthy, stopped by pid. Sourced by ./dev.

# is_running NAME: the process of the pid file is alive and still that program, not a newer one with the same number.
is_running() {
  local pid
  pid=$(cat "$run/$1.pid" 2>/dev/null) && [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q "/reserve $1 "
}

# What a program was started from: program file, configuration, keys of the environment, flags. A running one with another fingerprint is restarted.
fingerprint() {
  {
    cat "$binary" "$toml"
    env | sort | sed -n '/^RESERVE_[A-Z0-9_]*__/p; /^RESERVE_ENV=/p'
    printf '%s\n' "$database_url" ${overrides[@]+"${overrides[@]}"}
  } | sha256sum | cut -d' ' -f1
}

is_current() {
  is_running "$1" && [ "$(cat "$run/$1.fingerprint" 2>/dev/null)" = "$(fingerprint)" ]
}

# reserve ARGS: the program with our database and ports.
reserve() {
  (cd "$root" && exec env -u RESERVE_DATABASE__URL RESERVE_DATABASE_URL="$database_url" "$binary" "$@" --config "$toml" ${overrides[@]+"${overrides[@]}"} 9>&-)
}

# start NAME HEALTH_URL: in the background, waits until it is healthy.
start() {
  local name=$1 url=$2 pid deadline
  (
    cd "$root"
    exec 9>&-
    export RESERVE_DATABASE_URL=$database_url
    unset RESERVE_DATABASE__URL
    exec setsid "$binary" "$name" --config "$toml" "--clock.offset=$(cat "$local/clock" 2>/dev/null || echo 0)s" ${overrides[@]+"${overrides[@]}"} \
      </dev/null >>"$log/$name.log" 2>&1
  ) &
  pid=$!
  disown "$pid"
  echo "$pid" >"$run/$name.pid"
  fingerprint >"$run/$name.fingerprint"
  deadline=$((SECONDS + 90))
  until curl -fs -o /dev/null --max-time 2 "$url"; do
    kill -0 "$pid" 2>/dev/null || { tail -n 20 "$log/$name.log" >&2; die "$name ended: .local/log/$name.log"; }
    [ $SECONDS -lt $deadline ] || { tail -n 20 "$log/$name.log" >&2; die "$name is not ready after 90 s: $url"; }
    sleep 0.1
  done
}

# stop NAME: by its pid, with the time it may take to drain.
stop() {
  is_running "$1" || { rm -f "$run/$1.pid"; return 0; }
  local pid deadline=$((SECONDS + 30))
  pid=$(cat "$run/$1.pid")
  kill -TERM "$pid"
  while is_running "$1"; do
    [ $SECONDS -lt $deadline ] || kill -KILL "$pid" 2>/dev/null || true
    sleep 0.1
  done
  rm -f "$run/$1.pid"
}

# Keeps the offset of the running programs, so that a restart does not stop the city's time. It never becomes smaller.
keep_clock() {
  local offset kept sandbox_port server_port
  kept=$(cat "$local/clock" 2>/dev/null || echo 0)
  read -r _ sandbox_port 2>/dev/null <"$run/sandbox.port" || return 0
  read -r _ server_port 2>/dev/null <"$run/serve.port" || return 0
  for offset in \
    "$(! is_running sandbox || curl -fs --max-time 5 -d '{"advance_seconds":0}' "http://127.0.0.1:$sandbox_port/control/clock" | jq -r '.offset_seconds' 2>/dev/null)" \
    "$(! is_running serve || curl -fs --max-time 5 -H "Authorization: Bearer $(toml_value security.service_token)" -H 'Content-Type: application/json' \
      -d '{"advance_seconds":0}' "http://127.0.0.1:$server_port/api/v1/internal/clock" | jq -r '.data.offset_seconds' 2>/dev/null)"; do
    [[ ! $offset =~ ^[0-9]+$ ]] || [ "$offset" -le "$kept" ] || kept=$offset
  done
  echo "$kept" >"$local/clock"
}

prepare_folders() {
  mkdir -p "$run" "$log"
  # One `./dev` at a time; what it starts does not keep the lock (9>&-).
  exec 9>"$run/lock"
  flock -n 9 || die "another ./dev is at work here"
}

print_state() {
  local counts
  counts=$(psql -XAtq -F ' ' -d "$(url_with_context "$database_url")" -c "select
    (select count(*) from properties_map where city_code = 'URB'), (select count(*) from unit_map where city_code = 'URB'),
    (select count(distinct date) from availability_calendar where city_code = 'URB')" 2>/dev/null) || counts=''
  printf '%-42s %s\n' 'reserve connect is up' '(.local/reserve.toml, .local/env; logs in .local/log)'
  printf '  %-9s %-55s pid %s\n' api "$server_address/api/v1   openapi /api/v1/openapi.json" "$(cat "$run/serve.pid")"
  printf '  %-9s %-55s pid %s\n' sandbox "$sandbox_address          control /control" "$(cat "$run/sandbox.pid")"
  printf '  %-9s %s\n' postgres "$database_text   (./dev psql)"
  # shellcheck disable=SC2086 # three numbers
  [ -z "$counts" ] || printf '  %-9s %s properties, %s room types, %s days\n' 'city URB' $counts
  echo 'next: ./dev test · README "A booking by curl" · ./dev down'
}

up() {
  install_packages "${packages[@]}"
  prepare_folders
  build release app
  binary=$root/build/release/reserve
  choose_database
  write_toml
  keep_clock
  choose_addresses
  write_env
  # A server of an older program would meet tables it does not know.
  is_current serve || stop serve
  reserve migrate up
  if ! is_current sandbox; then
    stop sandbox
    start sandbox "$sandbox_address/healthz"
    # It remembers its own clock; the server follows.
    keep_clock
  fi
  if ! is_running serve; then
    reserve seed
    start serve "$server_address/readyz"
  fi
  print_state
}

down() {
  prepare_folders
  keep_clock
  stop serve
  stop sandbox
  [ ! -e "$local/pg" ] || { cluster pg && stop_cluster; }
  echo "reserve connect is down (data, sandbox state and clock are kept in .local)"
}
