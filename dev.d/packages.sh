# shellcheck shell=bash
# Debian packages, builds, and what only a sanitizer needs: sourced by ./dev.

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root or sudo for: $*"
  fi
}

install_packages() {
  command -v dpkg-query >/dev/null || die "this is made for Debian 12; install by hand: $*"
  local missing
  missing=$(comm -23 <(printf '%s\n' "$@" | sort) <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort))
  [ -n "$missing" ] || return 0
  echo "installing:" $missing
  as_root apt-get update -q
  # shellcheck disable=SC2086 # one word per package
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  [ -f "$root/build/$preset/build.ninja" ] || (cd "$root" && cmake --preset "$preset" >/dev/null)
  cmake --build "$root/build/$preset" -j "$jobs" ${1:+--target "$@"}
}

# fetch_caf_source: sets caf_source to CAF's own source, or to nothing where none can be had. ThreadSanitizer has to see CAF's synchronisation; Debian's library
# is not instrumented, and every message between two actors would be reported as a race (docs/dependencies.md).
fetch_caf_source() {
  local home=$root/build/caf-source list options
  caf_source=$(echo "$home"/actor-framework-*/libcaf_core/src)
  [ ! -d "$caf_source" ] || return 0
  caf_source=''
  mkdir -p "$home/sources" "$home/lists/partial" "$home/cache/archives/partial"
  # The configured sources once more as deb-src, in folders of ours: nothing of the system changes.
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$list" ] || sed -n 's/^deb /deb-src /; s/^Types:.*/Types: deb-src/; /^deb-src /p; /^[A-Z][A-Za-z-]*:/p; /^$/p' "$list" >"$home/sources/$(basename "$list" | sed 's/^sources.list$/main.list/')"
  done
  options=(-q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$home/sources" -o "Dir::State::Lists=$home/lists" -o "Dir::Cache=$home/cache" -o APT::Sandbox::User=root)
  if (cd "$home" && apt-get "${options[@]}" update && apt-get "${options[@]}" source --download-only --tar-only actor-framework && tar -xf actor-framework_*.orig.tar.*) \
    >"$home/log" 2>&1; then
    caf_source=$(echo "$home"/actor-framework-*/libcaf_core/src)
  fi
}
