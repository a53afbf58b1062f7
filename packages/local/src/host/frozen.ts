import { readdirSync, readFileSync } from "node:fs";

interface Seen {
  readonly pid: number;
  readonly parent: number;
  /** As in the second field of /proc/PID/stat, without its brackets. */
  readonly name: string;
  /** `T` when it is stopped. */
  readonly state: string;
}

/** Passes until nothing new is found: what forks while it is being stopped has children. */
const MOST_PASSES = 50;

/**
 * Stops everything that runs below a launcher, as a host does that stands still. The launcher itself
 * goes on, so that the machine can still be switched off. Repeatable.
 */
export function freezeBelow(launcher: number): void {
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const awake = below(launcher).filter(({ state }) => !/[TtZX]/.test(state));
    if (awake.length === 0) return;
    for (const { pid } of awake) signal(pid, "SIGSTOP");
  }
}

/** Undoes `freezeBelow`, and so also what a program in there had stopped by itself. */
export function thawBelow(launcher: number): void {
  for (const { pid } of below(launcher)) signal(pid, "SIGCONT");
}

/** Names of the processes below a launcher that are not stopped, one for each process. */
export function awakeBelow(launcher: number): readonly string[] {
  return below(launcher)
    .filter(({ state }) => !/[TtZX]/.test(state))
    .map(({ name }) => name);
}

function below(launcher: number): readonly Seen[] {
  const children = Map.groupBy(everything(), ({ parent }) => parent);
  const found: Seen[] = [];
  const queue = [launcher];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    for (const child of children.get(pid) ?? []) {
      found.push(child);
      queue.push(child.pid);
    }
  }
  return found;
}

function everything(): readonly Seen[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
        const [open, close] = [stat.indexOf("("), stat.lastIndexOf(")")];
        const [state = "?", parent = "0"] = stat.slice(close + 2).split(" ");
        const name = stat.slice(open + 1, close);
        return [{ pid: Number(entry), parent: Number(parent), name, state }];
      } catch {
        return [];
      }
    });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It went in between.
  }
}
