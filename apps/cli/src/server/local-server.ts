import { readFile } from "node:fs/promises";
import { SluiceError } from "@sluice/model";
import type { ServerRecord } from "@sluice/server-app";
import type { Host } from "../host.ts";
import { pinnedFetch } from "./pinned-fetch.ts";

/** How the server of this machine is. */
export interface ServerState extends ServerRecord {
  /** `UNREADY`: it runs, and can't do its work; `SILENT`: it does not answer. */
  readonly status: "READY" | "UNREADY" | "SILENT";
  readonly database?: string;
  readonly clusters?: string;
  readonly firstLink?: string;
}

/** Seconds for which a server that stops is waited for. */
const PATIENCE = 60;
const POLL = 50;

/** Errors: `SERVER_NOT_RUNNING`. */
export async function serverState(host: Host): Promise<ServerState> {
  const { firstLinkFile, serverPaths } = await import("@sluice/server-app");
  const record = await requireRecord(host);
  const link = await readFile(firstLinkFile(serverPaths(host.env)), "utf8").catch(() => undefined);
  const firstLink = link === undefined ? {} : { firstLink: link.trim() };
  const { fingerprint, url } = record;
  const ask = fingerprint === undefined ? fetch : pinnedFetch(fingerprint);
  try {
    const answer = await ask(`${url}/health/ready`, { signal: AbortSignal.timeout(10_000) });
    const { database, clusters } = (await answer.json()) as Pick<
      ServerState,
      "database" | "clusters"
    >;
    return {
      ...record,
      status: answer.ok ? "READY" : "UNREADY",
      ...(database === undefined ? {} : { database }),
      ...(clusters === undefined ? {} : { clusters }),
      ...firstLink,
    };
  } catch {
    return { ...record, status: "SILENT", ...firstLink };
  }
}

/** Resolves when it is gone. Errors: `SERVER_NOT_RUNNING`, `SERVER_NOT_STOPPED`. */
export async function stopServer(host: Host): Promise<ServerRecord> {
  const { runningServer, serverPaths } = await import("@sluice/server-app");
  const record = await requireRecord(host);
  const paths = serverPaths(host.env);
  process.kill(record.pid, "SIGTERM");
  const deadline = host.clock.now().getTime() + PATIENCE * 1000;
  while (isAlive(record.pid)) {
    if (host.clock.now().getTime() > deadline) {
      throw new SluiceError("SERVER_NOT_STOPPED", "system", `process ${record.pid} goes on`, {
        hint: `look at its log; end it with: kill -9 ${record.pid}`,
      });
    }
    await host.clock.sleep(POLL);
    // The number may be somebody else's by now.
    if (runningServer(paths)?.pid !== record.pid && !isAlive(record.pid)) break;
  }
  return record;
}

async function requireRecord(host: Host): Promise<ServerRecord> {
  const { runningServer, serverPaths } = await import("@sluice/server-app");
  const record = runningServer(serverPaths(host.env));
  if (record !== undefined) return record;
  throw new SluiceError("SERVER_NOT_RUNNING", "user", "no server runs on this machine", {
    hint: "start it with: sluice server start",
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
