import type { FleetEvent, UnavailableOffering } from "@sluice/model";
import type { BootingNode, Offered, Tried } from "./contract.ts";

const OFFERING = /([^\s/]+)\/([^\s/]+)\/(on-demand|spot|reserved|block)/;

const OUTCOMES: Readonly<Record<string, Tried["outcome"]>> = {
  launched: "accepted",
  unparked: "accepted",
  "offering-unavailable": "no-capacity",
  "quota-exceeded": "quota",
  "offering-failed": "failed-boot",
  "boot-failed": "failed-boot",
  protected: "failed-boot",
};

const SENTENCES: Readonly<Record<Tried["outcome"], string>> = {
  accepted: "The cloud gave it.",
  "no-capacity": "The cloud has none at the moment.",
  quota: "A limit of the account stands in the way.",
  "failed-boot": "It did not come up.",
};

/** What an offering is in a message of the node manager's; nothing where there is none. */
export function offeringIn(message: string): Offered {
  const [, instanceType, zone, market] = OFFERING.exec(message) ?? [];
  if (instanceType === undefined || zone === undefined || market === undefined) return {};
  return { instanceType, zone, market };
}

/** Which machines were asked for and what came of it; alike ones in a row are one. */
export function triedOf(
  events: readonly FleetEvent[],
  unavailable: readonly UnavailableOffering[],
): readonly Tried[] {
  const found: (Tried & { readonly nodes: string[] })[] = [];
  for (const { kind, time, node, message } of events) {
    const outcome = Object.hasOwn(OUTCOMES, kind) ? OUTCOMES[kind] : undefined;
    if (outcome === undefined) continue;
    const offered = offeringIn(message);
    const last = found.at(-1);
    if (last?.outcome === outcome && isSame(last, offered)) {
      if (node !== undefined && !last.nodes.includes(node)) last.nodes.push(node);
      continue;
    }
    const until = outcome === "accepted" ? undefined : untilOf(offered, time, unavailable);
    found.push({
      ...{ time, outcome, ...offered },
      nodes: node === undefined ? [] : [node],
      ...(until === undefined ? {} : { until }),
      text: outcome === "accepted" ? SENTENCES.accepted : reasonIn(message, outcome),
    });
  }
  return found;
}

function isSame(one: Offered, { instanceType, zone, market }: Offered): boolean {
  return one.instanceType === instanceType && one.zone === zone && one.market === market;
}

/** Messages begin with whose offering it is. */
function reasonIn(message: string, outcome: Tried["outcome"]): string {
  const said = message.replace(/^.*?\/(on-demand|spot|reserved|block): /, "");
  return `${SENTENCES[outcome]} ${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

function untilOf(
  offered: Offered,
  time: string,
  unavailable: readonly UnavailableOffering[],
): string | undefined {
  return unavailable.find((one) => isSame(one, offered) && one.until > time)?.until;
}

/** How far the machine of each node is. */
export function bootingOf(events: readonly FleetEvent[]): readonly BootingNode[] {
  const nodes = new Map<string, BootingNode>();
  for (const { kind, time, node, machineId, message } of events) {
    if (node === undefined) continue;
    if (kind === "launched" || kind === "unparked") {
      nodes.set(node, {
        name: node,
        ...(machineId === undefined ? {} : { machineId }),
        ...offeringIn(message),
        launchedAt: time,
      });
    }
    const known = nodes.get(node);
    if (known === undefined || known.machineId !== machineId) continue;
    if (kind === "joined") nodes.set(node, { ...known, joinedAt: time });
    if (kind === "registered") nodes.set(node, { ...known, registeredAt: time });
  }
  return [...nodes.values()];
}

/**
 * Seconds from the cloud's acceptance to the registration of a machine: the median of the last of
 * these nodes; undefined when events tell of none.
 */
export function usualBootSeconds(
  events: readonly FleetEvent[],
  isOne: (node: string) => boolean,
): number | undefined {
  const launched = new Map<string, number>();
  const took: number[] = [];
  for (const { kind, time, node, machineId } of events) {
    if (machineId === undefined || node === undefined || !isOne(node)) continue;
    if (kind === "launched") launched.set(machineId, Date.parse(time));
    const since = launched.get(machineId);
    if (kind !== "registered" || since === undefined) continue;
    took.push((Date.parse(time) - since) / 1000);
    launched.delete(machineId);
  }
  return median(took.slice(-MOST_BOOTS));
}

/** What was slow last year says nothing. */
const MOST_BOOTS = 50;

export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
