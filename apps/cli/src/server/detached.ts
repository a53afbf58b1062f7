import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, rename, stat } from "node:fs/promises";
import { SluiceError } from "@sluice/model";
import type { ServerRecord } from "@sluice/server-app";
import type { Host } from "../host.ts";

export interface DetachedServer {
  readonly record: ServerRecord;
  readonly firstLink: string | undefined;
  readonly logFile: string;
}

const POLL = 50;
/** Bytes. */
const LONG_LOG = 16 << 20;

/**
 * Starts this very program once more, without a terminal, and resolves when it takes requests.
 *
 * Errors: what it ended with; `SERVER_NOT_STARTED`.
 */
export async function startDetached(
  host: Host,
  config: string | undefined,
): Promise<DetachedServer> {
  const { firstLinkFile, makeFolders, runningServer, serverPaths } = await import(
    "@sluice/server-app"
  );
  const paths = serverPaths(host.env);
  await makeFolders(paths);
  await setAside(paths.log);
  const log = openSync(paths.log, "a", 0o600);
  const begin = (await readFile(paths.log)).length;
  const words = ["server", "start", ...(config === undefined ? [] : ["--config", config])];
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? "", ...words], {
    detached: true,
    stdio: ["ignore", log, log],
    env: host.env,
  });
  closeSync(log);
  let isOver = false;
  child.once("error", () => {
    isOver = true;
  });
  child.once("exit", () => {
    isOver = true;
  });
  for (;;) {
    const record = runningServer(paths);
    if (record !== undefined && record.pid === child.pid) {
      child.unref();
      const link = await readFile(firstLinkFile(paths), "utf8").catch(() => undefined);
      return { record, firstLink: link?.trim(), logFile: paths.log };
    }
    if (isOver) throw endedWith((await readFile(paths.log)).subarray(begin), paths.log);
    await host.clock.sleep(POLL);
  }
}

/** A log that has grown long makes room; the one before that goes. */
async function setAside(log: string): Promise<void> {
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LONG_LOG) await rename(log, `${log}.old`);
}

/** The error document that it left last, as our own. */
function endedWith(log: Uint8Array, logFile: string): SluiceError {
  const lines = Buffer.from(log).toString("utf8").trim().split("\n");
  for (const line of lines.toReversed()) {
    try {
      const { code, source, message, hint } = JSON.parse(line) as Partial<SluiceError>;
      if (code === undefined || source === undefined || message === undefined) continue;
      return new SluiceError(code, source, message, hint === undefined ? {} : { hint });
    } catch {
      // Not a document of ours.
    }
  }
  return new SluiceError("SERVER_NOT_STARTED", "system", "the server ended before it was ready", {
    hint: `see ${logFile}`,
  });
}
