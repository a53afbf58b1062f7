/** A cluster to which somebody may hand a job, with what it says of it. */
export interface Candidate {
  readonly cluster: string;
  readonly answer: CandidateAnswer;
}

export type CandidateAnswer =
  | {
      readonly kind: "takes";
      /** From now on, with the boot of machines; undefined: behind jobs without a time limit. */
      readonly startsInSeconds: number | undefined;
      /** Machines that are off and have to be started for it. */
      readonly nodesToBoot: number;
      /** That they took lately; undefined: nobody knows. */
      readonly bootSeconds: number | undefined;
      /** Of the jobs that started there lately; undefined: there were none. */
      readonly typicalWaitSeconds: number | undefined;
      /** Machines of its nodes that the cloud had none of lately; seconds until it is asked again. */
      readonly shortForSeconds: number | undefined;
      readonly usdPerHour: number;
    }
  /** Its Slurm would not take the job. */
  | { readonly kind: "refuses"; readonly reason: string }
  | { readonly kind: "away"; readonly reason: string };

export interface Ranked {
  readonly cluster: string;
  /** Expected; undefined: it does not take the job. */
  readonly seconds: number | undefined;
  /** One sentence. */
  readonly why: string;
}

export interface ClusterChoice {
  /** Undefined: none takes it. */
  readonly chosen: Ranked | undefined;
  /** All of them, the best first. */
  readonly ranked: readonly Ranked[];
}

/** Machines whose boot nobody has seen. */
const UNKNOWN_BOOT_SECONDS = 180;
/** A wait that nobody can tell: longer than any that is known is likely to be. */
const UNKNOWN_WAIT_SECONDS = 86_400;
/** A cloud that has no machines is likely to have none when it is asked next. */
const SHORT_SECONDS = 600;
/** Starts that differ by less are the same: what is cheaper counts then. */
const SAME_SECONDS = 15;

/**
 * Where a job would start soonest, by what each cluster's own Slurm expects, the boot of machines and
 * what the cloud lacks. Of equal ones the one that boots fewer machines, then the cheaper one, then
 * the first by name: the same candidates in whatever order give the same choice.
 */
export function chooseCluster(candidates: readonly Candidate[]): ClusterChoice {
  const weighed = candidates.map(weigh).toSorted(byWorth);
  const ranked = weighed.map(({ cluster, seconds, why }) => ({ cluster, seconds, why }));
  const [first] = ranked;
  return { chosen: first?.seconds === undefined ? undefined : first, ranked };
}

interface Weighed extends Ranked {
  /** Compared in turn, less is better. */
  readonly worth: readonly number[];
}

function weigh({ cluster, answer }: Candidate): Weighed {
  switch (answer.kind) {
    case "away":
      return { cluster, seconds: undefined, why: answer.reason, worth: [2] };
    case "refuses":
      return { cluster, seconds: undefined, why: answer.reason, worth: [1] };
    case "takes": {
      const { nodesToBoot, bootSeconds, shortForSeconds, usdPerHour } = answer;
      const wait = answer.startsInSeconds ?? answer.typicalWaitSeconds ?? UNKNOWN_WAIT_SECONDS;
      // What is known of boots is in the start already.
      const isBootIn = answer.startsInSeconds !== undefined && bootSeconds !== undefined;
      const boot = nodesToBoot > 0 && !isBootIn ? (bootSeconds ?? UNKNOWN_BOOT_SECONDS) : 0;
      const short = shortForSeconds === undefined ? 0 : Math.max(SHORT_SECONDS, shortForSeconds);
      const seconds = Math.round(Math.max(0, wait) + boot + short);
      const same = Math.floor(seconds / SAME_SECONDS);
      return {
        ...{ cluster, seconds, why: sentence(answer, seconds) },
        worth: [0, same, nodesToBoot, usdPerHour],
      };
    }
    default:
      return answer satisfies never;
  }
}

function byWorth(one: Weighed, other: Weighed): number {
  for (const [index, worth] of one.worth.entries()) {
    const difference = worth - (other.worth[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.cluster < other.cluster ? -1 : 1;
}

function sentence(answer: Extract<CandidateAnswer, { kind: "takes" }>, seconds: number): string {
  const { startsInSeconds, typicalWaitSeconds, nodesToBoot, shortForSeconds } = answer;
  const when =
    startsInSeconds !== undefined
      ? `starts in ${span(seconds)}`
      : typicalWaitSeconds !== undefined
        ? `nobody can tell when it starts; jobs there waited ${span(typicalWaitSeconds)} lately`
        : "nobody can tell when it starts";
  const boots =
    nodesToBoot === 0
      ? []
      : [`${nodesToBoot} ${nodesToBoot === 1 ? "machine has" : "machines have"} to boot`];
  const short = shortForSeconds === undefined ? [] : ["the cloud had no such machines lately"];
  return [when, ...boots, ...short].join("; ");
}

function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
