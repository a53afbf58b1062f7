#!/usr/bin/env bash
# From a fresh clone to a job that has run on machines that came and went: sets up, creates the
# cluster `demo`, runs a job over two of its queues and shows what happens meanwhile. Starts the
# server at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/steps.sh
started=$(date +%s%N)
sluice=bin/sluice
cluster=demo

run() { "$sluice" run -n "$cluster" "$@"; }
show() { printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"; }

# Powered-up nodes and how they are, one line; nothing for a cluster without machines.
nodes_now() {
  run -u root -- sinfo --noheader --format '%D %t %N' 2>/dev/null | { grep -v 'idle~' || :; } | sort | paste -sd ';' | sed 's/;/, /g'
}

# Prints each change of the nodes, with the time since the submission, until "$@" is true.
watch_until() {
  local before='' now
  while :; do
    now=$(nodes_now)
    if [ "$now" != "$before" ]; then
      printf '  %s%5s s%s  %s\n' "$dim" "$(seconds_since "$submitted")" "$plain" "${now:-no machines}"
      before=$now
    fi
    if "$@"; then return; fi
    sleep 0.2
  done
}

say "${bold}Setting up${plain}"
scripts/setup.sh

say ""
say "${bold}A cluster from examples/demo.yaml${plain}"
if "$sluice" describe-cluster -n "$cluster" --output json >/dev/null 2>&1; then
  show "sluice delete-cluster -n $cluster --yes    # it is there from the last time"
  "$sluice" delete-cluster -n "$cluster" --yes --output text
fi
show "sluice create-cluster -n $cluster -c examples/demo.yaml"
"$sluice" create-cluster -n "$cluster" -c examples/demo.yaml --output text
show "sluice run -n $cluster -- sinfo"
run -u ada -- sinfo

say ""
say "${bold}A job of ada's over both queues: 2 booted machines and 3 light ones, all powered down${plain}"
show "sluice run -n $cluster -u ada -- sbatch < examples/two-queues.sh"
submitted=$(date +%s%N)
job=$(run -u ada -- sbatch --parsable <examples/two-queues.sh)
say "Submitted batch job $job"
is_over() { [ -z "$(run -u ada -- squeue --noheader --jobs "$job" 2>/dev/null)" ]; }
watch_until is_over
show "sluice run -n $cluster -u ada -- cat two-queues.out"
run -u ada -- cat two-queues.out
show "sluice run -n $cluster -u ada -- sacct --allocations"
run -u ada -- sacct --allocations --jobs "$job" --format JobID%8,JobName%12,Partition%10,NNodes%7,State%10,Elapsed,NodeList%24

say ""
say "${bold}Idle for four seconds, the machines go${plain}"
none_left() { [ -z "$(nodes_now)" ]; }
watch_until none_left

say ""
say "${bold}The server and its portal${plain}"
if "$sluice" server status --output json >/dev/null 2>&1; then
  show "sluice server stop    # it runs since the last time"
  "$sluice" server stop --output text
fi
show "sluice server start --detach"
"$sluice" server start --detach --output text
say "${dim}Give ada as your Unix user there: the cluster has her, and your jobs run as hers.${plain}"

say ""
say "${bold}Done in $(seconds_since "$started") s. The cluster is still there:${plain}"
cat <<END
  sluice top -n $cluster                       queue and nodes, live
  sluice run -n $cluster -u ada -- srun -N100 -p burst hostname
  sluice ssh -n $cluster -u ada                a shell on the head
  sluice describe-cluster -n $cluster
  sluice delete-cluster -n $cluster            leaves nothing behind
  sluice server status                     where the portal is; sluice server stop ends it
'sluice' is bin/sluice here; the cluster file is examples/demo.yaml, its keys are in docs/cluster-file.md.
END
