import {
  type ComputeFleet,
  type ComputeFleetStatus,
  isSluiceError,
  SluiceError,
} from "@sluice/model";
import { type HeadControl, headControl } from "./head-control.ts";
import {
  type ClusterOperation,
  interrupted,
  type LongOperation,
  reporter,
  requireHead,
} from "./operation.ts";

/** Seconds between two looks at a fleet that is being waited for. */
const POLL_SECONDS = 1;

/** How long an operation waits for a fleet before it says that this is not normal. */
export const FLEET_TIMEOUT_SECONDS = 900;

/** Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `HEAD_UNREACHABLE`. */
export async function describeComputeFleet(operation: ClusterOperation): Promise<ComputeFleet> {
  await requireHead(operation.cloud, operation.name);
  return controlOf(operation).fleet();
}

export interface UpdateComputeFleet extends LongOperation {
  readonly status: "START_REQUESTED" | "STOP_REQUESTED";
  /** Resolve only once the fleet is RUNNING or STOPPED. */
  readonly wait: boolean;
}

/**
 * Starts or stops the compute fleet; asking for what is already so is fine.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `HEAD_UNREACHABLE`; with `wait` also
 * `FLEET_TIMEOUT`, `FLEET_PROTECTED` and `INTERRUPTED` (the request stands in all three).
 */
export async function updateComputeFleet(operation: UpdateComputeFleet): Promise<ComputeFleet> {
  await requireHead(operation.cloud, operation.name);
  const control = controlOf(operation);
  const start = operation.status === "START_REQUESTED";
  const fleet = await (start ? control.startFleet() : control.stopFleet());
  if (!operation.wait) return fleet;
  return waitForFleet(operation, control, start ? "RUNNING" : "STOPPED");
}

/** Waits until the fleet is `wanted` and, if given, `isEnough` agrees; reports each change. */
export async function waitForFleet(
  operation: LongOperation,
  control: HeadControl,
  wanted: "RUNNING" | "STOPPED",
  isEnough: (fleet: ComputeFleet) => boolean = () => true,
): Promise<ComputeFleet> {
  const { clock, name, signal } = operation;
  const report = reporter(operation, "compute fleet");
  const startedAt = clock.now().getTime();
  let told = "";
  report("started", `until it is ${wanted}`);
  for (;;) {
    const fleet = await lookAt(control);
    if (signal?.aborted) {
      report("failed", "no longer waited for");
      throw interrupted(
        `waiting for the compute fleet of ${name}`,
        `the request stands; see its state with: sluice describe-compute-fleet -n ${name}`,
      );
    }
    if (fleet?.status === wanted && isEnough(fleet)) {
      report("done", describe(fleet));
      return fleet;
    }
    if (wanted === "RUNNING" && fleet?.status === "PROTECTED") {
      report("failed", describe(fleet));
      throw new SluiceError(
        "FLEET_PROTECTED",
        "system",
        `the compute fleet of ${name} is PROTECTED: machines${namesOf(fleet)} do not register`,
        {
          hint: `see what its machines said (sluice describe-compute-fleet -n ${name}), then start the fleet again`,
        },
      );
    }
    if (clock.now().getTime() - startedAt > FLEET_TIMEOUT_SECONDS * 1000) {
      report("failed", fleet === undefined ? "the head does not answer" : describe(fleet));
      throw new SluiceError(
        "FLEET_TIMEOUT",
        "system",
        `the compute fleet of ${name} is not ${wanted} after ${FLEET_TIMEOUT_SECONDS} s`,
        { hint: `see what it does in its events (sluice events -n ${name})` },
      );
    }
    const now = fleet === undefined ? "the head does not answer at the moment" : describe(fleet);
    if (now !== told) report("info", now);
    told = now;
    await clock.sleep(POLL_SECONDS * 1000, signal);
  }
}

/** Undefined while the daemon restarts: a fleet that is waited for outlives that. */
async function lookAt(control: HeadControl): Promise<ComputeFleet | undefined> {
  try {
    return await control.fleet();
  } catch (error) {
    if (isSluiceError(error) && error.code === "HEAD_UNREACHABLE") return undefined;
    throw error;
  }
}

/** How many nodes of all queues are in a Slurm state that takes jobs. */
export function nodesUp(fleet: ComputeFleet): number {
  return fleet.queues.reduce((sum, queue) => sum + queue.nodes.up, 0);
}

function namesOf(fleet: ComputeFleet): string {
  const names = fleet.protected.map((one) => `${one.queue}/${one.computeResource}`);
  return names.length === 0 ? "" : ` of ${names.join(", ")}`;
}

function describe(fleet: ComputeFleet): string {
  const starting = fleet.queues.reduce((sum, queue) => sum + queue.nodes.starting, 0);
  const words: Record<string, number> = { up: nodesUp(fleet), starting };
  const nodes = Object.entries(words)
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`);
  return [fleet.status satisfies ComputeFleetStatus, ...nodes].join(", ");
}

// Waits check `signal` themselves: the request to the head is short and must not be torn.
function controlOf({ cloud, name }: ClusterOperation): HeadControl {
  return headControl(cloud.shell, name);
}
