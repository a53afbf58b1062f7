import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import type { TestProject } from "vitest/node";
import { connect, type DatabaseAddress } from "../connect.ts";
import { migrate } from "../migrate.ts";
import { type Mariadbd, startMariadbd } from "../own/mariadbd.ts";
import { TEMPLATE } from "./test-database.ts";

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
  await makeTemplate(server);
  project.provide("databaseServer", address);
  return async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function makeTemplate(server: Mariadbd): Promise<void> {
  const connection = await createConnection(server.address(""));
  await connection.query(`CREATE DATABASE ${TEMPLATE}`).finally(() => connection.end());
  const database = connect(server.address(TEMPLATE));
  await migrate(database).finally(() => database.destroy());
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
