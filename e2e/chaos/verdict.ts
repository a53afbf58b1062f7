import { expandHostList } from "@sluice/slurm";
import type { Blow } from "./faults.ts";
import type { Audit, UnitRecord } from "./load.ts";
import type { StoredEvent } from "./view.ts";

/** A run that accounting says ended well. Times are seconds since the epoch. */
export interface CompletedRun {
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly nodes: string;
}

/** slurmctld's state is up to five seconds old, and what it had to tell slurmdbd is lost with it. */
const FORGETTING_MS = 30_000;
/** Accounting has whole seconds, and a job is on its nodes a little shorter than its record says. */
const EDGE_SECONDS = 2;

export interface Accounts {
  /** What contradicts that every unit ended once. */
  readonly problems: readonly string[];
  /** Units whose end slurmctld forgot before anybody wrote it down: they ran, and nobody's record
   * says so. */
  readonly forgotten: readonly string[];
}

/**
 * Every unit is accounted for exactly once: it ran to its end, and one job of its name is COMPLETED.
 * Others may be left in accounting that never end: slurmctld forgot them.
 */
export function accountsOf(
  units: Iterable<UnitRecord>,
  audit: Audit,
  done: ReadonlyMap<string, readonly string[]>,
  blows: readonly Blow[],
): Accounts {
  const problems: string[] = [];
  const forgotten: string[] = [];
  const kills = killsOf(blows, "slurmctld");
  for (const { unit, firstAsked, lastAsked, ids } of units) {
    const rows = audit.accounting.get(unit) ?? [];
    const queued = audit.queue.get(unit) ?? [];
    const about = `${unit} (answered: ${ids.join(" ") || "never"}; accounting: ${shown(rows)}; queue: ${shown(queued)})`;
    const ends = rows.filter((row) => !/^(RUNNING|PENDING|REQUEUED)/.test(row.state));
    const well = ends.filter(({ state }) => state === "COMPLETED");
    const wasForgotten =
      firstAsked !== undefined &&
      kills.some((at) => at > firstAsked && at < (lastAsked ?? firstAsked) + FORGETTING_MS);
    if (!done.has(unit)) problems.push(`${about} never ran to its end`);
    else if (well.length === 0 && ends.length === 0 && wasForgotten) forgotten.push(unit);
    else if (well.length !== 1) problems.push(`${about} is COMPLETED ${well.length} times`);
    else if (ends.length > 1) problems.push(`${about} ended in several ways`);
  }
  return { problems, forgotten };
}

/** When a service of the head was killed, in milliseconds. */
export function killsOf(blows: readonly Blow[], service: string): readonly number[] {
  return blows.filter(({ kind }) => kind === `kill ${service}`).map(({ at }) => at);
}

function shown(rows: readonly { readonly id: string; readonly state: string }[]): string {
  return rows.map(({ id, state }) => `${id} ${state}`).join(", ") || "nothing";
}

/**
 * Machines that the node manager terminated under a job which Slurm then says ran on them to its
 * end. Those that were hit are not ours, and of two machines for one node the other may go.
 */
export function wronglyTerminated(
  events: readonly StoredEvent[],
  runs: readonly CompletedRun[],
  blows: readonly Blow[],
): readonly string[] {
  const hit = new Set(blows.flatMap(({ machine }) => machine ?? []));
  const spans = runs.flatMap((run) => expandHostList(run.nodes).map((node) => ({ node, ...run })));
  const byNode = Map.groupBy(spans, ({ node }) => node);
  // Asked again until it is gone: the first time counts.
  const terminated = events.filter(({ kind }) => kind === "terminated");
  const first = new Map(terminated.toReversed().map((event) => [event.machine_id, event]));
  return [...first.values()]
    .filter(({ message }) => !message.includes("another machine"))
    .filter(({ machine_id }) => machine_id !== null && !hit.has(machine_id))
    .flatMap(({ time, node, machine_id, message }) => {
      const at = Date.parse(time) / 1000;
      const under = (byNode.get(node ?? "") ?? []).find(
        ({ start, end }) => start + EDGE_SECONDS < at && at < end - EDGE_SECONDS,
      );
      return under === undefined
        ? []
        : [`${machine_id} of ${node} was terminated at ${time} (${message}) under job ${under.id}`];
    });
}
