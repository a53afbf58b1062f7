import type { FleetEvent, TriedOffering } from "@sluice/model";
import { count } from "./words.ts";

/** So many lines at most, the newest. */
const MOST = 20;

const ASKED: ReadonlySet<string> = new Set([
  "launched",
  "offering-unavailable",
  "offering-failed",
  "boot-failed",
  "quota-exceeded",
  "unparked",
]);
const OFFERING = /[^\s/]+\/[^\s/]+\/(?:on-demand|spot|reserved|block)/;

/** What was asked of the cloud and came of it, as the events tell; alike ones in one line. */
export function triedOfferings(
  events: readonly FleetEvent[],
  isAbout: (event: FleetEvent) => boolean,
): readonly TriedOffering[] {
  const lines: { first: FleetEvent; nodes: Set<string>; offering: string | null; said: string }[] =
    [];
  for (const event of events) {
    if (!ASKED.has(event.kind) || !isAbout(event)) continue;
    const offering = OFFERING.exec(event.message)?.[0] ?? null;
    const said = event.kind === "launched" ? "" : answerIn(event.message, offering);
    const last = lines.at(-1);
    const isSame =
      last?.first.kind === event.kind && last.offering === offering && last.said === said;
    const line = isSame ? last : { first: event, nodes: new Set<string>(), offering, said };
    if (!isSame) lines.push(line);
    if (event.node !== undefined) line.nodes.add(event.node);
  }
  return lines.slice(-MOST).map(({ first, nodes, offering, said }) => ({
    time: first.time,
    node: nodes.size === 1 ? ([...nodes][0] ?? null) : null,
    offering,
    answer: said === "" ? acceptance(nodes.size) : said,
  }));
}

function acceptance(nodes: number): string {
  return nodes > 1 ? `${count(nodes, "machine")} accepted` : "accepted";
}

/** Messages begin with whose offering it is. */
function answerIn(message: string, offering: string | null): string {
  const at = offering === null ? -1 : message.indexOf(`${offering}: `);
  return at < 0 || offering === null ? message : message.slice(at + offering.length + 2);
}

/**
 * How long machines of these nodes took from the cloud's acceptance to their registration, in
 * seconds: the median of those that events tell of. Undefined when they tell of none.
 */
export function usualBootSeconds(
  events: readonly FleetEvent[],
  isOfPool: (node: string) => boolean,
): number | undefined {
  const launched = new Map<string, number>();
  const took: number[] = [];
  for (const { kind, machineId, node, time } of events) {
    if (machineId === undefined || node === undefined || !isOfPool(node)) continue;
    const at = Date.parse(time);
    if (kind === "launched") launched.set(machineId, at);
    const since = launched.get(machineId);
    if (kind === "registered" && since !== undefined) {
      took.push((at - since) / 1000);
      launched.delete(machineId);
    }
  }
  return took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)];
}
