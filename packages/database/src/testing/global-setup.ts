import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import type { DatabaseAddress } from "../connect.ts";
import { startMariadbd } from "../own/mariadbd.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The run's database server; each test has a schema of its own there. */
    databaseServer: Omit<DatabaseAddress, "database">;
  }
}

const PREFIX = "sluice-db-";

/** One MariaDB for the run. It dies with it; what a killed run left is removed by the next. */
export default async function setup(
  project: Pick<TestProject, "provide">,
): Promise<() => Promise<void>> {
  removeDeadRuns();
  const folder = join(tmpdir(), `${PREFIX}${process.pid}-${startTicks(process.pid)}`);
  mkdirSync(folder, { mode: 0o711 });
  const server = await startMariadbd({
    folder: join(folder, "own"),
    password: randomBytes(16).toString("hex"),
    isDurable: false,
    connections: 500,
  });
  const { database: _, ...address } = server.address("");
  project.provide("databaseServer", address);
  return async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
}

function removeDeadRuns(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid, ticks] = /^sluice-db-(\d+)-(\d+)$/.exec(name) ?? [];
    if (pid === undefined || startTicks(Number(pid)) === ticks) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** Tells a process from a later one of the same number; undefined when there is none. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
