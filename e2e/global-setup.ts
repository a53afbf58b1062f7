import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { TestProject } from "vitest/node";
import {
  isAlive,
  looseLinks,
  mountsBelow,
  processesWith,
  sweep,
  takeAway,
  tracesOf,
} from "./leftovers.ts";
import { CRASH, ledgerOf, type Run, TEST_ROOT, type Trace } from "./run.ts";

/** Seconds that a service without clusters takes to end by itself, and a little more. */
const QUIET_SECONDS = 15;

/**
 * Builds the programs into a folder of this run, or brings those of `SLUICE_TEST_BUILD` there. Its
 * clusters live in that folder, too. Takes down what earlier runs left that were killed. At the end nothing may be left: the tests fail if
 * anything is.
 */
export default async function setup(
  project: Pick<TestProject, "provide">,
): Promise<() => Promise<void>> {
  mkdirSync(TEST_ROOT, { recursive: true, mode: 0o755 });
  await buryDeadRuns();
  const folder = join(TEST_ROOT, `run-${process.pid}-${startTicks(process.pid)}`);
  const run: Run = {
    folder,
    dist: join(folder, "dist"),
    node: join(folder, "dist", "node"),
    images: process.env.SLUICE_IMAGE_DIR ?? "/var/lib/sluice/images",
  };
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(ledgerOf(run), "");
  const built = process.env.SLUICE_TEST_BUILD;
  if (built === undefined) {
    execFileSync(process.execPath, ["scripts/build.mjs"], {
      env: { ...process.env, SLUICE_DIST: run.dist },
      stdio: "inherit",
    });
  } else cpSync(built, run.dist, { recursive: true });
  // A link of its own: the one in the checkout may be out of other users' reach.
  try {
    linkSync(process.execPath, run.node);
  } catch {
    copyFileSync(process.execPath, run.node);
  }
  // What the programs load when they need it, such as aws-cdk-lib, is looked for beside them.
  symlinkSync(join(import.meta.dirname, "../node_modules"), join(folder, "node_modules"));
  const looseBefore = looseLinks();
  project.provide("run", run);
  return () => finish(run, looseBefore);
}

/** Deletes every cluster that is left, in whatever state folder, and looks at what remains. */
async function finish(run: Run, looseBefore: readonly string[]): Promise<void> {
  const clusters = [...ledgerClusters(run.folder), ...recordedClusters(run.folder)];
  const problems: string[] = [];
  for (const state of stateFolders(run.folder)) {
    const env = { ...process.env, SLUICE_STATE_DIR: state, SLUICE_IMAGE_DIR: run.images };
    for (const { name } of recordedIn(state)) {
      try {
        execFileSync(
          run.node,
          [join(run.dist, "sluice.mjs"), "delete-cluster", "-n", name, "--yes"],
          { env, stdio: ["ignore", "ignore", "pipe"], timeout: 60_000 },
        );
      } catch (error) {
        problems.push(`delete-cluster ${name} in ${state}: ${String(error)}`);
      }
    }
  }
  problems.push(...stateFolders(run.folder).flatMap(crashesIn));
  const deadline = Date.now() + QUIET_SECONDS * 1000;
  let left = leftOf(run, clusters, looseBefore);
  while (left.length > 0 && Date.now() < deadline) {
    await delay(200);
    left = leftOf(run, clusters, looseBefore);
  }
  problems.push(...left);
  await bury(run.folder);
  if (problems.length > 0) throw new Error(`the tests left something:\n  ${problems.join("\n  ")}`);
}

function leftOf(run: Run, clusters: readonly Trace[], looseBefore: readonly string[]): string[] {
  return [
    ...clusters.flatMap(tracesOf),
    ...processesWith(`${run.folder}/`).map(({ pid, command }) => `process ${pid}: ${command}`),
    ...mountsBelow(run.folder).map((point) => `mount ${point}`),
    ...looseLinks()
      .filter((name) => !looseBefore.includes(name))
      .map((name) => `link ${name}`),
  ];
}

async function buryDeadRuns(): Promise<void> {
  for (const name of readdirSync(TEST_ROOT)) {
    const [, pid, ticks] = /^run-(\d+)-(\d+)$/.exec(name) ?? [];
    if (pid === undefined || ticks === undefined) continue;
    if (isAlive(Number(pid)) && startTicks(Number(pid)) === ticks) continue;
    await bury(join(TEST_ROOT, name));
  }
}

/** Ends everything that runs out of a run's folder and removes the folder. */
async function bury(folder: string): Promise<void> {
  const clusters = [...ledgerClusters(folder), ...recordedClusters(folder)];
  const deadline = Date.now() + QUIET_SECONDS * 1000;
  for (;;) {
    // Guards first, or they start the services again.
    const found = processesWith(`${folder}/`).toSorted(
      (a, b) => Number(isGuard(b.command)) - Number(isGuard(a.command)),
    );
    if (found.length === 0 || Date.now() > deadline) break;
    for (const { pid } of found) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Gone in between.
      }
    }
    await delay(100);
  }
  sweep(clusters);
  for (const point of mountsBelow(folder).toReversed()) {
    takeAway(() => mountsBelow(folder).includes(point), ["umount", "--lazy", point]);
  }
  rmSync(folder, { recursive: true, force: true });
}

const isGuard = (command: string): boolean => command.includes("sluice-local-guard");

function ledgerClusters(folder: string): readonly Trace[] {
  const file = ledgerOf({ folder });
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Trace);
}

function recordedClusters(folder: string): readonly Trace[] {
  return stateFolders(folder).flatMap(recordedIn);
}

/** What a state folder's own database knows; one that was never used knows nothing. */
function recordedIn(state: string): readonly Trace[] {
  const database = new DatabaseSync(join(state, "service", "local.sqlite"), { readOnly: true });
  try {
    const rows = database.prepare("SELECT name, id, bridge FROM clusters").all();
    return (rows as unknown as readonly Omit<Trace, "folder">[]).map(({ name, id, bridge }) => ({
      name,
      id,
      bridge,
      folder: join(state, "clusters", name),
    }));
  } catch {
    return [];
  } finally {
    database.close();
  }
}

function stateFolders(folder: string): readonly string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((state) => existsSync(join(state, "service", "local.sqlite")));
}

/** A service that ended by an error of its own; its guard hides that from everybody else. */
function crashesIn(state: string): readonly string[] {
  const file = join(state, "service", "service.log");
  const log = existsSync(file) ? readFileSync(file, "utf8") : "";
  return CRASH.test(log) ? [`${file} tells of a crash:\n${log.slice(-2000)}`] : [];
}

/** Tells a process from a later one of the same number. */
function startTicks(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "0";
}
