import { type ApplyOptions, type ClusterRecord, isInService } from "@sluice/cloud";
import { waitForFleet } from "./compute-fleet.ts";
import { headControl } from "./head-control.ts";
import {
  interrupted,
  type LongOperation,
  requireCluster,
  signalOf,
  wrongState,
} from "./operation.ts";
import { type ClusterSummary, summaryOf } from "./views.ts";

/**
 * Stops a whole cluster: its compute fleet, then its head. Jobs that run are requeued; the queue,
 * accounting and shared storage stay. A cluster that is stopped already stays so; after a failure
 * or an interruption, asking again goes on where it ended.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `HEAD_UNREACHABLE`, `FLEET_TIMEOUT`,
 * `INTERRUPTED`, and what the cloud says.
 */
export async function stopCluster(operation: LongOperation): Promise<ClusterSummary> {
  const { cloud, name } = operation;
  const record = await requireCluster(cloud, name);
  if (record.status === "STOPPED") return summaryOf(record);
  // The machines that an update waits for would go with the head.
  const isUpdating = record.status === "UPDATE_IN_PROGRESS" && isLed(record);
  if (!isInService(record.status) || isUpdating) throw wrongState(record);

  // A head that is gone can't stop the fleet; turning it off takes what is left of that along.
  if (isLed(record)) {
    const control = headControl(cloud.shell, name);
    await control.stopFleet();
    await waitForFleet(operation, control, "STOPPED");
  }
  await withInterruption(operation, "stopping", (options) =>
    cloud.infrastructure.stopHead(name, options),
  );
  return summaryOf(await requireCluster(cloud, name));
}

/**
 * Starts a stopped cluster, or one whose head machine died: its head, then its compute fleet. Waits for
 * a head that the cloud is making anew by itself. Also
 * starts the fleet of a cluster whose head runs already, so that an interrupted start can be asked
 * for again.
 *
 * Errors: as `stopCluster`, and `FLEET_PROTECTED`.
 */
export async function startCluster(operation: LongOperation): Promise<ClusterSummary> {
  const { cloud, name } = operation;
  const record = await requireCluster(cloud, name);
  if (record.status !== "STOPPED" && !isInService(record.status)) throw wrongState(record);
  const startHead = () =>
    withInterruption(operation, "starting", (options) =>
      cloud.infrastructure.startHead(name, options),
    );
  if (record.status === "STOPPED" || !isLed(record)) await startHead();

  const control = headControl(cloud.shell, name);
  await control.startFleet().catch(async (error: unknown) => {
    // It may have died a moment ago, before the cloud's record said so.
    if (isLed(await requireCluster(cloud, name))) throw error;
    await startHead();
    await control.startFleet();
  });
  await waitForFleet(operation, control, "RUNNING");
  return summaryOf(await requireCluster(cloud, name));
}

/** Whether there is a head that does its work; one that is being made anew does not yet. */
function isLed({ head, heads }: ClusterRecord): boolean {
  return heads?.some(({ role }) => role === "leading") ?? head !== undefined;
}

async function withInterruption(
  operation: LongOperation,
  doing: "stopping" | "starting",
  work: (options: ApplyOptions) => Promise<void>,
): Promise<void> {
  const signal = signalOf(operation);
  const again = `finish it with: sluice ${doing === "stopping" ? "stop" : "start"}-cluster -n`;
  try {
    await work({ onProgress: operation.onProgress ?? (() => {}), signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    const what = `${doing} cluster ${operation.name}`;
    throw interrupted(what, `${again} ${operation.name}`, error);
  }
}
