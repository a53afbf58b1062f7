import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeData } from "../own/make-data.ts";
import { ownFolder, writeOwned } from "../own/process.ts";
import type { DatabaseFolder, Server } from "./contract.ts";
import { loadFrom, positionsOf } from "./load.ts";
import { startServer } from "./server.ts";
import { databasesOf, type FolderOptions, KEEPER_DATABASE } from "./settings.ts";
import type { Copy } from "./standing.ts";

/** In the data folder, so that it goes where that goes. */
const COPY_FILE = "sluice-copy.json";

/** Is there while the copy may hold what no other has. */
const LED_FILE = "sluice-led";

/** Data that has this name is whole; it is made under the other one. */
const DATA = "data";
const NEW = "data.new";

/** A MariaDB's folder on this machine. Nobody else may use it at that time. */
export function databaseFolder(options: FolderOptions): DatabaseFolder {
  const { folder, name } = options;
  if (!/^[a-z0-9-]{1,32}$/.test(name)) throw new Error(`${name} is no name of a machine`);
  const data = join(folder, DATA);

  const copy = async (): Promise<Copy | undefined> => {
    const text = await readFile(join(data, COPY_FILE), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Copy);
  };
  const setAside = async (): Promise<string | undefined> => {
    if (!existsSync(data)) return undefined;
    const stamp = options.now().toISOString().replaceAll(/[:.]/g, "");
    const kept = join(folder, `data.${stamp}.aside`);
    await rename(data, kept);
    return kept;
  };
  /** Whole and on the disk before it has its name. */
  const settle = async (made: Copy, putAway: () => Promise<unknown>): Promise<Copy> => {
    await writeOwned(join(folder, NEW, COPY_FILE), JSON.stringify(made));
    await syncFolder(join(folder, NEW));
    await putAway();
    await rename(join(folder, NEW), data);
    await syncFolder(folder);
    return made;
  };

  return {
    copy,
    setAside,
    hasLed: async () => existsSync(join(data, LED_FILE)),
    setHasLed: async (hasLed) => {
      if (hasLed) await writeOwned(join(data, LED_FILE), "");
      else await rm(join(data, LED_FILE), { force: true });
      await syncFolder(data);
    },
    start: (recovery) => startServer(options, { recovery, data: DATA, listens: true }),
    positionsOf: (peer) => positionsOf(options, peer),

    bootstrap: async () => {
      await makeEmpty(options);
      const server = await startServer(options, startNew("as-primary"));
      try {
        for (const database of [KEEPER_DATABASE, ...databasesOf(options)]) {
          await server.ask(`CREATE DATABASE IF NOT EXISTS \`${database}\`${collationOf(database)}`);
        }
        await server.ask(`CREATE TABLE ${KEEPER_DATABASE}.beat (n BIGINT NOT NULL)`);
        await server.ask(`INSERT INTO ${KEEPER_DATABASE}.beat VALUES (0)`);
      } finally {
        await stop(server);
      }
      return settle({ lineage: randomUUID(), id: randomUUID() }, setAside);
    },

    remake: async (from, lineage, signal) => {
      await makeEmpty(options);
      const server = await startServer(options, startNew("as-replica"));
      try {
        await loadFrom(options, { server, from, signal });
        await server.ask("RESET MASTER");
        const [row] = await server.ask<{ at: string }>("SELECT @@global.gtid_slave_pos AS at");
        await server.ask("SET GLOBAL gtid_binlog_state = ?", [row?.at ?? ""]);
        await server.ask("RESET SLAVE ALL");
      } finally {
        await stop(server);
      }
      signal.throwIfAborted();
      return settle({ lineage, id: randomUUID() }, () =>
        rm(data, { recursive: true, force: true }),
      );
    },
  };
}

function startNew(recovery: "as-primary" | "as-replica") {
  return { recovery, data: NEW, listens: false };
}

async function makeEmpty({ folder }: FolderOptions): Promise<void> {
  await ownFolder(folder);
  const temporary = join(folder, "tmp");
  await rm(temporary, { recursive: true, force: true });
  await ownFolder(temporary);
  await makeData({ data: join(folder, NEW), temporary, logFile: join(folder, "mariadbd.log") });
}

/** Gently: all is written. */
async function stop(server: Server): Promise<void> {
  await server.ask("SHUTDOWN").catch(() => server.kill());
  await server.ended;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}

/** Slurm supports no collation that tells cases apart; all else is compared byte by byte. */
function collationOf(database: string): string {
  return database.startsWith("slurm") ? " COLLATE utf8mb4_general_ci" : "";
}
