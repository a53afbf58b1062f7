import { expandHostList } from "@sluice/slurm";
import type { Snapshot } from "../observe/snapshot.ts";
import type { Action } from "./action.ts";

type Planner = (snapshot: Snapshot) => readonly Action[];

const OFF = ["IDLE", "CLOUD", "POWERED_DOWN"] as const;

/**
 * What a plan would launch or switch on because some nodes are gone: switched off, with their
 * machines, and with the jobs that are on them.
 *
 * @param planner the planner to ask: `planKeeping`, or scaling in would ask itself.
 * @returns names of nodes.
 */
export function whatIf(
  snapshot: Snapshot,
  gone: ReadonlySet<string>,
  planner: Planner,
): ReadonlySet<string> {
  const before = broughtUp(planner(snapshot));
  const after = broughtUp(planner(without(snapshot, gone)));
  return new Set([...after].filter((name) => !before.has(name)));
}

function without(snapshot: Snapshot, gone: ReadonlySet<string>): Snapshot {
  const stays = ({ node }: { readonly node: string }) => !gone.has(node);
  const [base, ...flags] = OFF;
  return {
    ...snapshot,
    nodes: snapshot.nodes.map((node) =>
      gone.has(node.name) ? { ...node, state: OFF.join("+"), base, flags: new Set(flags) } : node,
    ),
    machines: snapshot.machines.filter(stays),
    intents: snapshot.intents.filter(stays),
    notices: snapshot.notices.filter(stays),
    jobs: snapshot.jobs?.filter(
      (job) => job.nodes === "" || !expandHostList(job.nodes).some((name) => gone.has(name)),
    ),
  };
}

function broughtUp(actions: readonly Action[]): ReadonlySet<string> {
  return new Set(
    actions.flatMap((action) => {
      if (action.kind === "launch") return action.items.map((item) => item.node);
      if (action.kind === "unpark") return [action.node];
      return action.kind === "update-nodes" && action.update.state === "POWER_UP"
        ? action.nodes
        : [];
    }),
  );
}
