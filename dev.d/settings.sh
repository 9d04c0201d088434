# shellcheck shell=bash
# .local/reserve.toml and .local/env, ports and addresses. Sourced by ./dev.

port_is_free() {
  ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# next_free_port FROM [NOT_THIS]
next_free_port() {
  local port=$1
  until [ "$port" != "${2:-}" ] && port_is_free "$port"; do
    port=$((port + 1))
  done
  echo "$port"
}

write_toml() {
  [ ! -f "$toml" ] || return 0
  local http sandbox
  http=$(next_free_port 8080)
  sandbox=$(next_free_port 8090 "$http")
  secret() { openssl rand -hex 24; }
  (umask 077 && cat >"$toml.new" <<TOML
# Made by ./dev up, and yours from now on: it is never overwritten. Every key: docs/configuration.md.
env = "dev"

[http]
listen = "127.0.0.1:$http"

[database]
url = "$database_url"

[limits]
exempt_networks = ["127.0.0.0/8", "::1/128"]

[clock]
control = true

[security]
service_token = "$(secret)"
vault_keys = [{id = "dev-1", key = "$(openssl rand -hex 32)"}]
hash_key = "$(openssl rand -hex 32)"
code_key = "$(openssl rand -hex 32)"

[host]
base_url = "http://127.0.0.1:$sandbox/host"
api_key = "host_test_$(secret)"
jwt_secret = "$(secret)"
webhook_secrets = ["whsec_$(secret)"]

[stripe]
base_url = "http://127.0.0.1:$sandbox/stripe"
secret_key = "sk_test_$(secret)"
publishable_key = "pk_test_$(secret)"
webhook_secrets = ["whsec_$(secret)"]

[mercadopago]
base_url = "http://127.0.0.1:$sandbox/mercadopago"
access_token = "TEST-$(secret)"
webhook_secrets = ["$(secret)"]

[openpix]
base_url = "http://127.0.0.1:$sandbox/openpix"
app_id = "$(secret)"
webhook_signature = "rsa"
public_keys_url = "http://127.0.0.1:$sandbox/openpix/api/v1/webhook/public-keys"

[sandbox]
listen = "127.0.0.1:$sandbox"
state_dir = ".local/sandbox"
TOML
  )
  mv "$toml.new" "$toml"
}

# The effective value of a key, environment included.
conf() {
  sed -n "s/^${1//./\\.} = \"\(.*\)\"\$/\1/p" <<<"$effective"
}

# address LISTEN PORT: where a client of this machine finds it.
address() {
  local host=${1%:*}
  case $host in 0.0.0.0 | '[::]') host=127.0.0.1 ;; esac
  echo "http://$host:$2"
}

# choose_port NAME WANTED: the port of the running program, else the wanted one or the next that is free.
choose_port() {
  local chosen wanted
  if read -r wanted chosen 2>/dev/null <"$run/$1.port" && [ "$wanted" = "$2" ] && is_running "$1"; then
    echo "$chosen"
  else
    next_free_port "$2" "${3:-}"
  fi
}

# Sets server_address, sandbox_address and overrides: flags for both programs when a port of the file is taken by somebody else today.
choose_addresses() {
  local listen sandbox_listen port sandbox_port wanted sandbox_wanted section url
  effective=$("$binary" config check --config "$toml") || exit 1
  listen=$(conf http.listen) sandbox_listen=$(conf sandbox.listen)
  wanted=${listen##*:} sandbox_wanted=${sandbox_listen##*:}
  port=$(choose_port serve "$wanted")
  sandbox_port=$(choose_port sandbox "$sandbox_wanted" "$port")
  overrides=()
  [ "$port" = "$wanted" ] || overrides+=("--http.listen=${listen%:*}:$port")
  if [ "$sandbox_port" != "$sandbox_wanted" ]; then
    overrides+=("--sandbox.listen=${sandbox_listen%:*}:$sandbox_port")
    for section in host.base_url stripe.base_url mercadopago.base_url openpix.base_url openpix.public_keys_url; do
      url=$(conf "$section")
      case $url in http://127.0.0.1:"$sandbox_wanted"/*) overrides+=("--$section=${url/:$sandbox_wanted\//:$sandbox_port/}") ;; esac
    done
  fi
  echo "$wanted $port" >"$run/serve.port"
  echo "$sandbox_wanted $sandbox_port" >"$run/sandbox.port"
  server_address=$(address "$listen" "$port")
  sandbox_address=$(address "$sandbox_listen" "$sandbox_port")
  service_token=${RESERVE_SECURITY__SERVICE_TOKEN:-$(toml_value security.service_token)}
}

write_env() {
  (umask 077 && cat >"$local/env" <<ENV
RESERVE_URL=$server_address
SANDBOX_URL=$sandbox_address
RESERVE_DATABASE_URL='$(url_with_context "$database_url")'
RESERVE_SERVICE_TOKEN=$service_token
export RESERVE_URL SANDBOX_URL RESERVE_DATABASE_URL RESERVE_SERVICE_TOKEN
ENV
  )
}
