# shellcheck shell=bash
# PostgreSQL: clusters of our own, and the database of `./dev up`, ours or an external one. Sourced by ./dev.

# As root the cluster belongs to user postgres: PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/ "$@" 9>&-)
  else
    (cd / && exec "$@" 9>&-)
  fi
}

# cluster NAME: sets pg_home, pg_data and pg_socket of the cluster `.local/NAME`, and makes its folder. It is a link where PostgreSQL's user cannot reach the
# checkout, or where the path of the socket would be longer than an address may be (about a hundred bytes).
cluster() {
  local link=$local/$1
  if [ -L "$link" ]; then
    pg_home=$(readlink "$link")
  else
    pg_home=$link
    if ! as_postgres test -x "$local" || [ ${#link} -gt 84 ]; then
      pg_home=/var/tmp/reserve-$(printf %s "$root" | sha256sum | cut -c1-12)-$1
      pg_home=${pg_home%-pg}
      ln -s "$pg_home" "$link"
    fi
  fi
  pg_data=$pg_home/data
  pg_socket=$pg_home
  if [ ! -d "$pg_home" ]; then
    mkdir -m 700 "$pg_home"
    [ "$(id -u)" != 0 ] || chown postgres: "$pg_home"
  fi
  # Folders under /var/tmp could have been made by somebody else.
  [ "$(stat -c %U "$pg_home")" = "$(as_postgres id -un)" ] || die "$pg_home belongs to somebody else"
}

cluster_runs() {
  as_postgres "$pg_bin/pg_ctl" -D "$pg_data" status >/dev/null 2>&1
}

# start_cluster [SETTING...]: initdb when there is none, socket only.
start_cluster() {
  if ! as_postgres test -f "$pg_data/PG_VERSION"; then
    as_postgres "$pg_bin/initdb" -D "$pg_data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >/dev/null
  fi
  cluster_runs && return 0
  local options="-c listen_addresses='' -c unix_socket_directories='$pg_socket' -c unix_socket_permissions=0700 -c port=$pg_port" setting
  for setting in "$@"; do
    options+=" -c $setting"
  done
  as_postgres "$pg_bin/pg_ctl" -D "$pg_data" -w -t 60 -l "$pg_home/postgres.log" -o "$options" start >/dev/null ||
    die "PostgreSQL does not start: $pg_home/postgres.log"
}

stop_cluster() {
  ! cluster_runs || as_postgres "$pg_bin/pg_ctl" -D "$pg_data" -m fast -w stop >/dev/null
}

# fresh_cluster NAME [SETTING...]: an empty one, which is stopped when we end.
fresh_cluster() {
  mkdir -p "$local"
  cluster "$1"
  stop_cluster
  as_postgres find "$pg_home" -mindepth 1 -delete
  trap stop_cluster EXIT
  start_cluster max_connections=200 "${@:2}"
}

superuser_url() {
  printf 'postgresql:///%s?host=%s&port=%s&user=postgres' "$1" "$pg_socket" "$pg_port"
}

# A value of reserve.toml as it is written, e.g. `toml_value database.url`; empty when there is none.
toml_value() {
  [ -f "$toml" ] || return 0
  python3 - "$toml" "$1" <<'PYTHON'
import sys, tomllib
value = tomllib.load(open(sys.argv[1], "rb"))
for part in sys.argv[2].split("."):
    value = value.get(part, {})
print(value if isinstance(value, str) else "")
PYTHON
}

# Sets database_url and database_text. A URL that leads to our own socket folder is the private cluster, so .local/env may be read by any shell.
choose_database() {
  local given=${RESERVE_DATABASE__URL:-${RESERVE_DATABASE_URL:-$(toml_value database.url)}}
  given=${given%[?&]"$pg_context"}
  cluster pg
  case ${given//%2F//} in
    '' | *host="$pg_socket"*) use_private_cluster ;;
    *) use_external_server "$given" ;;
  esac
}

use_private_cluster() {
  start_cluster
  ln -sfn "$pg_home/postgres.log" "$log/postgres.log"
  local super
  super=$(superuser_url postgres)
  psql -Xq -v ON_ERROR_STOP=1 -d "$super" -f "$root/migrations/roles.sql" >/dev/null
  [ "$(psql -XAtq -d "$super" -c "select count(*) from pg_database where datname = 'reserve'")" = 1 ] ||
    psql -Xq -d "$super" -c 'create database reserve owner reserve'
  database_url="postgresql:///reserve?host=$pg_socket&port=$pg_port&user=reserve"
  database_text="private, .local/pg, socket $pg_socket port $pg_port"
}

# An external server has the login `reserve`, or we are given one that may create it; then the URL of the new login is kept in .local/database.
use_external_server() {
  local given=$1 known=$local/database is_reserve exists may_create
  database_text="external, $(psql -XAtq -d "$given" -c "select coalesce(host(inet_server_addr()), 'socket') || ' port ' || current_setting('port')")" ||
    die "database: cannot connect to the given URL"
  if [ -f "$known" ] && [ "$(sed -n 1p "$known")" = "$given" ]; then
    database_url=$(sed -n 2p "$known")
    return
  fi
  IFS='|' read -r is_reserve exists may_create < <(psql -XAtq -d "$given" -c "select current_user = 'reserve', exists (select from pg_roles where rolname = 'reserve'),
    (select rolsuper or (rolcreaterole and rolcreatedb) from pg_roles where rolname = current_user)")
  if [ "$is_reserve" = t ]; then
    database_url=$given
    return
  fi
  [ "$exists" = f ] || die "database: the server has a login reserve already; give its URL"
  [ "$may_create" = t ] || die "database: this login is not reserve and may not create it (it needs CREATEROLE and CREATEDB)"
  local password
  password=$(openssl rand -hex 24)
  psql -Xq -v ON_ERROR_STOP=1 -d "$given" -f "$root/migrations/roles.sql" >/dev/null
  psql -Xq -v ON_ERROR_STOP=1 -d "$given" <<SQL
alter role reserve password '$password';
do \$\$ begin if not (select rolsuper from pg_roles where rolname = current_user) then execute format('grant reserve to %I', current_user); end if; end \$\$;
create database reserve owner reserve;
SQL
  database_url=$(python3 - "$given" "$password" <<'PYTHON'
import sys
from urllib.parse import urlsplit, urlunsplit, parse_qsl, urlencode
parts = urlsplit(sys.argv[1])
query = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("user", "password", "dbname", "options")]
print(urlunsplit((parts.scheme, "reserve:" + sys.argv[2] + "@" + parts.netloc.rpartition("@")[2], "/reserve", urlencode(query), "")))
PYTHON
)
  (umask 077 && printf '%s\n%s\n' "$given" "$database_url" >"$known")
}

url_with_context() {
  case $1 in
    *options=*) printf %s "$1" ;;
    *\?*) printf '%s&%s' "$1" "$pg_context" ;;
    *) printf '%s?%s' "$1" "$pg_context" ;;
  esac
}
