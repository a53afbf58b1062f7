import type { HeadShell } from "@sluice/cloud";
import {
  type ComputeFleet,
  type Explanation,
  type FleetEvent,
  isSluiceError,
  type JobView,
  messageOf,
  type NodeView,
  SluiceError,
} from "@sluice/model";

import type { BackupState } from "./backup/state.ts";

/** The program on the head that answers for the node manager. */
export const HEAD_PROGRAM = "/opt/sluice/bin/sluice-head";

export interface HeadStatus {
  readonly version: string;
  readonly slurmVersion: string;
  readonly startedAt: string;
  readonly services: readonly { readonly name: string; readonly active: boolean }[];
  readonly fleet: ComputeFleet;
}

/** Queue and nodes at one moment. */
export interface ClusterSnapshot {
  readonly fleet: ComputeFleet;
  readonly nodes: readonly NodeView[];
  readonly jobs: readonly JobView[];
}

export interface FleetEvents {
  readonly events: readonly FleetEvent[];
  /** Give it as `after` to get only what came later. */
  readonly last: number;
}

export interface EventsOptions {
  /** While there is none, how long to wait for one; at most 20. */
  readonly waitSeconds?: number;
}

/** A job as users write it (`12`, `12_3`), or the name of a node. */
export type ExplainSubject = { readonly job: string } | { readonly node: string };

export interface HeadControlOptions {
  readonly signal?: AbortSignal;
}

/**
 * The node manager of a running cluster. Every call throws `HEAD_UNREACHABLE` when the head gives
 * no answer that can be understood (repeating it is safe), and otherwise the error that the head
 * itself gave.
 */
export interface HeadControl {
  fleet(): Promise<ComputeFleet>;
  /** Asks for the fleet to be started; the answer is its state right after. Idempotent. */
  startFleet(): Promise<ComputeFleet>;
  /** Asks for the fleet to be stopped; jobs on it are requeued. Idempotent. */
  stopFleet(): Promise<ComputeFleet>;
  nodes(): Promise<readonly NodeView[]>;
  jobs(): Promise<readonly JobView[]>;
  /** Oldest first. */
  events(after?: number, options?: EventsOptions): Promise<FleetEvents>;
  /** Errors: `JOB_NOT_FOUND`, `NODE_NOT_FOUND`. */
  explain(subject: ExplainSubject): Promise<Explanation>;
  status(): Promise<HeadStatus>;
  /** Of those that the cluster makes by itself; undefined where its file wants none. */
  backups(): Promise<BackupState | undefined>;
  /**
   * Has the head look at once whether its cluster has another file. Does nothing when there is none.
   *
   * @returns the version that is in force.
   */
  lookForUpdate(): Promise<{ readonly fileVersion: number | null }>;
  /** Fleet, nodes and jobs of the same moment. */
  snapshot(): Promise<ClusterSnapshot>;
}

export function headControl(
  shell: HeadShell,
  cluster: string,
  options: HeadControlOptions = {},
): HeadControl {
  const ctl = async <T>(...words: readonly string[]): Promise<T> => {
    const argv = [HEAD_PROGRAM, "ctl", ...words];
    const execOptions = options.signal === undefined ? {} : { signal: options.signal };
    const result = await shell
      .exec(cluster, { argv, user: "root" }, execOptions)
      .catch((error: unknown) => {
        options.signal?.throwIfAborted();
        // What the caller can mend (no rights, no such cluster) is clearer in its own words.
        if (isSluiceError(error) && error.source === "user" && !isOfHead(error)) throw error;
        throw unreachable(cluster, messageOf(error), error);
      });
    return answerOf<T>(cluster, result.exitCode, result.stdout, result.stderr);
  };
  return {
    fleet: () => ctl<ComputeFleet>("fleet").then(wholeFleet),
    startFleet: () => ctl<ComputeFleet>("fleet-start").then(wholeFleet),
    stopFleet: () => ctl<ComputeFleet>("fleet-stop").then(wholeFleet),
    nodes: () => ctl("nodes"),
    jobs: () => ctl("jobs"),
    events: (after = 0, { waitSeconds = 0 } = {}) =>
      ctl("events", "--after", `${after}`, "--wait", `${waitSeconds}`),
    explain: (subject) =>
      "job" in subject
        ? ctl("explain", "--job", subject.job)
        : ctl("explain", "--node", subject.node),
    status: async () => {
      const status = await ctl<HeadStatus>("status");
      return { ...status, fleet: wholeFleet(status.fleet) };
    },
    backups: async () => {
      const state = await ctl<Partial<BackupState>>("backups");
      return state.ok === undefined ? undefined : (state as BackupState);
    },
    lookForUpdate: () => ctl("update"),
    snapshot: async () => {
      const snapshot = await ctl<ClusterSnapshot>("watch", "--count", "1");
      return { ...snapshot, fleet: wholeFleet(snapshot.fleet) };
    },
  };
}

/** A head keeps the program that it was created with, which may not know all that is here. */
function wholeFleet(fleet: ComputeFleet): ComputeFleet {
  const older: Partial<ComputeFleet> = fleet;
  return {
    ...fleet,
    protected: older.protected ?? [],
    cost: older.cost ?? { usdPerHour: 0, unpriced: 0 },
  };
}

function answerOf<T>(cluster: string, exitCode: number, stdout: string, stderr: string): T {
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch (error) {
    const said = stderr.trim().split("\n").at(-1);
    throw unreachable(cluster, said || `exit code ${exitCode} and no answer`, error);
  }
  if (typeof answer === "object" && answer !== null && "error" in answer) {
    throw errorFrom(answer.error);
  }
  if (exitCode !== 0) throw unreachable(cluster, `exit code ${exitCode}`);
  return answer as T;
}

type ErrorDocument = ReturnType<SluiceError["toJSON"]>;

/** The error of a document that a program on the head wrote. */
export function errorFrom(json: unknown): SluiceError {
  const fallback = { code: "HEAD_FAILED", source: "system", message: "the head gave no reason" };
  const said = { ...fallback, ...(typeof json === "object" ? json : {}) } as ErrorDocument;
  return new SluiceError(said.code, said.source, said.message, {
    ...(said.hint === undefined ? {} : { hint: said.hint }),
  });
}

/** A head that is off is no answer either, whoever's turn it is to switch it on. */
function isOfHead(error: SluiceError): boolean {
  return error.code.startsWith("HEAD_");
}

function unreachable(cluster: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError(
    "HEAD_UNREACHABLE",
    "system",
    `the head node of ${cluster} does not answer: ${why}`,
    {
      hint: hintOf(cause) ?? `look at the head's log (sluice logs -n ${cluster} head)`,
      cause,
    },
  );
}

function hintOf(cause: unknown): string | undefined {
  return isSluiceError(cause) ? cause.hint : undefined;
}
