#!/usr/bin/env bash
# Sets up, then breaks a cluster under load for ten minutes and looks at what is left of it.
# Options are in e2e/chaos/main.ts: npm run chaos -- --seconds 60 --seed 7 --jobs 100
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/steps.sh
scripts/setup.sh
exec node_modules/.bin/node --disable-warning=ExperimentalWarning e2e/chaos/main.ts "$@"
