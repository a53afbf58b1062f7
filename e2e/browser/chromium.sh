#!/bin/sh
# Chromium in a network of its own, where only what `apart.ts` lets through can be reached. Beside
# that nobody else is asked for anything, it is not disturbed there: on the host it breaks off what it
# loads whenever a machine of a cluster gets its network.
exec unshare --net "$SLUICE_NODE" "$(dirname "$0")/inside.mjs" "$@"
