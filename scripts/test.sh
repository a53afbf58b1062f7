#!/usr/bin/env bash
# Sets up and runs every check: types, lint and format, unit tests, whole-system tests.
# Words given after `npm test --` go to vitest instead, after the set-up.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/steps.sh

say "${bold}Setting up${plain}"
SLUICE_SETUP_IMAGES="debian13 debian12 debian14" SLUICE_SETUP_PACKAGES="chromium e2fsprogs haproxy ldap-utils mariadb-client python3 shellcheck slapd" scripts/setup.sh
export PATH="$PWD/node_modules/.bin:$PATH"

if [ "$#" -gt 0 ]; then exec vitest run "$@"; fi
say "${bold}Checking${plain}"
step "types" tsc -p tsconfig.json
step "types of the portal" tsc -p apps/portal/tsconfig.json
step "lint and format" biome ci --error-on-warnings .
say "${bold}Testing${plain}"

# Each row of tests has a log, so that what failed stands at the end, whichever row it was in.
logs=$(mktemp -d)
run() {
  local name=$1 status=0
  shift
  vitest run "$@" 2>&1 | tee "$logs/$name.log" || status=$?
  return "$status"
}
status=0

run quick --project unit --project db || status=$?

# Whole systems wait about as much as they work, so that three rows go on side by side; with four, two
# processors have too much to do for what is to happen in time. Each row is a process group, so that
# all of it can be ended. Of its projects one begins when the one before has ended.
rows=()
row() {
  local row_status=0
  for name in "$@"; do run "$name" --project "$name" || row_status=$?; done
  return "$row_status"
}
export SLUICE_TEST_BUILD="$PWD/dist"
set -m
for names in "e2e-deaths e2e-portal" "e2e-server e2e" e2e-apart; do
  # shellcheck disable=SC2086
  row $names >"$logs/${names%% *}.row" 2>&1 &
  rows+=("$!")
done
set +m
end_rows() {
  for row in "${rows[@]}"; do kill -- "-$row" 2>/dev/null || true; done
  wait
  rm -rf "$logs"
}
trap end_rows EXIT
tail -n +1 -f --pid="${rows[0]}" "$logs/e2e-deaths.row"
for row in "${rows[@]}"; do wait "$row" || status=$?; done
trap 'rm -rf "$logs"' EXIT
cat "$logs"/e2e-{server,apart}.row

say "${bold}In short${plain}"
# Colours stand between the words.
plain_logs() { sed 's/\x1b\[[0-9;]*m//g' "$logs"/*.log; }
plain_logs | grep -aE '^ *(Test Files|Tests) ' || true
plain_logs | grep -aE '^ *FAIL ' | sort -u || true
exit "$status"
