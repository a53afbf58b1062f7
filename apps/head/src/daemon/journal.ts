import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import type { Log } from "@sluice/capacity";
import type { LogLine, LogSink } from "@sluice/cloud";
import { type Clock, messageOf } from "@sluice/model";
import { install } from "../setup/files.ts";

export interface JournalOptions {
  readonly sink: LogSink;
  /** Without `.service`. */
  readonly units: readonly string[];
  /** File with the place up to which the sink has everything. */
  readonly position: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Starts something that prints the journal's entries as JSON, a line for each, and goes on. */
  readonly follow?: (units: readonly string[], after: string | undefined) => ChildProcess;
}

const BATCH_MILLISECONDS = 1000;
const MOST_LINES = 5000;
const AGAIN_FIRST_MILLISECONDS = 1000;
const AGAIN_LAST_MILLISECONDS = 60_000;

interface Entry {
  readonly cursor: string;
  readonly stream: string;
  readonly line: LogLine;
}

/**
 * Brings what the head's services say to where the cloud keeps logs, until `signal` fires: what came
 * in a second together, and nothing lost or, but for what a kill cuts off, brought twice. While the
 * sink takes nothing, nothing more is read: the journal keeps it.
 */
export async function followJournal(options: JournalOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  for (let pause = AGAIN_FIRST_MILLISECONDS; !signal.aborted; ) {
    const began = clock.now().getTime();
    await followOnce(options, signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, "the journal can't be followed");
    });
    const lasted = clock.now().getTime() - began;
    pause = lasted > AGAIN_LAST_MILLISECONDS ? AGAIN_FIRST_MILLISECONDS : pause * 2;
    if (!signal.aborted) await clock.sleep(Math.min(pause, AGAIN_LAST_MILLISECONDS), signal);
  }
}

async function followOnce(options: JournalOptions, signal: AbortSignal): Promise<void> {
  const { units, position, clock, follow = followUnits } = options;
  const child = follow(units, readPosition(position));
  const stop = () => child.kill();
  signal.addEventListener("abort", stop, { once: true });
  // What can't be started has no output, which is how its end is noticed.
  child.on("error", (error) => options.log.warn({ error: messageOf(error) }, "no journalctl"));
  try {
    if (child.stdout === null) throw new Error("the journal has no output");
    for await (const entries of batches(child.stdout, clock, signal)) {
      await bring(entries, options, signal);
      const last = entries.at(-1);
      if (last === undefined || signal.aborted) continue;
      install({ path: position, content: `${last.cursor}\n`, mode: 0o600 });
    }
  } finally {
    signal.removeEventListener("abort", stop);
    child.kill();
  }
}

/** A cursor of another machine's journal is taken for the time that it says. */
function followUnits(units: readonly string[], after: string | undefined): ChildProcess {
  const from = after === undefined ? ["--lines=all"] : ["--lines=all", `--after-cursor=${after}`];
  const fields = "--output-fields=MESSAGE,_SYSTEMD_UNIT,UNIT";
  const named = units.flatMap((unit) => ["--unit", `${unit}.service`]);
  const args = ["--follow", "--output=json", "--quiet", fields, ...from, ...named];
  return spawn("journalctl", args, { stdio: ["ignore", "pipe", "inherit"] });
}

function readPosition(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}

/** What came in a second, while the reader of the last is at it. */
async function* batches(
  output: Readable,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<readonly Entry[]> {
  let rest = "";
  for (;;) {
    const entries: Entry[] = [];
    while (entries.length < MOST_LINES) {
      const data: Buffer | null = output.read();
      if (data === null) break;
      const lines = (rest + data.toString("utf8")).split("\n");
      rest = lines.pop() ?? "";
      entries.push(...lines.flatMap(entryOf));
    }
    if (entries.length > 0) yield entries;
    if (signal.aborted || output.readableEnded || output.destroyed) return;
    await clock.sleep(BATCH_MILLISECONDS, signal);
  }
}

/** Nothing for what is no entry, or is not whole. */
function entryOf(text: string): readonly Entry[] {
  try {
    const entry = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const { __CURSOR: cursor, __REALTIME_TIMESTAMP: microseconds } = entry;
    const unit = String(entry._SYSTEMD_UNIT ?? entry.UNIT ?? "system");
    // systemd's own words about a unit are those of init.scope.
    const owner = unit === "init.scope" ? String(entry.UNIT ?? "system") : unit;
    if (typeof cursor !== "string") return [];
    return [
      {
        cursor,
        stream: `head/${owner.replace(/\.service$/, "")}`,
        line: { time: new Date(Number(microseconds) / 1000), text: textOf(entry.MESSAGE) },
      },
    ];
  } catch {
    return [];
  }
}

/** Text that is not UTF-8 comes as a list of bytes. */
function textOf(message: unknown): string {
  return Array.isArray(message)
    ? Buffer.from(message as number[]).toString("utf8")
    : String(message ?? "");
}

async function bring(
  entries: readonly Entry[],
  { sink, clock, log }: JournalOptions,
  signal: AbortSignal,
): Promise<void> {
  for (const [stream, own] of Map.groupBy(entries, (entry) => entry.stream)) {
    const lines = own.map(({ line }) => line);
    for (let pause = AGAIN_FIRST_MILLISECONDS; !signal.aborted; pause *= 2) {
      try {
        await sink.append(stream, lines, { signal });
        break;
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ stream, error: messageOf(error) }, "the cloud does not take logs");
        await clock.sleep(Math.min(pause, AGAIN_LAST_MILLISECONDS), signal);
      }
    }
  }
}
