import { readdirSync, readFileSync } from "node:fs";

/** A process that can be told from a later one with the same number. */
export interface ProcessRef {
  readonly pid: number;
  /** Clock ticks from the host's boot to the process's start: field 22 of /proc/PID/stat. */
  readonly startTicks: number;
}

/** Undefined when there is no such process, or it is a zombie. */
export function processRef(pid: number): ProcessRef | undefined {
  const stat = readStat(pid);
  return stat === undefined || stat.state === "Z"
    ? undefined
    : { pid, startTicks: stat.startTicks };
}

export function isAlive(ref: ProcessRef): boolean {
  return processRef(ref.pid)?.startTicks === ref.startTicks;
}

/** SIGKILL, unless the number belongs to somebody else by now. */
export function killHard(ref: ProcessRef): void {
  if (isAlive(ref)) signal(ref.pid, "SIGKILL");
}

/** Clock ticks a second in /proc, which is 100 on every Linux that Debian runs on. */
const TICKS = 100;
/** A launcher older than this has long made its child, and the child its wish to die with it. */
const YOUNG_SECONDS = 5;

/**
 * SIGKILL for a launcher, `unshare --fork --kill-child`, and so for all that it started. The child
 * asks to die with its parent only after it was forked; a parent that is killed in between would
 * leave it. So a young one is stopped first: then it forks no more, and its children are known.
 */
export function killLauncher(ref: ProcessRef): void {
  if (!isAlive(ref)) return;
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  if (uptime - ref.startTicks / TICKS < YOUNG_SECONDS) {
    signal(ref.pid, "SIGSTOP");
    const deadline = performance.now() + 100;
    while (performance.now() < deadline && /[^TZ]/.test(readStat(ref.pid)?.state ?? "Z")) {
      // A matter of microseconds: the kernel stops it when it next leaves a system call.
    }
    for (const child of childrenOf(ref.pid)) signal(child, "SIGKILL");
  }
  killHard(ref);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It went in between.
  }
}

/** Processes whose command line has `needle` as part of an argument, lowest number first. */
export function findByArgument(needle: string): readonly ProcessRef[] {
  const found: ProcessRef[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (!readFileSync(`/proc/${entry}/cmdline`, "utf8").includes(needle)) continue;
    } catch {
      continue;
    }
    const ref = processRef(Number(entry));
    if (ref !== undefined && ref.pid !== process.pid) found.push(ref);
  }
  return found.toSorted((a, b) => a.pid - b.pid);
}

/** Direct children, in no order. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

/**
 * The process that is number 1 inside a booted machine: the only child of systemd-nspawn, which is
 * the only child of the launcher. Undefined until the machine is up.
 */
export function machineInit(launcher: number): number | undefined {
  const nspawn = childrenOf(launcher)[0];
  if (nspawn === undefined) return undefined;
  return childrenOf(nspawn).find((pid) => innermostPid(pid) === 1);
}

function innermostPid(pid: number): number | undefined {
  try {
    const line = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return line === undefined ? undefined : Number(line.split(/\s+/).at(-1));
  } catch {
    return undefined;
  }
}

function readStat(pid: number): { state: string; startTicks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name, in brackets, may hold spaces and brackets itself.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "?", startTicks: Number(fields[19]) };
  } catch {
    return undefined;
  }
}
