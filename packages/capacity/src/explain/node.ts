import { type Explanation, type NextStep, SluiceError } from "@sluice/model";
import { expandHostList, type SlurmNode } from "@sluice/slurm";
import {
  hasForeignReason,
  isBusy,
  isDown,
  isPowerDownAsked,
  phaseOf,
} from "../observe/node-phase.ts";
import { jobsByNode } from "../plan/jobs.ts";
import { type NodePlace, offeringId, poolId } from "../pools.ts";
import type { Intent } from "../store/contract.ts";
import { priceOf } from "../views.ts";
import { explanationOf, type Facts } from "./facts.ts";
import { findingsOfPool } from "./pool.ts";
import { stepsOf } from "./steps.ts";
import { triedOfferings, usualBootSeconds } from "./tried.ts";
import { ago, clockTime, some, span } from "./words.ts";

/** Errors: `NODE_NOT_FOUND`. */
export function explainNode(name: string, facts: Facts): Explanation {
  const { snapshot, events } = facts;
  const place = snapshot.pools.places.get(name);
  const node = snapshot.nodes.find((one) => one.name === name);
  if (place === undefined || node === undefined) {
    throw new SluiceError("NODE_NOT_FOUND", "user", `there is no node ${name}`, {
      hint: "see which there are with: sluice run -n NAME -- sinfo --Node",
    });
  }
  const intent = snapshot.intents.find((one) => one.node === name && one.state !== "condemned");
  const jobs = jobsByNode(snapshot.jobs ?? []).get(name) ?? [];
  const labels = jobs.map((job) => job.label);
  const scope = { nodes: new Set([name]), jobIds: new Set(jobs.map((job) => job.id)) };
  const pool = findingsOfPool(facts, place.spec);
  // A node that is without a machine and can't get one is not asked for either.
  const wantsMachine = isWanting(node, place) || (isWithout(node) && pool.left.length === 0);
  const steps = stepsOf(facts, scope);
  return explanationOf(facts, {
    subject: { kind: "node", name, jobId: null },
    state: `${name} is ${stateOf(facts, node, intent, labels)}`,
    why: [
      ...whyOf(facts, node, place),
      ...machineOf(facts, node, intent),
      ...bootOf(facts, node, place, intent),
      ...(wantsMachine ? pool.why : []),
    ],
    tried: triedOfferings(
      events,
      (event) =>
        event.node === name ||
        (wantsMachine && event.node === undefined && isOfPool(event.message, place.poolId)),
    ),
    left: intent === undefined || intent.state === "open" ? pool.left : [],
    next: [
      ...steps,
      ...(wantsMachine ? pool.next : []),
      ...ownNext(facts, node, place, labels.length === 0 && steps.length === 0),
    ],
  });
}

/** Events about a whole compute resource begin with its name. */
export function isOfPool(message: string, id: string): boolean {
  return message.startsWith(`${id} `) || message.startsWith(`${id}: `);
}

function isWanting(node: SlurmNode, { isStatic }: NodePlace): boolean {
  const phase = phaseOf(node);
  return phase === "starting" || (phase === "off" && isDown(node)) || (isStatic && phase !== "up");
}

function isWithout(node: SlurmNode): boolean {
  const phase = phaseOf(node);
  return phase === "off" || phase === "stopping";
}

function stateOf(
  facts: Facts,
  node: SlurmNode,
  intent: Intent | undefined,
  jobs: readonly string[],
): string {
  const { now, startingSince } = facts.snapshot;
  const phase = phaseOf(node);
  const drained = node.flags.has("DRAIN") ? ", and takes no new jobs because it is drained" : "";
  switch (phase) {
    case "off":
      if (isDown(node)) return "off, and not to be asked for";
      if (intent?.state === "parked")
        return `off; its machine ${intent.machineId ?? ""} is stopped and kept for the next time`;
      return `off${drained}`;
    case "starting": {
      const since = startingSince.get(node.name);
      const when = since === undefined ? "" : `, since ${clockTime(since, now)}`;
      return `${startOf(intent, now)}${when}`;
    }
    case "up":
      if (jobs.length > 0) return `up, with ${some(jobs.map((label) => `job ${label}`))}${drained}`;
      if (isBusy(node)) return `up and busy${drained}`;
      return `up and idle${node.lastBusyTime === undefined ? "" : `, used last ${ago(node.lastBusyTime, now)}`}${drained}`;
    case "silent":
      return `up, but its slurmd does not answer${drained}`;
    case "stopping":
      return "being switched off";
    case "down":
      return "DOWN";
    default:
      return phase satisfies never;
  }
}

function startOf(intent: Intent | undefined, now: Date): string {
  if (intent?.state === "open")
    return `starting: ${offeringId(intent.offering)} is being asked for`;
  if (intent?.state === "accepted") {
    const when = intent.acceptedAt === undefined ? "" : ` ${ago(intent.acceptedAt, now)}`;
    return `starting: its machine ${intent.machineId ?? ""} was accepted${when} and has not registered yet`;
  }
  return "starting: it waits for a machine";
}

function whyOf({ snapshot }: Facts, node: SlurmNode, place: NodePlace): readonly string[] {
  const { fleet, notices, reservations, now } = snapshot;
  const why: string[] = [];
  if (fleet.status !== "RUNNING" && fleet.status !== "STARTING")
    why.push(`the compute fleet is ${fleet.status}`);
  if (hasForeignReason(node)) {
    const who = node.reasonUser ?? "somebody";
    const text = node.reason === undefined ? "drained it" : `set the reason "${node.reason}" on it`;
    why.push(
      `${who} ${text}; Sluice leaves that alone. To undo it: scontrol update nodename=${node.name} state=resume`,
    );
  } else if (node.reason !== undefined && (isDown(node) || node.flags.has("DRAIN"))) {
    why.push(`its reason is "${node.reason}"`);
  } else if (node.reason !== undefined && phaseOf(node) === "stopping") {
    why.push(`its last reason is "${node.reason}"`);
  }
  for (const { node: name, kind, deadline } of notices) {
    if (name !== node.name) continue;
    const when = deadline === undefined ? "soon" : `at ${clockTime(deadline, now)}`;
    why.push(`the cloud takes its machine away ${when} (${kind})`);
  }
  for (const { name, start, end, nodes } of reservations) {
    if (!expandHostList(nodes).includes(node.name)) continue;
    why.push(`it is reserved by ${name}, ${clockTime(start, now)} to ${clockTime(end, now)}`);
  }
  if (isPowerDownAsked(node) && phaseOf(node) === "up")
    why.push("Slurm was told to switch it off when its jobs have ended");
  if (place.isStatic) why.push("it is static (MinCount): up while the fleet runs");
  return why;
}

function machineOf(
  { snapshot }: Facts,
  node: SlurmNode,
  intent: Intent | undefined,
): readonly string[] {
  const { machines, menu } = snapshot;
  const mine = machines.filter((one) => one.node === node.name);
  const phase = phaseOf(node);
  if (mine.length === 0 && (phase === "up" || phase === "silent" || phase === "down"))
    return ["it has no machine"];
  return mine.map((machine) => {
    const price = priceOf(machine, menu);
    const cost = price === undefined ? "at an unknown price" : `for ${price} USD an hour`;
    const whose = machine.id === intent?.machineId || intent === undefined ? "" : ", to be removed";
    return `its machine is ${machine.id}: ${machine.state}, ${offeringId(machine.offering)} ${cost}${whose}`;
  });
}

function bootOf(
  { snapshot, events }: Facts,
  node: SlurmNode,
  place: NodePlace,
  intent: Intent | undefined,
): readonly string[] {
  if (phaseOf(node) !== "starting") return [];
  const { places } = snapshot.pools;
  const usual = usualBootSeconds(events, (name) => places.get(name)?.poolId === place.poolId);
  const boots =
    usual === undefined
      ? []
      : [`machines of ${place.poolId} usually register after ${span(usual)}`];
  const again = (intent?.attempts ?? 1) > 1 ? [`this is attempt ${intent?.attempts} in a row`] : [];
  return [...again, ...boots];
}

function ownNext(
  { snapshot }: Facts,
  node: SlurmNode,
  place: NodePlace,
  isQuiet: boolean,
): readonly NextStep[] {
  const phase = phaseOf(node);
  const { policy, pool } = place.spec;
  if (!isQuiet || place.isStatic || hasForeignReason(node)) return [];
  if (phase === "stopping" && !isDown(node))
    return [{ time: null, what: "Slurm can put jobs on it again when it is off" }];
  if (phase === "off" && !isDown(node))
    return [{ time: null, what: "it is switched on when Slurm puts a job on it" }];
  if (phase !== "up" || policy.idleSeconds === "never" || node.lastBusyTime === undefined)
    return [];
  const end = new Date(node.lastBusyTime.getTime() + policy.idleSeconds * 1000);
  const unless = snapshot.pools.warm.has(pool.queue)
    ? "unless its queue keeps it warm or a job comes"
    : "unless a job comes";
  if (end <= snapshot.now) return [{ time: null, what: `it is switched off, ${unless}` }];
  return [{ time: end.toISOString(), what: `it is switched off, ${unless}` }];
}

/** Of a job that waits: `q1/a` and its like for every compute resource of its partitions. */
export function poolsOfPartitions({ snapshot }: Facts, partition: string) {
  const names = new Set(partition.split(","));
  return [...snapshot.pools.specs.values()].filter((spec) => names.has(spec.pool.queue));
}

export function poolsOfNodes({ snapshot }: Facts, nodes: ReadonlySet<string>) {
  const ids = new Set<string>();
  for (const name of nodes) {
    const place = snapshot.pools.places.get(name);
    if (place !== undefined) ids.add(place.poolId);
  }
  return [...snapshot.pools.specs.values()].filter((spec) => ids.has(poolId(spec.pool)));
}
