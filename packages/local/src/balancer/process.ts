import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, SluiceError } from "@sluice/model";
import {
  findByArgument,
  isAlive,
  killHard,
  type ProcessRef,
  processRef,
} from "../host/processes.ts";
import { run } from "../host/run.ts";
import { type BalancerOptions, balancerConfig } from "./config.ts";

/** Milliseconds that connections have to end in when the balancer stops. */
const STOP = 2000;

/**
 * HAProxy on this host before the servers of a site, where a cloud would have a load balancer of its
 * own. Its process outlives the service that started it, which finds it again by its folder.
 */
export class Balancer {
  readonly #folder: string;
  readonly #file: string;

  /** @param folder absolute, of this balancer alone; made when it is missing. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, "haproxy.cfg");
  }

  /**
   * Has it run with that configuration, whatever ran before; streams through the former process go
   * on there until they end. Does nothing when it runs so already.
   *
   * Errors: `LOCAL_TOOL_MISSING`, `BALANCER_NOT_STARTED` when the address is in use, say.
   */
  async keep(options: BalancerOptions): Promise<void> {
    const config = balancerConfig(options);
    const [former] = this.#processes();
    if (former !== undefined && (await this.#written()) === config) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const draft = `${this.#file}.new`;
    await writeFile(draft, config, { mode: 0o600 });
    await check(draft);
    await rename(draft, this.#file);
    await this.#start(former);
  }

  /** Starts it with what it had, if it is to run and does not. */
  async revive(): Promise<void> {
    if (this.#processes().length === 0 && existsSync(this.#file)) await this.#start(undefined);
  }

  async stop(): Promise<void> {
    const all = this.#processes();
    for (const { pid } of all) signal(pid, "SIGUSR1");
    const deadline = Date.now() + STOP;
    while (all.some(isAlive) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const ref of all) killHard(ref);
  }

  #processes(): readonly ProcessRef[] {
    return findByArgument(`${this.#file}\0`);
  }

  async #written(): Promise<string | undefined> {
    return readFile(this.#file, "utf8").catch(() => undefined);
  }

  async #start(former: ProcessRef | undefined): Promise<void> {
    const log = openSync(join(this.#folder, "haproxy.log"), "a", 0o600);
    const words = ["-db", "-f", this.#file];
    if (former !== undefined) words.push("-sf", String(former.pid));
    const child = spawn("haproxy", words, {
      detached: true,
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    child.unref();
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    child.once("error", (error) => failed.reject(missing(error)));
    child.once("exit", () => failed.reject(new Error("it ended at once")));
    const isUp = async (): Promise<void> => {
      // It says nothing when it listens. One that can't bind ends within milliseconds.
      await new Promise((resolve) => setTimeout(resolve, 300));
      if (child.pid === undefined || processRef(child.pid) === undefined) {
        throw new Error("it did not stay");
      }
    };
    try {
      await Promise.race([failed.promise, isUp()]);
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      const said = await readFile(join(this.#folder, "haproxy.log"), "utf8").catch(() => "");
      const why = said.trim().split("\n").at(-1) || messageOf(error);
      throw new SluiceError("BALANCER_NOT_STARTED", "system", `HAProxy did not start: ${why}`, {
        cause: error,
        hint: "see that its address and port are free",
      });
    }
  }
}

async function check(file: string): Promise<void> {
  try {
    await run(["haproxy", "-c", "-q", "-f", file]);
  } catch (error) {
    const { cause } = error as Error;
    if ((cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") throw missing(error);
    throw new SluiceError(
      "BALANCER_NOT_STARTED",
      "system",
      `HAProxy refuses its configuration: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function missing(cause: unknown): SluiceError {
  return new SluiceError("LOCAL_TOOL_MISSING", "user", "this host has no HAProxy", {
    hint: "install it (apt-get install haproxy)",
    cause,
  });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It went in between.
  }
}
