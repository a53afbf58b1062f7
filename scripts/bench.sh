#!/usr/bin/env bash
# Sets up, measures, prints a table on standard error and the same as JSON on standard output.
# Words given after `npm run bench --` name the sections to measure; all of them without.
# SLUICE_BENCH_RUNS (10) is how often the quick ones are repeated.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/steps.sh
scripts/setup.sh >&2
exec node_modules/.bin/node --disable-warning=ExperimentalWarning bench/main.ts "$@"
