import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { Trace } from "./run.ts";

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Processes of the host whose command line has `words`; zombies and this process are left out. */
export function processesWith(words: string): readonly FoundProcess[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      try {
        const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return command.includes(words) ? [{ pid: Number(entry), command }] : [];
      } catch {
        return [];
      }
    });
}

export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !stat.slice(stat.lastIndexOf(")")).startsWith(") Z");
  } catch {
    return false;
  }
}

/** Links of the host by name, with the bridge that each is plugged into. */
export function links(): ReadonlyMap<string, string | undefined> {
  const text = execFileSync("ip", ["-json", "link"], { encoding: "utf8" });
  const all = JSON.parse(text) as readonly { ifname: string; master?: string }[];
  return new Map(all.map(({ ifname, master }) => [ifname, master]));
}

/** Links of machines that hang on no bridge any more: those of clusters that exist always do. */
export function looseLinks(): readonly string[] {
  return [...links()].flatMap(([name, master]) =>
    /^sl([0-9a-f]{12}|[uv][0-9a-f]{11})$/.test(name) && master === undefined ? [name] : [],
  );
}

/** The bridges and uplinks of a network's zones: named by what its core bridge is named by. */
function zoneLinksOf(bridge: string): readonly string[] {
  return [...links().keys()].filter(
    (name) => /^sl[zuv]/.test(name) && name.slice(3, -1) === bridge.slice(3),
  );
}

function cgroupMounts(): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => / - cgroup2? /.test(line))
    .flatMap((line) => line.split(" ")[4] ?? []);
}

export function groupsOf(clusterId: string): readonly string[] {
  return cgroupMounts()
    .map((root) => join(root, "sluice", clusterId))
    .filter((folder) => existsSync(folder));
}

/** Mount points at or below a folder, in the host's own view. */
export function mountsBelow(folder: string): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ")[4] ?? [])
    .filter((point) => point === folder || point.startsWith(`${folder}/`));
}

/** Everything that is still there of a cluster that was deleted; empty when it is gone. */
export function tracesOf(cluster: Trace): readonly string[] {
  return [
    ...processesWith(`${cluster.folder}/`).map(({ pid, command }) => `process ${pid}: ${command}`),
    ...(links().has(cluster.bridge) ? [`link ${cluster.bridge}`] : []),
    ...[...links()].flatMap(([name, master]) => (master === cluster.bridge ? `link ${name}` : [])),
    ...zoneLinksOf(cluster.bridge).map((name) => `link ${name}`),
    ...groupsOf(cluster.id).map((folder) => `control group ${folder}`),
    ...mountsBelow(cluster.folder).map((point) => `mount ${point}`),
    ...(existsSync(cluster.folder) ? [`folder ${cluster.folder}`] : []),
  ];
}

/**
 * Takes down what a run that died left of its clusters, whatever state they were in. Several runs that
 * begin may do so at once: what another one has taken meanwhile is gone as well.
 */
export function sweep(clusters: readonly Trace[]): void {
  for (const { bridge, id } of clusters) {
    for (const link of [bridge, ...zoneLinksOf(bridge)]) {
      const isThere = () => links().has(link);
      if (isThere()) takeAway(isThere, ["ip", "link", "delete", link]);
    }
    for (const folder of groupsOf(id)) removeGroup(folder);
  }
}

/** Throws when it fails and the thing is still there. */
export function takeAway(
  isThere: () => boolean,
  [program = "", ...words]: readonly string[],
): void {
  try {
    execFileSync(program, words, { stdio: "pipe" });
  } catch (error) {
    if (isThere()) throw error;
  }
}

function removeGroup(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeGroup(join(folder, entry.name));
    }
    rmdirSync(folder);
  } catch {
    // It is gone, or its processes are about to go; the next run finds it.
  }
}

/** The network namespace of a process: the same for all that share one network. */
export function networkOf(pid: number): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}
