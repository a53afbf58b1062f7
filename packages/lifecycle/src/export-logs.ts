import { isInService, type LogQuery, type LogStreams, type Machine } from "@sluice/cloud";
import { messageOf } from "@sluice/model";
import { clusterLogs, LOG_SOURCES } from "./cluster-logs.ts";
import { clusterNotFound, type LongOperation, reporter } from "./operation.ts";

/** One file of an export. */
export interface ExportedLog {
  /** Relative, of letters, digits, dots, underscores, hyphens and slashes; no other has it. */
  readonly path: string;
  readonly text: string;
}

/** A log that has more goes on in another file, so that memory has an end. */
const MOST_CHARACTERS = 32 * 2 ** 20;
/** Of a console or a journal. */
const MOST_LINES = 100_000;

/**
 * Everything that there is to read of a cluster: the logs that the cloud keeps, or else those on
 * the head, and the consoles of its machines. What can't be read is reported and left out.
 *
 * Errors: `CLUSTER_NOT_FOUND` when there is neither cluster nor log.
 */
export async function* exportLogs(
  operation: LongOperation & Pick<LogQuery, "from" | "until">,
): AsyncGenerator<ExportedLog> {
  const { cloud, name, signal } = operation;
  const report = reporter(operation, "logs");
  const record = await cloud.infrastructure.describe(name);
  const streams = (await cloud.logs?.list(name)) ?? [];
  if (record === undefined && streams.length === 0) throw clusterNotFound(name);
  const paths = new Paths();
  for (const { name: stream } of streams) {
    signal?.throwIfAborted();
    report("info", stream);
    if (cloud.logs !== undefined) yield* kept(operation, cloud.logs, stream, paths);
  }
  const isLive = cloud.logs === undefined && record !== undefined && isInService(record.status);
  for (const which of isLive ? LOG_SOURCES : []) {
    const text = await readable(operation, which, () =>
      clusterLogs({ ...operation, which, lines: MOST_LINES }),
    );
    if (text !== undefined) yield { path: paths.of(`head/${which}`), text };
  }
  const machines = record === undefined ? [] : await cloud.infrastructure.machines(name);
  for (const machine of machines.filter(({ state }) => state !== "gone")) {
    const text = await readable(operation, `console of ${machine.node}`, () =>
      cloud.consoleOutput(name, machine.id, MOST_LINES),
    );
    if (text) yield { path: paths.of(consoleName(machine)), text };
  }
}

function consoleName({ node, id }: Machine): string {
  return `consoles/${node}-${id}`;
}

async function* kept(
  { name, from, until, signal }: LongOperation & Pick<LogQuery, "from" | "until">,
  logs: LogStreams,
  stream: string,
  paths: Paths,
): AsyncGenerator<ExportedLog> {
  let text = "";
  let next: string | undefined;
  do {
    signal?.throwIfAborted();
    const page = await logs.read(name, stream, {
      end: "oldest",
      ...(from === undefined ? {} : { from }),
      ...(until === undefined ? {} : { until }),
      ...(next === undefined ? {} : { next }),
    });
    for (const line of page.events) text += `${line.time.toISOString()} ${line.text}\n`;
    // A log that grows may answer the same place again and again.
    next = page.next === next ? undefined : page.next;
    if (text.length < MOST_CHARACTERS) continue;
    yield { path: paths.of(stream), text };
    text = "";
  } while (next !== undefined);
  if (text !== "") yield { path: paths.of(stream), text };
}

async function readable(
  operation: LongOperation,
  what: string,
  read: () => Promise<string>,
): Promise<string | undefined> {
  operation.signal?.throwIfAborted();
  const report = reporter(operation, "logs");
  report("info", what);
  try {
    return await read();
  } catch (error) {
    operation.signal?.throwIfAborted();
    report("info", `${what} is left out: ${messageOf(error)}`);
    return undefined;
  }
}

/** Names of files, of whatever text a cloud calls a log by. */
class Paths {
  readonly #taken = new Set<string>();

  of(stream: string): string {
    const parts = stream.split("/").map((part) => part.replace(/[^\w.-]/g, "_").slice(-60));
    const safe = parts.filter((part) => !/^\.*$/.test(part)).join("/") || "log";
    let path = `${safe}.log`;
    for (let count = 2; this.#taken.has(path); count += 1) path = `${safe}.${count}.log`;
    this.#taken.add(path);
    return path;
  }
}
