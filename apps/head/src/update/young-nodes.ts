import { phaseOf } from "@sluice/capacity";
import type { Clock } from "@sluice/model";
import { isOurReason, type SlurmControl, type SlurmNode } from "@sluice/slurm";
import { isHeldByUpdate } from "./plan/nodes.ts";

/** slurmctld hears from each node at least this often: a third of SlurmdTimeout, and some more. */
const YOUNG_SECONDS = 90;
const LOOK_MILLISECONDS = 100;
const MOST_LOOKS = 40;

/**
 * Has slurmctld hear once more from every node that came up a short while ago, before it reads its
 * state anew.
 *
 * slurmctld takes a node for rebooted, and requeues its jobs, when the node's boot is later than the
 * last that was heard of it. Both are whole seconds, and the boot is reckoned anew at each
 * registration, a second later or not. A node that was heard in the second of its start and never
 * since, and that registers again after a restart of slurmctld, may lose its jobs by that. Releasing
 * a node that nobody holds changes nothing about it, and slurmctld pings it within a second.
 *
 * Not beyond doubt: of the first fifty nodes, slurmctld's first ping after its start is a request to
 * register. It would come within a minute anyway, with whatever it does.
 */
export async function hearFromYoungNodes(slurm: SlurmControl, clock: Clock): Promise<void> {
  const young = (await slurm.nodes()).filter((node) => isYoung(node, clock.now()));
  if (young.length === 0) return;
  const latest = Math.max(...young.map((node) => startOf(node)));
  await clock.sleep(Math.max(0, latest + 2000 - clock.now().getTime()));
  const names = young.map(({ name }) => name);
  await slurm.updateNodes(names, { state: "UNDRAIN" });
  // Those that are on their way out are drained for it, and are so again at once.
  const ours = Map.groupBy(young.filter(isDraining), ({ reason }) => reason);
  for (const [reason = "", nodes] of ours) {
    const going = nodes.map(({ name }) => name);
    await slurm.updateNodes(going, { state: "POWER_DOWN_ASAP", reason });
  }
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    await clock.sleep(LOOK_MILLISECONDS);
    const nodes = await slurm.nodes({ names });
    if (nodes.every(({ flags }) => !flags.has("NOT_RESPONDING"))) return;
  }
}

/** It is up, and nobody else holds it: to release it would be the end of that. */
function isYoung(node: SlurmNode, now: Date): boolean {
  return (
    phaseOf(node) === "up" &&
    (!node.flags.has("DRAIN") || isDraining(node)) &&
    now.getTime() - startOf(node) < YOUNG_SECONDS * 1000
  );
}

function isDraining(node: SlurmNode): boolean {
  const isOurs = isHeldByUpdate(node) || isOurReason(node.reason);
  return isOurs && node.flags.has("DRAIN") && node.flags.has("POWER_DOWN");
}

function startOf({ bootTime, slurmdStartTime }: SlurmNode): number {
  return Math.max(bootTime?.getTime() ?? 0, slurmdStartTime?.getTime() ?? 0);
}
