import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** Limits of one machine. */
export interface MachineLimits {
  readonly vcpus: number;
  readonly memoryMiB: number;
}

/**
 * What control groups this host has. Hosts come with version 2 alone, version 1 with or without an
 * empty version 2 beside it, or none mounted at all; machines run on each, with limits where some
 * hierarchy can hold them.
 */
export interface HostCgroups {
  /** Mount point of version 2, if any. */
  readonly unified: string | undefined;
  /** Mount points of the version 1 controllers that we use. */
  readonly v1: Readonly<Partial<Record<"cpu" | "memory" | "pids", string>>>;
}

const PIDS_PER_MACHINE = 8192;

export function detectCgroups(
  mountinfo = readFileSync("/proc/self/mountinfo", "utf8"),
): HostCgroups {
  let unified: string | undefined;
  const v1: Partial<Record<"cpu" | "memory" | "pids", string>> = {};
  for (const line of mountinfo.split("\n")) {
    const [before, after] = line.split(" - ");
    const mountPoint = before?.split(" ")[4];
    const [type, , options] = after?.split(" ") ?? [];
    if (mountPoint === undefined) continue;
    if (type === "cgroup2") unified ??= mountPoint;
    if (type === "cgroup") {
      for (const controller of ["cpu", "memory", "pids"] as const) {
        if (options?.split(",").includes(controller)) v1[controller] ??= mountPoint;
      }
    }
  }
  return { unified, v1 };
}

/**
 * Makes the groups of one machine and returns the `cgroup.procs` files that its first process has
 * to enter. `path` is relative, such as `sluice/demo/m-1`. Limits that a hierarchy does not offer
 * are left out.
 */
export function makeGroups(
  host: HostCgroups,
  path: string,
  limits: MachineLimits,
): readonly string[] {
  const entries: string[] = [];
  const quota = String(Math.round(limits.vcpus * 100_000));
  const memory = String(limits.memoryMiB * 1024 * 1024);
  if (host.unified !== undefined && enableControllers(host.unified, path)) {
    const dir = join(host.unified, path);
    trySet(join(dir, "cpu.max"), `${quota} 100000`);
    trySet(join(dir, "memory.max"), memory);
    trySet(join(dir, "pids.max"), String(PIDS_PER_MACHINE));
    entries.push(join(dir, "cgroup.procs"));
  }
  const v1Limits = {
    cpu: ["cpu.cfs_quota_us", quota],
    memory: ["memory.limit_in_bytes", memory],
    pids: ["pids.max", String(PIDS_PER_MACHINE)],
  } as const;
  for (const [controller, mountPoint] of Object.entries(host.v1)) {
    const dir = join(mountPoint, path);
    try {
      mkdirSync(dir, { recursive: true });
    } catch {
      continue;
    }
    const [file, value] = v1Limits[controller as keyof typeof v1Limits];
    trySet(join(dir, file), value);
    entries.push(join(dir, "cgroup.procs"));
  }
  return entries;
}

/** Removes the groups below and including `path`; true when none is left. */
export function removeGroups(host: HostCgroups, path: string): boolean {
  const roots = [host.unified, ...Object.values(host.v1)].filter((root) => root !== undefined);
  return roots.map((root) => removeTree(join(root, path))).every(Boolean);
}

/** SIGKILL for every process in the groups below and including `path`. */
export function killMembers(host: HostCgroups, path: string): void {
  const roots = [host.unified, ...Object.values(host.v1)].filter((root) => root !== undefined);
  for (const root of roots) killTree(join(root, path));
}

function killTree(dir: string): void {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) killTree(join(dir, entry.name));
  }
  try {
    for (const pid of readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean)) {
      process.kill(Number(pid), "SIGKILL");
    }
  } catch {
    // The group or the process went in between; whoever is left is met again.
  }
}

function enableControllers(root: string, path: string): boolean {
  let dir = root;
  try {
    for (const part of path.split("/")) {
      const available = readFileSync(join(dir, "cgroup.controllers"), "utf8").trim().split(" ");
      for (const controller of ["cpu", "memory", "pids"]) {
        if (available.includes(controller))
          trySet(join(dir, "cgroup.subtree_control"), `+${controller}`);
      }
      dir = join(dir, part);
      if (!existsSync(dir)) mkdirSync(dir);
    }
    return true;
  } catch {
    return false;
  }
}

function trySet(file: string, value: string): void {
  try {
    writeFileSync(file, value);
  } catch {
    // This hierarchy has no such limit; machines run without it.
  }
}

function removeTree(dir: string): boolean {
  if (!existsSync(dir)) return true;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(dir, entry.name));
  }
  try {
    rmdirSync(dir);
    return true;
  } catch {
    return !existsSync(dir);
  }
}
