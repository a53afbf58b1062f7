/** One run of one unit of the load, as it wrote it down itself. Times in seconds since 1970. */
export interface Run {
  readonly unit: string;
  /** `CLUSTER:JOB`. */
  readonly job: string;
  /** Which run of that job this is, and of what process on what node. */
  readonly run: string;
  readonly start: number;
  /** The last that was heard of it. */
  readonly last: number;
  readonly isEnded: boolean;
}

/** Where jobs of a drill write; every machine of the site has the folder. */
export interface LedgerPlace {
  readonly folder: string;
  readonly file: string;
}

/**
 * What a job of the load is: it says when it begins, each second that it lives, and when it ends.
 * What is appended in one write by several machines does not mix.
 */
export const JOB_PROGRAM = `#!/bin/bash
unit=$1 seconds=$2 ledger=$3
say() {
  echo "$1 $unit $SLURM_CLUSTER_NAME:$SLURM_JOB_ID \${SLURM_RESTART_COUNT:-0}.$$@$HOSTNAME" \\
    "$(date +%s.%N)" >> "$ledger"
}
say start
sync "$ledger"
for ((i = 0; i < seconds; i++)); do
  sleep 1
  say beat
done
say end
sync "$ledger"
`;

const LINE = /^(start|beat|end) (\S+) (\S+:\d+) (\S+) (\d+(?:\.\d+)?)$/;

/** Lines that were cut off in the middle are left out. */
export function runsOf(text: string): readonly Run[] {
  const runs = new Map<string, Run>();
  for (const line of text.split("\n")) {
    const [, word, unit = "", job = "", run = "", time = ""] = LINE.exec(line) ?? [];
    if (word === undefined) continue;
    const key = `${unit} ${job} ${run}`;
    const at = Number(time);
    const known = runs.get(key) ?? { unit, job, run, start: at, last: at, isEnded: false };
    runs.set(key, {
      ...known,
      start: Math.min(known.start, at),
      last: Math.max(known.last, at),
      isEnded: known.isEnded || word === "end",
    });
  }
  return [...runs.values()];
}
