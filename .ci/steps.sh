# Sourced by .ci/run and .ci/long: a clean checkout of the last commit, and steps that are counted.
# Needs Node >= 20.19, npm and git. Works in a folder of its own, so files that are not committed and
# earlier runs do not matter.
set -euo pipefail

source=$(git -C "$(dirname "${BASH_SOURCE[0]}")/.." rev-parse --show-toplevel)
work=$(mktemp -d "${TMPDIR:-/tmp}/quickbite-ci.XXXXXX")
# mktemp makes it 0700. Postgres does not run as root, and its account must be able to enter.
chmod 755 "$work"

started=$SECONDS
passed=0
current_step=
not_run=()

# Runs on every exit, so that the last line always says what passed and what did not.
finish() {
  local status=$? step
  chmod -R u+w "$work" 2>/dev/null || true
  rm -rf "$work"
  printf '\n'
  for step in "${not_run[@]+"${not_run[@]}"}"; do printf 'NOT RUN: %s\n' "$step"; done
  if [ "$status" = 0 ]; then
    printf '%d passed, 0 failed, %d not run, after %d s.\n' \
      "$passed" "${#not_run[@]}" $((SECONDS - started))
  else
    printf 'FAILED: %s\n' "${current_step:-before the first step}"
    printf '%d passed, 1 failed, after %d s.\n' "$passed" $((SECONDS - started))
  fi
}
trap finish EXIT
# Without these, bash would run the EXIT trap with the status of the last command that succeeded.
trap 'exit 130' INT
trap 'exit 143' TERM

# step NAME COMMAND…: runs the command and ends the script if it fails. The command stays outside any
# condition, since `set -e` has no effect in a function that is called in one.
step() {
  local begun=$SECONDS skipped=${#not_run[@]}
  current_step=$1; shift
  printf '\n=== %s: %s\n' "$current_step" "$*"
  "$@"
  if [ "${#not_run[@]}" = "$skipped" ]; then
    passed=$((passed + 1))
    printf -- '--- %s: ok after %d s\n' "$current_step" $((SECONDS - begun))
  fi
}

# For a step that cannot run here: prints why, and lists the step at the end. Call it, then return 0.
skip() {
  not_run+=("$current_step: $1")
  printf 'NOT RUN: %s\n' "$1"
}

# Fails if npm reports that a package does not support this Node, or an install script that nothing allows.
# The client of Kafka asks for Node 22.22; libs/events provides what it misses on Node 20, and its tests run there.
install_without_warnings() {
  local log=$work/npm-ci.log
  npm ci 2>&1 | tee "$log"
  if grep -E 'EBADENGINE +package:' "$log" |
    grep -vE "'@platformatic/(kafka|dynamic-buffer|wasm-utils)@" || grep 'install-scripts' "$log"; then
    echo 'npm ci warns (above).'
    return 1
  fi
}

# Installs a package of Python beside the checkout, into $work/python. Returns 1 without Python 3.10 and venv.
python_package() {
  python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || return 1
  [ -d "$work/python" ] || python3 -m venv "$work/python"
  "$work/python/bin/pip" install --quiet --disable-pip-version-check "$1"
}

no_python='there is no Python 3.10 with venv here, or the package cannot be installed'

# schemathesis CASES: generated requests against the OpenAPI document.
schemathesis() {
  if ! python_package schemathesis==4.32.5; then
    skip "$no_python"
    return 0
  fi
  SCHEMATHESIS_PATH=$work/python/bin/schemathesis npm run --silent test:schemathesis -- --cases "$1"
}

python_client() {
  if ! python_package openapi-python-client==0.29.1; then
    skip "$no_python"
    return 0
  fi
  PYTHON_PATH=$work/python/bin/python npm run --silent test:python-client
}

go_client() {
  if ! command -v go >/dev/null || ! (cd test/clients/go && go mod download); then
    skip 'there is no Go 1.26 here, or its modules cannot be fetched'
    return 0
  fi
  npm run --silent test:go-client
}

# through_pgbouncer [NAMES]: the e2e tests, or those whose names are given, with a real PgBouncer in
# transaction mode before both databases.
through_pgbouncer() {
  if ! command -v pgbouncer >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends pgbouncer; } \
      >"$work/apt-pgbouncer.log" 2>&1 || echo 'PgBouncer could not be installed.'
  fi
  if ! command -v pgbouncer >/dev/null; then
    skip 'there is no PgBouncer here'
    return 0
  fi
  npm run --silent test:pooler -- "$@"
}

# Two instances of Orders with a real Redis. The package of Debian only starts its service under systemd.
with_redis() {
  if ! command -v redis-server >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server; } \
      >"$work/apt-redis.log" 2>&1 || echo 'Redis could not be installed.'
  fi
  if ! command -v redis-server >/dev/null; then
    skip 'there is no redis-server here'
    return 0
  fi
  npm run --silent test:redis
}

# Everything that was started from this checkout must have ended.
nothing_left() {
  if ! command -v ps >/dev/null; then
    skip 'there is no ps here to list processes with'
    return 0
  fi
  local left
  left=$(ps -eo pid,args | grep -F "$work/" | grep -vF grep || true)
  [ -z "$left" ] || { echo "$left"; return 1; }
}

# A path with a space in it must work, too.
step 'clean checkout' git clone --quiet --no-local "$source" "$work/quick bite"
cd "$work/quick bite"
echo "Node $(node --version), npm $(npm --version), commit $(git rev-parse --short HEAD)"
