import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { isSluiceError, SluiceError } from "@sluice/model";
import { SocketClient } from "../client.ts";
import { processRef } from "../host/processes.ts";
import type { StatePaths } from "../paths.ts";
import { startGuard } from "./guard.ts";

const START_TIMEOUT_MS = 15_000;

/**
 * A client of the running service, starting it when there is none and replacing it when it is of
 * another build than `program`. Machines run on through both.
 */
export async function connect(state: StatePaths, program: string): Promise<SocketClient> {
  const client = new SocketClient(state.hostSocket);
  const wanted = createHash("sha256")
    .update(readFileSync(program, "utf8"))
    .digest("hex")
    .slice(0, 16);
  const running = await version(client);
  if (running?.build === wanted) return client;
  if (running !== undefined) {
    await client.call("POST", "/shutdown", {}).catch(() => {});
    await until(() => processRef(running.pid) === undefined, "the old service did not end");
  }
  mkdirSync(state.service, { recursive: true, mode: 0o700 });
  startGuard(state, program);
  await until(
    async () => (await version(client)) !== undefined,
    `see ${state.service}/service.log`,
  );
  return client;
}

async function version(client: SocketClient): Promise<{ build: string; pid: number } | undefined> {
  try {
    return await client.call("GET", "/version", undefined, { timeoutMs: 5000 });
  } catch (error) {
    if (isSluiceError(error) && error.code === "LOCAL_SERVICE_UNREACHABLE") return undefined;
    throw error;
  }
}

async function until(done: () => boolean | Promise<boolean>, why: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await done())) {
    if (Date.now() > deadline) {
      throw new SluiceError(
        "LOCAL_SERVICE_UNREACHABLE",
        "system",
        `the local cloud's service did not start: ${why}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
