import { Random } from "./random.ts";

/**
 * What may go wrong. How long it lasts is in seconds, from a shortest to a longest time; what is
 * killed has none. `copies` is how often it is in a deck of faults, of which each is dealt before
 * the next deck.
 */
export const FAULTS = {
  "kill sluice-head": { copies: 3 },
  "kill slurmctld": { copies: 2 },
  "kill slurmdbd": { copies: 1 },
  "kill mariadb": { copies: 1 },
  "kill machine": { copies: 4 },
  "kill slurmd": { copies: 3 },
  "stop slurmd": { copies: 2, lasts: [2, 10] },
  "kill the cloud": { copies: 2 },
  "kill the cloud and its guard": { copies: 1, lasts: [2, 10] },
  "stop the cloud": { copies: 2, lasts: [2, 10] },
  "cut machine": { copies: 3, lasts: [2, 15] },
  "cut head": { copies: 1, lasts: [2, 8] },
  "interrupt machine": { copies: 2, lasts: [3, 15] },
} as const satisfies Readonly<
  Record<string, { readonly copies: number; readonly lasts?: readonly [number, number] }>
>;

export type FaultKind = keyof typeof FAULTS;

export interface Fault {
  /** Seconds after the beginning. */
  readonly at: number;
  readonly kind: FaultKind;
  readonly seconds: number;
  /** From 0 to below 1: which of those that may be hit when its time comes. */
  readonly draw: number;
}

/** A job as it is to be submitted, once or again. */
export interface PlannedJob {
  /** Its name, which no other job has. */
  readonly tag: string;
  readonly at: number;
  readonly user: string;
  readonly partition: string;
  readonly nodes: number;
  /** Seconds that each of its runs takes. */
  readonly seconds: number;
  readonly exclusive: boolean;
  /** Tasks of the array; 0 when it is none. */
  readonly tasks: number;
}

export interface Schedule {
  readonly faults: readonly Fault[];
  readonly jobs: readonly PlannedJob[];
}

export interface ScheduleOptions {
  readonly seed: number;
  /** How long faults go on. */
  readonly seconds: number;
  /** How many jobs there are, each task of an array counted as one. */
  readonly jobs: number;
  /** Seconds between two faults, on average. */
  readonly gap: number;
  readonly kinds: readonly FaultKind[];
  readonly users: readonly [string, ...string[]];
}

/** Seconds before the end of the faults when the last job has been submitted. */
const LAST_JOB_SECONDS = 10;
/** One job of so many goes to booted machines, which are few. */
const BOOTED_SHARE = 8;

/** The same for the same options. */
export function makeSchedule(options: ScheduleOptions): Schedule {
  return {
    faults: makeFaults(options, new Random(options.seed)),
    jobs: makeJobs(options, new Random(options.seed ^ 0x5eed)),
  };
}

function makeFaults({ seconds, gap, kinds }: ScheduleOptions, random: Random): Fault[] {
  const deck = kinds.flatMap((kind) => Array.from({ length: FAULTS[kind].copies }, () => kind));
  const faults: Fault[] = [];
  let left: FaultKind[] = [];
  for (let at = random.between(1, 1 + gap); at < seconds; at += random.between(0, 2 * gap)) {
    if (left.length === 0) left = random.shuffled(deck);
    const kind = left.pop();
    if (kind === undefined) break;
    const { lasts } = { lasts: undefined, ...FAULTS[kind] };
    const lasting = lasts === undefined ? 0 : random.between(lasts[0], lasts[1]);
    faults.push({ at, kind, seconds: lasting, draw: random.next() });
  }
  return faults;
}

function makeJobs({ seconds, jobs, users }: ScheduleOptions, random: Random): PlannedJob[] {
  const planned: Omit<PlannedJob, "at">[] = [];
  for (let count = 0; count < jobs; ) {
    const isBooted = random.whole(1, BOOTED_SHARE) === 1;
    const isArray = !isBooted && jobs - count >= 4 && random.whole(1, 12) === 1;
    const nodes = isBooted || isArray ? random.whole(1, 2) : random.pick([1, 1, 1, 2, 2, 3, 4, 6]);
    const tasks = isArray ? random.whole(2, 4) : 0;
    planned.push({
      tag: `chaos${planned.length + 1}`,
      user: random.pick(users),
      partition: isBooted ? "cpu" : "burst",
      nodes,
      seconds: random.whole(1, 8),
      exclusive: random.whole(1, 6) === 1,
      tasks,
    });
    count += Math.max(1, tasks);
  }
  const last = Math.max(1, seconds - LAST_JOB_SECONDS);
  const times = planned.map(() => random.between(0, last)).toSorted((a, b) => a - b);
  return planned.map((job, i) => ({ ...job, at: times[i] ?? 0 }));
}

/** Everything that is to be accounted for: a job, or a task of an array. */
export function unitsOf(job: PlannedJob): readonly string[] {
  if (job.tasks === 0) return [job.tag];
  return Array.from({ length: job.tasks }, (_, i) => `${job.tag}_${i + 1}`);
}
