import { messageOf } from "@sluice/model";
import type { NodeManagerDeps } from "../contract.ts";
import { eachOf } from "../each-of.ts";
import type { JobGate } from "../job-gate.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import type { Action } from "../plan/action.ts";
import { offeringId, poolId } from "../pools.ts";
import type { Notice } from "../store/contract.ts";
import type { Launcher } from "./launcher.ts";
import type { Parker } from "./parker.ts";
import type { Recorder } from "./recorder.ts";
import type { Returner } from "./returner.ts";
import type { Terminator } from "./terminator.ts";

export interface Actors {
  readonly launcher: Launcher;
  readonly terminator: Terminator;
  readonly parker: Parker;
  readonly returner: Returner;
  readonly gate: JobGate;
  readonly recorder: Recorder;
  /** By node: when it was last asked to power up, in milliseconds since the epoch. */
  readonly poweredUp: Map<string, number>;
}

/** slurmctld does not show that a node is to power up, and begins with it within a second. */
const POWER_UP_MILLISECONDS = 2000;

type UpdateNodes = Extract<Action, { kind: "update-nodes" }>;

/**
 * Lets a plan take effect, in its order. One action that fails is logged and left to the next pass;
 * the others go on.
 */
export async function apply(
  actions: readonly Action[],
  snapshot: Snapshot,
  deps: NodeManagerDeps,
  actors: Actors,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, log, slurm } = deps;
  const { recorder } = actors;
  const of = <K extends Action["kind"]>(kind: K) =>
    actions.filter((one): one is Extract<Action, { kind: K }> => one.kind === kind);

  const remembered = of("remember");
  store.saveIntents(
    remembered.flatMap((one) => one.save),
    remembered.flatMap((one) => one.drop),
  );
  const registered = remembered
    .flatMap((one) => one.save)
    .filter((one) => one.state === "registered");
  for (const intent of registered) recorder.add("registered", "node registered", intent);
  const delivering = new Set(registered.map((one) => JSON.stringify([one.pool, one.offering])));
  store.dropUnavailable(
    store
      .unavailable()
      .filter(
        ({ pool, offering, until }) =>
          until <= snapshot.now && delivering.has(JSON.stringify([pool, offering])),
      ),
  );

  const failed = of("offering-failed");
  if (failed.length > 0) store.saveUnavailable(failed.map((one) => one.item));
  for (const { reason } of failed) recorder.add("offering-failed", reason);

  const eased = of("ease-offerings");
  if (eased.length > 0) store.saveUnavailable(eased.flatMap((one) => one.save));
  for (const { save, reason } of eased) {
    for (const item of save) {
      recorder.add(
        "offering-eased",
        `${poolId(item.pool)} ${offeringId(item.offering)}: ${reason}`,
      );
    }
  }

  store.saveHealth(of("health").map((one) => one.item));
  store.dropHealth(of("healthy").map((one) => one.pool));
  for (const { item, reason } of of("health")) {
    recorder.add(item.protectedAt === undefined ? "boot-failed" : "protected", reason, {
      node: item.last?.node ?? poolId(item.pool),
      machineId: item.last?.machineId,
    });
  }
  for (const { reason } of of("healthy")) recorder.add("healthy", reason);

  const notices = of("notices");
  const latest = new Map(store.notices().map((one) => [one.machineId, one]));
  store.saveNotices(
    // What the cloud said during this pass counts more.
    notices
      .flatMap((one) => one.save)
      .map((one) => ({ ...one, deadline: latest.get(one.machineId)?.deadline ?? one.deadline })),
    notices.flatMap((one) => one.drop),
  );

  actors.launcher.begin(of("launch"), snapshot.menu, signal);
  actors.terminator.begin(of("terminate"), signal);
  actors.parker.begin([...of("park"), ...of("unpark")], signal);

  const [first] = registered;
  if (first !== undefined) {
    // Or a slurmctld that is killed comes back without them.
    await slurm.saveNodes(first.node, { signal }).catch((error: unknown) => {
      log.warn({ error: messageOf(error) }, "slurmctld may forget nodes if it is killed");
    });
  }

  const attempt = async (what: object, call: () => Promise<void>) => {
    try {
      await call();
    } catch (error) {
      log.warn({ ...what, error: messageOf(error) }, "left to the next pass");
    }
  };
  for (const { partition, state, reason } of of("update-partition")) {
    await attempt({ partition, state }, async () => {
      await slurm.updatePartition(partition, state, { signal });
      recorder.add("partition", `${partition} is ${state}: ${reason}`);
    });
  }
  await updateNodes(of("update-nodes"), snapshot, deps, actors, signal);

  await eachOf(of("signal-job"), async ({ jobId, signal: wanted, reason }) => {
    await attempt({ job: jobId, wanted }, async () => {
      try {
        await slurm.signalJob(jobId, wanted, { signal });
      } catch (error) {
        // It was written down as sent; the next pass is to send it.
        store.saveNotices(unsignalled(store.notices(), jobId));
        throw error;
      }
      recorder.add("job-signalled", `${wanted.signal}: ${reason}`, { jobId });
    });
  });
  const requeued = of("requeue");
  const returned = of("give-back");
  // Written down first: a job that is requeued and forgotten would wait for two minutes.
  const jobIds = requeued.map((one) => one.jobId);
  if (jobIds.length > 0) actors.returner.add(jobIds, signal);
  if (returned.length > 0) actors.returner.giveBack(returned, signal);
  // At once: later the job may wait here again, on other nodes.
  for (const { jobId, reason } of returned) {
    recorder.add("job-returned", reason, { jobId });
    actors.gate.giveBack(jobId, reason);
  }
  await eachOf(requeued, async ({ jobId, reason }) => {
    await attempt({ job: jobId }, async () => {
      await slurm.requeue(jobId, { signal });
      recorder.add("job-requeued", reason, { jobId });
    });
  });
  for (const { status, reason } of of("fleet-status")) {
    // A request that came during this pass counts more.
    if (store.fleet().status !== snapshot.fleet.status) continue;
    store.saveFleet({ status, updatedAt: clock.now() });
    recorder.add("fleet", `${status}: ${reason}`);
  }
}

function unsignalled(notices: readonly Notice[], jobId: number): readonly Notice[] {
  return notices
    .filter(({ signalled }) => signalled.some((one) => one.jobId === jobId))
    .map((one) => ({ ...one, signalled: one.signalled.filter((it) => it.jobId !== jobId) }));
}

/** Looks at the nodes once more: those that changed since the plan was made are left alone. */
async function updateNodes(
  updates: readonly UpdateNodes[],
  snapshot: Snapshot,
  { slurm, log, clock }: NodeManagerDeps,
  { recorder, poweredUp }: Actors,
  signal: AbortSignal,
): Promise<void> {
  if (updates.length === 0) return;
  const now = clock.now().getTime();
  const isAsked = (name: string) =>
    now - (poweredUp.get(name) ?? Number.NEGATIVE_INFINITY) < POWER_UP_MILLISECONDS;
  for (const name of poweredUp.keys()) if (!isAsked(name)) poweredUp.delete(name);
  const planned = new Map(snapshot.nodes.map((node) => [node.name, node]));
  const names = updates.flatMap((one) => one.nodes);
  const unchanged = new Set<string>();
  for (const node of await slurm.nodes({ names, signal })) {
    const before = planned.get(node.name);
    if (before?.state === node.state && before.reason === node.reason) unchanged.add(node.name);
  }
  for (const { nodes, update, reason } of updates) {
    const still = nodes.filter(
      (name) => unchanged.has(name) && (update.state !== "POWER_UP" || !isAsked(name)),
    );
    if (still.length === 0) continue;
    const done = (node: string) => {
      if (update.state === "POWER_UP") poweredUp.set(node, now);
      recorder.add("node", `${update.state}: ${reason}`, { node });
    };
    try {
      await slurm.updateNodes(still, update, { signal });
      for (const node of still) done(node);
    } catch (error) {
      log.warn({ nodes: still, update, error: messageOf(error) }, "asked again one by one");
      for (const node of still) {
        try {
          await slurm.updateNodes([node], update, { signal });
          done(node);
        } catch (again) {
          log.warn({ node, update, error: messageOf(again) }, "left to the next pass");
        }
      }
    }
  }
}
