# shellcheck shell=bash
# What proves: tests, stress, mutants, faults, fuzzing. Sourced by ./dev.

# summarize RESULTS FAILED_LIST PYTEST_STATUS: sums up what ctest and pytest have left: "N passed, N failed".
summarize() {
  local results=$1 failed_list=$2 passed=0 failed=0 good bad name file
  for file in "$results"/counts/*; do
    [ -f "$file" ] || continue
    read -r good bad <"$file"
    passed=$((passed + good)) failed=$((failed + bad))
  done
  # A program that crashed, hung or never ran has failed once, whatever it counted before.
  while IFS=: read -r _ name; do
    bad=0
    [ ! -f "$results/counts/$name" ] || read -r good bad <"$results/counts/$name"
    [ "$bad" -gt 0 ] || failed=$((failed + 1))
  done < <(cat "$failed_list" 2>/dev/null)
  bad=0
  if [ -f "$results/e2e.xml" ]; then
    read -r good bad < <(python3 - "$results/e2e.xml" <<'PYTHON'
import sys
from xml.etree import ElementTree
suite = ElementTree.parse(sys.argv[1]).getroot().find("testsuite")
count = lambda name: int(suite.get(name, 0))
bad = count("failures") + count("errors")
print(count("tests") - bad - count("skipped"), bad)
PYTHON
    )
    passed=$((passed + good)) failed=$((failed + bad))
  fi
  # pytest itself failed: nothing collected, interrupted, broken.
  [ "$3" = 0 ] || [ "$bad" != 0 ] || failed=$((failed + 1))
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}

run_tests() {
  local preset=release results=$local/test started=$SECONDS clean=no e2e=0 name
  case ${1:-} in release | asan | tsan) preset=$1 && shift ;; esac
  if [ "${1:-}" = behind ]; then
    # The tables 5 s behind the log: nothing that a guest is told may rest on them. Not what never looks at them, nor what holds the projector back itself.
    export RESERVE_TEST_PROJECTOR_DELAY_MS=5000
    # shellcheck disable=SC2046 # names of ours, without spaces
    set -- $(cd "$root" && printf '%s\n' tests/e2e/test_*.py | grep -v -e bad_input -e projection_stops -e openapi)
  fi
  local areas=() files=()
  for name in "$@"; do
    case $name in tests/*) files+=("$name") ;; *) areas+=("$name") ;; esac
  done
  install_packages "${packages[@]}"
  mkdir -p "$local"
  if [ $preset = tsan ]; then
    local caf_source
    fetch_caf_source
    [ -n "$caf_source" ] || { echo "skipped: tsan needs the source of CAF (build/caf-source/log)"; return 0; }
    [ -f "$root/build/tsan/build.ninja" ] || (cd "$root" && cmake --preset tsan "-DRESERVE_CAF_SOURCE=$caf_source" >/dev/null)
  fi
  [ -f "$root/build/$preset/build.ninja" ] || clean=yes
  build "$preset"
  [ -z "${CI:-}" ] || [ $clean = no ] || echo "clean build: $((SECONDS - started)) s (budget 480 s)"

  rm -rf "$results" && mkdir -p "$results/counts"
  # A crash of the machine may cost these data: the tests' own crashes are those of programs.
  fresh_cluster test-pg fsync=off
  export RESERVE_TEST_DATABASE_URL RESERVE_TEST_COUNTS=$results/counts RESERVE_BINARY=$root/build/$preset/reserve
  RESERVE_TEST_DATABASE_URL=$(superuser_url postgres)
  export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}

  local failed_list=$root/build/$preset/Testing/Temporary/LastTestsFailed.log
  rm -f "$failed_list"
  if [ ${#areas[@]} -gt 0 ] || [ ${#files[@]} = 0 ]; then
    local chosen
    chosen=$(IFS='|' && echo "${areas[*]:-.}")
    ctest --test-dir "$root/build/$preset" -j 2 -R "$chosen" --no-tests=error --output-on-failure || [ -s "$failed_list" ] || die "no such tests: ${areas[*]}"
  fi
  [ ${#areas[@]} -gt 0 ] || [ ${#files[@]} -gt 0 ] || files=(tests/e2e tests/faults)
  if [ ${#files[@]} -gt 0 ]; then
    (cd "$root" && /usr/bin/python3 -m pytest -q --junitxml="$results/e2e.xml" "${files[@]}") || e2e=$?
  fi
  summarize "$results" "$failed_list" "$e2e"
}

run_stress() {
  install_packages "${packages[@]}"
  build release test_actors
  RESERVE_STRESS_SECONDS=${1:-180} "$root/build/release/tests/actors/test_actors" '[stress]'
}

# The programs are built without the server; PostgreSQL runs only for those that need it.
run_mutants() {
  local programs
  programs=$("$root/tests/mutants/run" --programs "$@")
  install_packages "${packages[@]}"
  # shellcheck disable=SC2086 # one word per program
  build mutants $(sed 's/^/test_/' <<<"$programs")
  if grep -qx postgres <<<"$programs"; then
    fresh_cluster test-pg fsync=off
    export RESERVE_TEST_DATABASE_URL
    RESERVE_TEST_DATABASE_URL=$(superuser_url postgres)
  fi
  "$root/tests/mutants/run" "$root/build/mutants" "$@"
}

# Each test has a cluster of its own; N kills of the server and of PostgreSQL with --cycles N.
run_faults() {
  local cycles='' files=()
  while [ $# -gt 0 ]; do
    case $1 in
      --cycles) cycles=${2:?how many cycles} && shift 2 ;;
      -*) die "./dev faults [NAME...] [--cycles N]" ;;
      *)
        [ -f "$root/tests/faults/test_$1.py" ] || die "no such faults: $1"
        files+=("tests/faults/test_$1.py") && shift
        ;;
    esac
  done
  install_packages "${packages[@]}"
  build release app
  export RESERVE_BINARY=${RESERVE_BINARY:-$root/build/release/reserve}
  [ -z "$cycles" ] || export RESERVE_KILLS=$cycles RESERVE_POSTGRES_KILLS=$cycles
  cd "$root" && exec /usr/bin/python3 -m pytest -q --durations=0 --durations-min=1 "${files[@]:-tests/faults}"
}

fuzz_names=(json request webhook record config)

# New inputs are kept in .local/fuzz/NAME; a finding stays there as crash-*, and `build/fuzz/fuzz_NAME FILE` runs it again.
run_fuzz() {
  local names=("${1:-}") limits=("-max_total_time=${2:-60}") name found=0
  if [ "${1:-}" = --ci ]; then
    names=("${fuzz_names[@]}") limits=(-runs=20000 -max_total_time=30 -seed=1)
  elif [[ " ${fuzz_names[*]} " != *" ${1:-} "* ]]; then
    die "fuzz: one of: ${fuzz_names[*]}, or --ci"
  fi
  install_packages "${packages[@]}" clang-14 libclang-rt-14-dev
  [ -f "$root/build/fuzz/build.ninja" ] || cmake -S "$root/tests/fuzz" -B "$root/build/fuzz" -G Ninja -DCMAKE_CXX_COMPILER=clang++-14 >/dev/null
  cmake --build "$root/build/fuzz" -j "$jobs" --target "${names[@]/#/fuzz_}"
  for name in "${names[@]}"; do
    mkdir -p "$local/fuzz/$name"
    "$root/build/fuzz/fuzz_$name" "${limits[@]}" -max_len=16384 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$local/fuzz/$name/" \
      "$local/fuzz/$name" "$root/tests/fuzz/corpus/$name" || { echo "fuzz $name: FOUND" && found=1; }
  done
  return $found
}
