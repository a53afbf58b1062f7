#!/usr/bin/env bash
# Sets up, and has every accident happen to a site of its own, under load. Options are those of the
# command: npm run drills -- --only zone-failed --jobs 50. The report is in drills.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/steps.sh
SLUICE_SETUP_PACKAGES="haproxy libfaketime" scripts/setup.sh
export SLUICE_STATE_DIR=${SLUICE_STATE_DIR:-/var/lib/sluice-test/drills}
export SLUICE_IMAGE_DIR=${SLUICE_IMAGE_DIR:-/var/lib/sluice/images}
exec bin/sluice drill --report drills.md "$@"
