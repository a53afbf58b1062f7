import type { Log } from "@sluice/capacity";
import type { LogLine, LogSink, Machine } from "@sluice/cloud";
import { messageOf } from "@sluice/model";

/** What a machine's boot did, as the machine told it. */
export interface BootReport {
  readonly machineId: string;
  readonly node: string;
  readonly role: string;
  readonly at: string;
  readonly ok: boolean;
  readonly steps: readonly {
    readonly name: string;
    readonly milliseconds: number;
    readonly ok: boolean;
  }[];
  /** The end of what the last step said. */
  readonly log: string;
}

const MOST_STEPS = 100;
const MOST_LOG_CHARACTERS = 16_384;
/** Some KB each, so that a large cluster's do not fill the memory. */
const MOST_REPORTS = 1000;
const STEP = /^([A-Za-z][\w-]{0,39}) (\d{1,10}) (ok|failed)$/;

/**
 * @param text `NAME MILLISECONDS ok|failed` in lines, an empty line, and the last step's output.
 * What is not of that form is left out.
 */
export function parseBootReport(
  text: string,
  machine: Pick<Machine, "id" | "node" | "role">,
  at: Date,
): BootReport {
  const end = text.indexOf("\n\n");
  const head = end < 0 ? text : text.slice(0, end);
  const steps = head
    .split("\n")
    .flatMap((line) => {
      const [, name, milliseconds, outcome] = STEP.exec(line) ?? [];
      if (name === undefined) return [];
      return [{ name, milliseconds: Number(milliseconds), ok: outcome === "ok" }];
    })
    .slice(0, MOST_STEPS);
  return {
    machineId: machine.id,
    // Login machines are no nodes.
    node: machine.node || machine.id,
    role: machine.role,
    at: at.toISOString(),
    ok: steps.length > 0 && steps.every(({ ok }) => ok),
    steps,
    log: printable(end < 0 ? "" : text.slice(end + 2)).slice(-MOST_LOG_CHARACTERS),
  };
}

/** What machines say goes to terminals of administrators. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to take out.
  return text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "");
}

/** The last report of each node, of so many nodes as fit. */
export class BootReports {
  readonly #byNode = new Map<string, BootReport>();

  add(report: BootReport): void {
    this.#byNode.delete(report.node);
    this.#byNode.set(report.node, report);
    const [oldest] = this.#byNode.keys();
    if (this.#byNode.size > MOST_REPORTS && oldest !== undefined) this.#byNode.delete(oldest);
  }

  of(node: string): BootReport | undefined {
    return this.#byNode.get(node);
  }

  /** Newest first. */
  list(): readonly BootReport[] {
    return [...this.#byNode.values()].reverse();
  }
}

/** `its last boot, at …, took 0.4 s: packages 3 ms, join 192 ms`. */
export function bootInWords({ at, ok, steps, log }: BootReport): string {
  const total = steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const each = steps.map(({ name, milliseconds }) => `${name} ${milliseconds} ms`).join(", ");
  const took = `its last boot, at ${at}, took ${(total / 1000).toFixed(1)} s: ${each}`;
  if (ok) return took;
  const said = log.trim().split("\n").at(-1);
  return `${took}; ${steps.at(-1)?.name ?? "it"} failed${said ? `: ${said}` : ""}`;
}

/** In the daemon's log, and where the cloud keeps logs. */
export function tellBoot(report: BootReport, log: Log, sink: LogSink | undefined): void {
  const { node, machineId, ok, steps } = report;
  const milliseconds = Object.fromEntries(steps.map((step) => [step.name, step.milliseconds]));
  if (ok) log.info({ node, machineId, milliseconds }, "machine booted");
  else log.warn({ node, machineId, milliseconds, said: report.log }, "machine failed to boot");
  const time = new Date(report.at);
  const lines: readonly LogLine[] = [
    ...steps.map((step) => ({
      time,
      text: `${step.name}: ${step.ok ? "ok" : "failed"} after ${step.milliseconds} ms`,
    })),
    ...(ok ? [] : report.log.split("\n").map((text) => ({ time, text }))),
  ];
  sink?.append(`${node}/boot`, lines).catch((error: unknown) => {
    log.warn({ node, error: messageOf(error) }, "the cloud does not take logs");
  });
}
