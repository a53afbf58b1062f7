import { isInService, type OnProgress } from "@sluice/cloud";
import { messageOf, SluiceError } from "@sluice/model";
import { requireUpdatable } from "./cluster-files.ts";
import type { Fleet } from "./fleet.ts";
import type { Heads } from "./heads.ts";
import type { MachineImages } from "./images.ts";
import type { LiveCluster } from "./live-cluster.ts";
import type { LocalReplaceHeadRequest } from "./requests.ts";
import type { MachineRow, NextHead } from "./rows.ts";
import { step } from "./step.ts";
import type { LocalStore } from "./store.ts";

export interface ReplaceHeadParts {
  readonly store: LocalStore;
  readonly heads: Heads;
  readonly fleet: Fleet;
  readonly images: MachineImages;
  readonly require: (name: string) => LiveCluster;
  readonly report: OnProgress;
  readonly signal: AbortSignal;
  /** Has a machine shut itself down, by its launcher's process. */
  readonly powerOff: (launcher: number) => Promise<void>;
}

/**
 * Makes one head machine anew from the request's file. What is to be made is in the record before a
 * machine goes, so that whoever makes heads after a death in between makes the same.
 */
export async function replaceHead(
  parts: ReplaceHeadParts,
  request: LocalReplaceHeadRequest,
): Promise<void> {
  const { store, heads, images, signal } = parts;
  const { name, machine, config, configText, headUserData } = request;
  const { row } = parts.require(name);
  requireReplaceable(row.status, request);
  requireUpdatable(row, request);
  const image = await images.ofCluster(config);
  const imageRoot = await step(parts.report, "image", image.title, () =>
    image.ensure({ signal, onProgress: info(parts, "image") }),
  );
  const next: NextHead = { configText, headUserData, imageRoot };
  store.updateCluster(name, { nextHead: JSON.stringify(next) });
  const former = heads.machines(name).find(({ id }) => id === machine);
  try {
    if (former !== undefined) await takeAway(parts, former);
    await boot(parts, name);
  } catch (error) {
    if (!request.isReversible) throw error;
    await backTo(parts, { name, nextHead: row.nextHead, node: former?.node, error });
  }
}

/** The one that leads alone by its own systemd, so that slurmctld saves all it knows. */
async function takeAway(parts: ReplaceHeadParts, row: MachineRow): Promise<void> {
  const { heads, fleet } = parts;
  await step(parts.report, "head", `taking ${row.node} (${row.id}) away`, async () => {
    if (heads.leader(row.cluster)?.id === row.id && heads.machines(row.cluster).length === 1) {
      await heads.stop(row.cluster, parts.powerOff);
    }
    await fleet.remove(heads.machines(row.cluster).filter(({ id }) => id === row.id));
  });
}

async function boot(parts: ReplaceHeadParts, name: string): Promise<void> {
  const { report: onProgress, signal } = parts;
  await parts.heads.boot(parts.require(name), { onProgress, signal, all: true });
}

/** @throws what was wrong with the new machine, once the former one is there again. */
async function backTo(
  parts: ReplaceHeadParts,
  {
    name,
    nextHead,
    node,
    error,
  }: {
    readonly name: string;
    readonly nextHead: string | null;
    readonly node: string | undefined;
    readonly error: unknown;
  },
): Promise<never> {
  const { store, heads, fleet } = parts;
  info(parts, "head")(`${messageOf(error)}; goes back to a machine as before`);
  store.updateCluster(name, { nextHead });
  // Where it is not known which one was made, whichever does not do its work.
  const idle = heads.views(name).filter(({ role }) => role === "starting");
  const ids = new Set(idle.map((view) => view.machine.id));
  const failed = heads.machines(name).filter((row) => row.node === node || ids.has(row.id));
  await fleet.remove(failed);
  // What was called off is finished all the same: a cluster without a head helps nobody.
  await boot({ ...parts, signal: new AbortController().signal }, name);
  throw new SluiceError(
    "HEAD_REPLACE_FAILED",
    "system",
    `the new head of ${name} did not come up: ${messageOf(error)}`,
    { hint: "a machine like the former one is the head again", cause: error },
  );
}

function info({ report }: ReplaceHeadParts, resource: string): (message: string) => void {
  return (message) => report({ time: new Date(), resource, status: "info", message });
}

function requireReplaceable(
  status: Parameters<typeof isInService>[0],
  { name }: LocalReplaceHeadRequest,
): void {
  if (isInService(status) && status !== "UPDATE_IN_PROGRESS") return;
  throw new SluiceError("CLUSTER_WRONG_STATE", "user", `cluster ${name} is ${status}`, {
    hint: "a head is made anew while its cluster is in service and no update is under way",
  });
}
