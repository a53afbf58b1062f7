import { HEAD_LAYOUT } from "../layout.ts";
import type { MachineFile } from "./units.ts";

const CALL = `curl --silent --show-error --unix-socket ${HEAD_LAYOUT.hookSocket}`;

/**
 * slurmctld's hooks. The first three only tell the node manager and are back in milliseconds; what
 * is lost when nobody listens is found by its next pass, so they do not insist.
 */
const TELL = (verb: string): string => `#!/bin/sh
{ printf '%s\\n' "$1"; cat "\${SLURM_RESUME_FILE:-/dev/null}" 2>/dev/null; } |
  ${CALL} --max-time 5 --output /dev/null --data-binary @- http://sluice/${verb}
exit 0
`;

/**
 * PrologSlurmctld: its end starts the job, a non-zero end gives it back to the queue. It outlives a
 * restart of the node manager by asking again. When the node manager stays away, exit 0 leaves the
 * job to slurmctld, which starts it by its own slower check.
 */
const PROLOG = `#!/bin/sh
tries=0
while [ "$tries" -lt 600 ]; do
  answer=$(printf '%s\\n' "$SLURM_JOB_NODELIST" |
    ${CALL} --data-binary @- "http://sluice/prolog?job=$SLURM_JOB_ID" 2>/dev/null)
  case $answer in
    start) exit 0 ;;
    give-back) exit 1 ;;
  esac
  tries=$((tries + 1))
  sleep 0.3
done
exit 0
`;

/** slurmctld was started. Whoever is not there to hear it looks when it comes. */
const STARTED = `#!/bin/sh
${CALL} --max-time 1 --output /dev/null --data '' http://sluice/slurmctld-started 2>/dev/null
exit 0
`;

/**
 * Before slurmctld is started: it acknowledges jobs some seconds before it saves them, and after a
 * crash would give their numbers to others. Each batch job has a folder from before it was
 * acknowledged, and `HEAD_LAYOUT.highestJob` names those that are over. What fails here keeps
 * slurmctld from nothing.
 */
const NUMBER_JOBS = `#!/bin/sh
conf=\${1:-${HEAD_LAYOUT.slurmEtc}/slurm.conf}
state=\${2:-${HEAD_LAYOUT.stateSave}}
kept=\${3:-${HEAD_LAYOUT.highestJob}}
highest=$({
  cat "$kept" 2>/dev/null
  find "$state" -mindepth 2 -maxdepth 2 -path '*/hash.*/job.*' -printf '%f\\n' 2>/dev/null |
    sed 's/^job\\.//'
} | grep -xE '[0-9]{1,9}' | sort -n | tail -n 1)
first=$(sed -n 's/^FirstJobId=\\([0-9]*\\)$/\\1/p' "$conf" | tail -n 1)
[ -n "$highest" ] && [ -n "$first" ] && [ "$highest" -ge "$first" ] || exit 0
# Close to the greatest number that there is, numbers begin again by themselves.
[ "$highest" -lt 60000000 ] || exit 0
new=$(mktemp "$conf.XXXXXX") || exit 0
if cp -p "$conf" "$new" && sed "s/^FirstJobId=.*/FirstJobId=$((highest + 1))/" "$conf" > "$new"
then mv "$new" "$conf"
else rm -f "$new"
fi
exit 0
`;

export const HOOK_PATHS = {
  resume: `${HEAD_LAYOUT.hooks}/resume`,
  resumeFail: `${HEAD_LAYOUT.hooks}/resume-fail`,
  suspend: `${HEAD_LAYOUT.hooks}/suspend`,
  prologSlurmctld: `${HEAD_LAYOUT.hooks}/prolog-slurmctld`,
  numberJobs: `${HEAD_LAYOUT.hooks}/number-jobs`,
  slurmctldStarted: `${HEAD_LAYOUT.hooks}/slurmctld-started`,
} as const;

export function headHooks(): readonly MachineFile[] {
  return [
    { path: HOOK_PATHS.resume, content: TELL("resume"), mode: 0o755 },
    { path: HOOK_PATHS.resumeFail, content: TELL("resume-fail"), mode: 0o755 },
    { path: HOOK_PATHS.suspend, content: TELL("suspend"), mode: 0o755 },
    { path: HOOK_PATHS.prologSlurmctld, content: PROLOG, mode: 0o755 },
    { path: HOOK_PATHS.numberJobs, content: NUMBER_JOBS, mode: 0o755 },
    { path: HOOK_PATHS.slurmctldStarted, content: STARTED, mode: 0o755 },
  ];
}
