import type { Cloud, ClusterRecord, FileVersion, Progress } from "@sluice/cloud";
import {
  type Change,
  type ChangePlan,
  type ClusterConfig,
  type ComputeFleetStatus,
  findingsError,
  isSluiceError,
  parseStoredClusterFile,
  planChange,
  SluiceError,
} from "@sluice/model";
import { describeComputeFleet } from "./compute-fleet.ts";
import { type HeadControl, headControl } from "./head-control.ts";
import {
  interrupted,
  type LongOperation,
  reporter,
  requireCluster,
  requireHead,
  signalOf,
} from "./operation.ts";
import { type ClusterSummary, summaryOf } from "./views.ts";

export interface UpdateCluster extends LongOperation {
  readonly config: ClusterConfig;
  /** The cluster file as it was given; every one that a cluster is given is kept with it. */
  readonly configText: string;
}

/** One difference, in the words of ParallelCluster's change set. */
export interface ChangeView {
  readonly parameter: string;
  readonly currentValue: unknown;
  readonly requestedValue: unknown;
}

export interface UpdatedCluster {
  readonly cluster: ClusterSummary;
  /** Number of the file that is in force. */
  readonly fileVersion: number;
  readonly changeSet: readonly ChangeView[];
}

const LOOK_SECONDS = 0.5;

/** The cluster can't have what its new file says; nothing was changed. */
export class UpdateConflictError extends SluiceError {
  readonly updateValidationErrors: readonly (ChangeView & { readonly message: string })[];

  constructor(name: string, refused: readonly Change[]) {
    const count = refused.length === 1 ? "a change" : `${refused.length} changes`;
    const lines = refused.map(
      ({ path, reason, suggestion }) =>
        `  ${path}: ${reason}${suggestion === undefined ? "" : `; ${suggestion}`}`,
    );
    super(
      "UPDATE_CONFLICT",
      "user",
      [`cluster ${name} can't have ${count} of its file`, ...lines].join("\n"),
      { hint: "correct the file; nothing was changed" },
    );
    this.updateValidationErrors = refused.map((change) => ({
      ...changeView(change),
      message: change.reason,
    }));
  }

  override toJSON() {
    return { ...super.toJSON(), updateValidationErrors: this.updateValidationErrors };
  }
}

/**
 * What `updateCluster` would do; touches nothing.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`; `CLUSTER_FILE_INVALID` for a file in force that
 * this version can't read.
 */
export async function planUpdate(
  operation: Pick<UpdateCluster, "cloud" | "name" | "config">,
): Promise<ChangePlan> {
  return (await planned(operation)).plan;
}

/**
 * Gives a cluster another file and waits until it is in force: what can be changed at once is, nodes
 * finish their jobs first where the file says so, and a fleet that has to stop is stopped and
 * started again. The head does it, whether or not anybody waits. While an update is under way only
 * the file in force is taken, which calls it off.
 *
 * Errors: those of `planUpdate`, `UPDATE_CONFLICT`, `CLUSTER_BUSY`, `UPDATE_VERSION_CONFLICT`,
 * `HEAD_UNREACHABLE` and `HEAD_OUTDATED`, with nothing changed; `UPDATE_FAILED`, with the former file in force again;
 * `INTERRUPTED`, while it goes on.
 */
export async function updateCluster(operation: UpdateCluster): Promise<UpdatedCluster> {
  const { name, configText } = operation;
  const { plan, record } = await planned(operation);
  const refused = plan.changes.filter(({ effect }) => effect === "refused");
  if (refused.length > 0) throw new UpdateConflictError(name, refused);
  const changeSet = plan.changes.map(changeView);
  // Of one that failed the cloud may still have what it made.
  const isSettled = !["UPDATE_IN_PROGRESS", "UPDATE_FAILED"].includes(record.status);
  const isThere = record.configText === configText && isSettled;
  if (isThere) return { cluster: summaryOf(record), fileVersion: record.fileVersion, changeSet };

  const cluster = await putInForce(operation, record);
  return { cluster: summaryOf(cluster), fileVersion: cluster.fileVersion, changeSet };
}

/** Gives the cluster the file, with no look at whether it can have it, and waits as `updateCluster`. */
export async function putInForce(
  operation: UpdateCluster,
  record: ClusterRecord,
): Promise<ClusterRecord> {
  const { cloud, name, config, configText } = operation;
  const control = headControl(cloud.shell, name);
  await requireUpdatingHead(control, name);
  const begun = (await cloud.infrastructure.events(name)).length;
  const options = {
    onProgress: operation.onProgress ?? (() => {}),
    signal: signalOf(operation),
  };
  const version = await cloud.infrastructure.update(
    { name, config, configText, replaces: record.fileVersion },
    options,
  );
  // It would find out by itself, some seconds later.
  await control.lookForUpdate().catch(() => {});
  return untilInForce(operation, version, begun);
}

async function planned({
  cloud,
  name,
  config,
}: Pick<UpdateCluster, "cloud" | "name" | "config">): Promise<{
  readonly plan: ChangePlan;
  readonly record: ClusterRecord;
}> {
  const record = await requireHead(cloud, name);
  const status = await fleetStatus(cloud, name);
  const parsed = parseStoredClusterFile(record.configText, `the file of ${name}`);
  if (!parsed.ok) throw findingsError(parsed.findings);
  const fleet = status === "STOPPED" ? "stopped" : "running";
  return { record, plan: planChange(parsed.config, config, { fleet }) };
}

/** A fleet of which nothing is known counts as running: its nodes may. The head plans for itself. */
async function fleetStatus(cloud: Cloud, name: string): Promise<ComputeFleetStatus> {
  try {
    return (await describeComputeFleet({ cloud, name })).status;
  } catch (error) {
    if (isSluiceError(error) && error.code === "HEAD_UNREACHABLE") return "UNKNOWN";
    throw error;
  }
}

/** A head keeps the program that it was created with. */
async function requireUpdatingHead(control: HeadControl, name: string): Promise<void> {
  try {
    await control.lookForUpdate();
  } catch (error) {
    if (!isSluiceError(error) || error.code !== "USAGE") throw error;
    throw new SluiceError(
      "HEAD_OUTDATED",
      "user",
      `the head of ${name} was made by a version of Sluice that can't update a cluster`,
      { hint: "delete the cluster and create it again from the new file", cause: error },
    );
  }
}

async function untilInForce(
  operation: UpdateCluster,
  { version }: FileVersion,
  begun: number,
): Promise<ClusterRecord> {
  const { cloud, name, clock, signal } = operation;
  const tell = teller(operation, begun);
  for (;;) {
    const record = await requireCluster(cloud, name);
    await tell(record);
    if (record.fileVersion === version) return record;
    if (record.status !== "UPDATE_IN_PROGRESS") throw await notInForce(operation, version, record);
    if (signal?.aborted) {
      throw interrupted(
        `waiting for the update of ${name}`,
        `the head goes on with it; follow it with: sluice events -n ${name} --follow; call it off with: sluice update-cluster -n ${name} --call-off`,
      );
    }
    await clock.sleep(LOOK_SECONDS * 1000, signal);
  }
}

/** Passes on what the head says of its update, each thing once. */
function teller(operation: UpdateCluster, begun: number) {
  const { cloud, name, onProgress } = operation;
  const report = reporter(operation, "update");
  let told = begun;
  let wasOff = false;
  return async ({ head }: ClusterRecord): Promise<void> => {
    const isOff = head === undefined;
    if (isOff && !wasOff) {
      report("info", `the head is off; the update goes on with: sluice start-cluster -n ${name}`);
    }
    wasOff = isOff;
    const events: readonly Progress[] = await cloud.infrastructure.events(name);
    for (const event of events.slice(told)) if (event.resource === "update") onProgress?.(event);
    told = events.length;
  };
}

async function notInForce(
  { cloud, name }: UpdateCluster,
  version: number,
  record: ClusterRecord,
): Promise<SluiceError> {
  const kept = (await cloud.infrastructure.files(name)).find((file) => file.version === version);
  if (kept?.state === "replaced") {
    return new SluiceError("UPDATE_FAILED", "user", `the update of ${name} was called off`, {
      hint: `version ${record.fileVersion} of its file is in force`,
    });
  }
  return new SluiceError(
    "UPDATE_FAILED",
    "system",
    `${name} could not be updated: ${record.statusReason ?? "its head gave no reason"}`,
    { hint: `version ${record.fileVersion} of its file is in force again` },
  );
}

function changeView({ path, from, to }: Change): ChangeView {
  return { parameter: path, currentValue: from ?? null, requestedValue: to ?? null };
}
