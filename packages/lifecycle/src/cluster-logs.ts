import { isInService, type Machine } from "@sluice/cloud";
import { type Clock, isSluiceError, messageOf, SluiceError } from "@sluice/model";
import { machinesOf } from "./machines.ts";
import { type ClusterOperation, requireCluster } from "./operation.ts";

/** Logs on the head that have a name of their own, with the systemd unit that writes them. */
const UNITS: Readonly<Record<string, string>> = {
  slurmctld: "slurmctld",
  slurmdbd: "slurmdbd",
  slurmrestd: "slurmrestd",
  mariadb: "mariadb",
  "sluice-head": "sluice-head",
  "sluice-gateway": "sluice-gateway",
};

/** Lines of a console that are looked at for news. */
const CONSOLE_WINDOW = 1000;
const CONSOLE_POLL_SECONDS = 1;
const JOURNAL_POLL_SECONDS = 2;
/** What journalctl says after the lines of a journal: where it ended. */
const CURSOR = /^([\s\S]*?)-- cursor: (\S+)\n*$/;

export interface ClusterLogs extends ClusterOperation {
  /** `head`, one of the head's services, a node name, or an instance id. */
  readonly which: string;
  /** Newest lines to give. */
  readonly lines: number;
}

/** The names that `which` takes beside nodes. */
export const LOG_SOURCES: readonly string[] = ["head", ...Object.keys(UNITS)];

/**
 * The newest lines of one log: the head's journal (or, while the head is not up, its console), the
 * journal of one service, or the console of a node's machine.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `LOG_SOURCE_NOT_FOUND`, `HEAD_UNREACHABLE` for services.
 */
export async function clusterLogs(operation: ClusterLogs): Promise<string> {
  const { cloud, name, which, lines } = operation;
  const record = await requireCluster(cloud, name);
  if (!LOG_SOURCES.includes(which)) {
    const machine = await machineOf(operation);
    return cloud.consoleOutput(name, machine.id, lines);
  }
  try {
    return await journal(operation);
  } catch (error) {
    operation.signal?.throwIfAborted();
    if (which !== "head" || record.head === undefined) throw unreadable(operation, error);
    return cloud.consoleOutput(name, record.head.id, lines);
  }
}

/**
 * Follows one log on the caller's own terminal until `signal` fires or, for a log of the head, the
 * caller's terminal interrupts it. `write` gets what comes from a console.
 *
 * @returns the exit code of what followed.
 */
export async function followClusterLogs(
  operation: ClusterLogs & { readonly clock: Clock; readonly write: (text: string) => void },
): Promise<number> {
  const { cloud, name, which, lines } = operation;
  const record = await requireCluster(cloud, name);
  if (LOG_SOURCES.includes(which) && isInService(record.status)) {
    if (cloud.shell.isOneShot === true) return followJournal(operation);
    return cloud.shell.attach(name, {
      argv: [...journalctl(which, lines), "--follow"],
      user: "root",
    });
  }
  const machine = which === "head" ? record.head : await machineOf(operation);
  if (machine === undefined) throw noSuchLog(operation);
  const { clock, signal } = operation;
  let seen: readonly string[] = [];
  while (!signal?.aborted) {
    const window = linesOf(await cloud.consoleOutput(name, machine.id, CONSOLE_WINDOW));
    const news = seen.length === 0 ? window.slice(-lines) : linesAfter(seen, window);
    if (news.length > 0) operation.write(`${news.join("\n")}\n`);
    seen = window;
    await clock.sleep(CONSOLE_POLL_SECONDS * 1000, signal);
  }
  return 0;
}

/** Looks at a journal again and again, each time at what came after the last look. */
async function followJournal(
  operation: ClusterLogs & { readonly clock: Clock; readonly write: (text: string) => void },
): Promise<number> {
  const { cloud, name, which, lines, signal } = operation;
  const once = signal === undefined ? {} : { signal };
  let cursor: string | undefined;
  try {
    while (!signal?.aborted) {
      const news =
        cursor === undefined
          ? journalctl(which, lines)
          : [...journalctl(which, "all"), `--after-cursor=${cursor}`];
      const request = { argv: [...news, "--quiet", "--show-cursor"], user: "root" };
      const { exitCode, stdout, stderr } = await cloud.shell.exec(name, request, once);
      if (exitCode !== 0) throw unreadable(operation, new Error(stderr.trim()));
      const [, text = "", last = cursor] = CURSOR.exec(stdout) ?? ["", stdout];
      if (text !== "") operation.write(text);
      cursor = last;
      await operation.clock.sleep(JOURNAL_POLL_SECONDS * 1000, signal);
    }
    return 0;
  } catch (error) {
    if (signal?.aborted) return 0;
    throw error;
  }
}

async function journal({ cloud, name, which, lines, signal }: ClusterLogs): Promise<string> {
  const request = { argv: journalctl(which, lines), user: "root" };
  const result = await cloud.shell.exec(name, request, signal === undefined ? {} : { signal });
  if (result.exitCode !== 0) throw new Error(result.stderr.trim() || `exit ${result.exitCode}`);
  return result.stdout;
}

function journalctl(which: string, lines: number | "all"): string[] {
  const unit = UNITS[which];
  const argv = ["journalctl", "--no-pager", "--output=short-iso", `--lines=${lines}`];
  return unit === undefined ? argv : [...argv, `--unit=${unit}`];
}

/** Of a node without a machine, the one that it had last, if its cloud still tells of it. */
async function machineOf(operation: ClusterLogs): Promise<Machine> {
  const machines = await machinesOf(operation);
  const named = machines.filter(({ node, id }) => [node, id].includes(operation.which));
  const machine =
    named.find(({ state }) => state !== "gone") ??
    named.toSorted((a, b) => b.launchedAt.getTime() - a.launchedAt.getTime())[0];
  if (machine === undefined) throw noSuchLog(operation);
  return machine;
}

function noSuchLog({ name, which }: ClusterLogs): SluiceError {
  return new SluiceError(
    "LOG_SOURCE_NOT_FOUND",
    "user",
    `cluster ${name} has no log ${which} and no machine of that name`,
    {
      hint: `take one of ${LOG_SOURCES.join(", ")}, or a node from: sluice describe-cluster-instances -n ${name}`,
    },
  );
}

function unreadable({ name, which }: ClusterLogs, cause: unknown): Error {
  if (isSluiceError(cause) && cause.source === "user") return cause;
  const message = `the log ${which} of ${name} can't be read: ${messageOf(cause)}`;
  return new SluiceError("HEAD_UNREACHABLE", "system", message, {
    hint: `see what the head's machine says with: sluice logs -n ${name} head`,
    cause,
  });
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/**
 * What `now` has after the end of `before`, both windows on one growing text: everything, when they
 * do not overlap (more was written than a window holds, or the machine was switched on again).
 */
export function linesAfter(before: readonly string[], now: readonly string[]): readonly string[] {
  for (let overlap = Math.min(before.length, now.length); overlap > 0; overlap--) {
    const start = before.length - overlap;
    if (now.slice(0, overlap).every((line, index) => line === before[start + index])) {
      return now.slice(overlap);
    }
  }
  return now;
}
