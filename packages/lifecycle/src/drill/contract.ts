import type { Cloud, Sites } from "@sluice/cloud";

export interface DrillMachine {
  readonly id: string;
  /** The cluster that it is of, or `site:NAME`. */
  readonly cluster: string;
}

/** What can happen to zones and machines. `owner` is a cluster, or `site:NAME`. */
export interface DrillZones {
  fail(owner: string, zone: string): Promise<unknown>;
  heal(owner: string, zone: string): Promise<unknown>;
  cut(owner: string, zone: string): Promise<unknown>;
  part(owner: string): Promise<unknown>;
  cutMachine(owner: string, machine: DrillMachine): Promise<unknown>;
  healMachine(owner: string, machine: DrillMachine): Promise<unknown>;
  freezeMachine(owner: string, machine: DrillMachine): Promise<unknown>;
  thawMachine(owner: string, machine: DrillMachine): Promise<unknown>;
  /** Names of the processes that run there and do not stand still. */
  awake(owner: string, machine: DrillMachine): Promise<readonly string[]>;
}

/** A cloud whose machines and zones can be broken on request: the local one. */
export interface DrillCloud extends Cloud {
  readonly zones: DrillZones;
  readonly sites: Sites & { pullPlug(site: string, node: string): Promise<void> };
  pullPlug(cluster: string, machineId: string): Promise<void>;
}

export interface PortalJob {
  readonly cluster: string;
  readonly user: string;
  readonly name: string;
  readonly script: string;
  /** The same for each attempt. */
  readonly key: string;
}

/** The site's address as people use it; every call is one attempt. */
export interface DrillPortal {
  /** Something that a page shows. */
  read(user: string, signal: AbortSignal): Promise<void>;
  /** Something that the site has to keep. */
  write(user: string, signal: AbortSignal): Promise<void>;
  /** @returns the job's number, once it is kept. */
  submit(job: PortalJob, signal: AbortSignal): Promise<number>;
  /** A stream of events, opened again when it breaks off, until the signal fires. */
  follow(user: string, signal: AbortSignal, onEvent: () => void): Promise<void>;
}

/** Seconds that each may take after the accident; `full` counts from when it was undone. */
export interface DrillTarget {
  readonly scheduling: number;
  readonly portal: number;
  readonly full: number;
}

export interface DrillTimes {
  /** From the accident to the end of a job that was submitted after it; the slowest cluster's. */
  readonly scheduling: number | undefined;
  /** From the accident until the portal answered for good; 0: it never failed. */
  readonly portal: number | undefined;
  /** In which it failed again while parts came back. */
  readonly portalAgain: number;
  /** From the accident until it was undone; 0: there is nothing to undo. */
  readonly undone: number;
  /** From then on, until every part is there again. */
  readonly full: number | undefined;
}

export interface LoadVerdict {
  readonly submitted: number;
  readonly acknowledged: number;
  readonly completed: number;
  /** Acknowledged, and did not run to its end. */
  readonly lost: readonly string[];
  /** Acknowledged, and nobody knows anything of them: they did not run, nor are they accounted. */
  readonly missing: readonly string[];
  /** Ran to their end, and accounting never heard of them. */
  readonly unaccounted: readonly string[];
  /** Ran twice at the same time, or were taken for two jobs. */
  readonly doubled: readonly string[];
  /** Ran to their end more than once, one time after the other. */
  readonly repeated: readonly string[];
  /** Were begun again after they had lost their machine. */
  readonly requeued: number;
}

export interface DrillResult {
  readonly name: string;
  readonly what: string;
  readonly startedAt: string;
  readonly times: DrillTimes;
  readonly target: DrillTarget;
  readonly load: LoadVerdict;
  /** Seconds in which two controllers of one cluster were seen at work. */
  readonly twoControllers: number;
  /** Events that a page's stream got. */
  readonly events: number;
  /** Empty when all is well. */
  readonly problems: readonly string[];
  readonly timeline: readonly { readonly at: number; readonly what: string }[];
}
