import type { NextStep } from "@sluice/model";
import type { Action } from "../plan/action.ts";
import { offeringId } from "../pools.ts";
import type { Intent } from "../store/contract.ts";
import type { Facts } from "./facts.ts";
import { timeAfter } from "./pool.ts";
import { count } from "./words.ts";

export interface Scope {
  readonly nodes: ReadonlySet<string>;
  readonly jobIds: ReadonlySet<number>;
}

/** What the planner wants done now with these nodes and jobs, and what its clocks will bring. */
export function stepsOf(facts: Facts, scope: Scope): readonly NextStep[] {
  const { snapshot, actions } = facts;
  const time = snapshot.now.toISOString();
  // What becomes of the job counts more than what becomes of its nodes.
  const inOrder = actions.toSorted((a, b) => Number("jobId" in b) - Number("jobId" in a));
  const now = inOrder.flatMap((action) => inWords(action, scope)).map((what) => ({ time, what }));
  return [...now, ...bootSteps(facts, scope), ...noticeSteps(facts, scope)];
}

function inWords(action: Action, { nodes, jobIds }: Scope): readonly string[] {
  switch (action.kind) {
    case "launch": {
      const mine = action.items.filter((item) => nodes.has(item.node));
      if (mine.length === 0) return [];
      return [`${count(mine.length, "machine")} of ${offeringId(action.offering)} asked for`];
    }
    case "update-nodes": {
      const mine = action.nodes.filter((name) => nodes.has(name));
      if (mine.length === 0) return [];
      const who = mine.length === 1 ? (mine[0] ?? "") : count(mine.length, "node");
      return [`${who}: ${changeOf(action.update.state)} (${action.reason})`];
    }
    case "terminate":
      return about(action, nodes, `machine ${action.machineId} is terminated`);
    case "park":
      return about(action, nodes, `machine ${action.machineId} is stopped and kept`);
    case "unpark":
      return about(action, nodes, `machine ${action.machineId} is started again`);
    case "give-back":
    case "requeue":
      return jobIds.has(action.jobId) ? [`the job goes back to the queue: ${action.reason}`] : [];
    case "signal-job":
      return jobIds.has(action.jobId)
        ? [`the job gets the signal ${action.signal.signal}: ${action.reason}`]
        : [];
    case "remember":
    case "ease-offerings":
    case "offering-failed":
    case "notices":
    case "health":
    case "healthy":
    case "update-partition":
    case "fleet-status":
      return [];
    default:
      return action satisfies never;
  }
}

function about(
  { node, reason }: { readonly node: string; readonly reason: string },
  nodes: ReadonlySet<string>,
  what: string,
): readonly string[] {
  return nodes.has(node) ? [`${node}: ${what} (${reason})`] : [];
}

type Change = Extract<Action, { kind: "update-nodes" }>["update"]["state"];

function changeOf(state: Change): string {
  switch (state) {
    case "DOWN":
      return "is set DOWN";
    case "DRAIN":
      return "is drained";
    case "UNDRAIN":
    case "RESUME":
      return "is released";
    case "POWER_UP":
      return "is switched on";
    case "POWER_DOWN":
    case "POWER_DOWN_ASAP":
    case "POWER_DOWN_FORCE":
      return "is switched off";
    case undefined:
      return "is changed";
    default:
      return state satisfies never;
  }
}

function bootSteps({ snapshot }: Facts, { nodes }: Scope): readonly NextStep[] {
  const { intents, pools, now, inFlight } = snapshot;
  const mine = intents.filter((intent) => nodes.has(intent.node));
  const timeoutOf = ({ node }: Intent) =>
    (pools.places.get(node)?.spec.bootTimeoutSeconds ?? 0) * 1000;
  const due = mine
    .filter(({ state }) => state === "accepted")
    .map((one) => new Date((one.acceptedAt ?? one.createdAt).getTime() + timeoutOf(one)))
    .toSorted((a, b) => a.getTime() - b.getTime());
  const steps: NextStep[] = [];
  const [first] = due;
  if (first !== undefined) {
    const which = due.length === 1 ? "its machine is" : `the first of ${due.length} machines is`;
    const what = `${which} given up and another asked for, if it has not registered by then`;
    steps.push({ time: timeAfter(first, now), what });
  }
  const open = mine.filter(({ state }) => state === "open");
  const asked = open.filter(({ token }) => inFlight.has(token));
  if (asked.length > 0)
    steps.push({ time: null, what: `the cloud answers for ${count(asked.length, "machine")}` });
  const later = open.flatMap(({ notBefore }) => notBefore ?? []).filter((date) => date > now);
  const again = later.toSorted((a, b) => a.getTime() - b.getTime())[0];
  if (again !== undefined)
    steps.push({
      time: again.toISOString(),
      what: `the cloud is asked again for ${count(later.length, "machine")}`,
    });
  return steps;
}

function noticeSteps({ snapshot }: Facts, { nodes, jobIds }: Scope): readonly NextStep[] {
  return snapshot.notices
    .filter((notice) => nodes.has(notice.node))
    .flatMap(({ node, machineId, deadline, signalled }) => [
      {
        time: deadline?.toISOString() ?? null,
        what: `the cloud takes machine ${machineId} of ${node} away`,
      },
      ...signalled
        .filter(({ jobId }) => jobIds.has(jobId))
        .map(({ until }) => ({
          time: until.toISOString(),
          what: "the job goes back to the queue, if it has not ended by itself",
        })),
    ]);
}
