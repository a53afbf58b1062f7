#!/usr/bin/env bash
# Sets up and runs every check: types, lint and format, unit tests, whole-system tests.
# Words given after `npm test --` go to vitest instead, after the set-up.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/steps.sh

say "${bold}Setting up${plain}"
SLUICE_SETUP_IMAGES="debian13 debian12" SLUICE_SETUP_PACKAGES="e2fsprogs ldap-utils python3 shellcheck slapd" scripts/setup.sh
export PATH="$PWD/node_modules/.bin:$PATH"

if [ "$#" -gt 0 ]; then exec vitest run "$@"; fi
say "${bold}Checking${plain}"
step "types" tsc -p tsconfig.json
step "lint and format" biome ci --error-on-warnings .
say "${bold}Testing${plain}"
vitest run --project unit --project db

# Whole systems wait more than they work, so that two rows of them go on side by side.
log=$(mktemp)
row() {
  local status=0
  vitest run --project e2e-apart || status=$?
  vitest run --project e2e-server || status=$?
  return "$status"
}
# A process group of its own, so that all of it can be ended.
set -m
row >"$log" 2>&1 &
apart=$!
set +m
trap 'kill -- "-$apart" 2>/dev/null; wait "$apart"; rm -f "$log"' EXIT
status=0
vitest run --project e2e || status=$?
wait "$apart" || status=$?
trap - EXIT
cat "$log"
rm -f "$log"
exit "$status"
