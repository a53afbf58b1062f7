import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { childrenOf } from "../../packages/local/src/host/processes.ts";
import { type CallOptions, finished, type Result, startProcess, until } from "../harness.ts";
import { sweep, tracesOf } from "../leftovers.ts";
import { ledgerOf, type Run, type Trace } from "../run.ts";
import type { Control, FaultOrders, RegionState } from "./control.ts";
import { ensureMachineImage, type RegionOs } from "./image.ts";
import type { Outcome } from "./machine.ts";
import { loopsBelow } from "./volumes.ts";

export interface RegionOptions {
  /** What all machines boot, whatever image they are launched from. */
  readonly os?: RegionOs;
  /** Holds the addresses of all machines. */
  readonly network?: string;
  /** Whether something stands in for databases of Aurora. */
  readonly aurora?: boolean;
}

/** What the region's process is given. */
export interface MainOptions {
  /** Root folder of the machines' image. */
  readonly image: string;
  readonly network: string;
  readonly aurora: boolean;
}

/** Seconds until it is ready. */
const START_SECONDS = 30;
let regions = 0;

/**
 * Starts a region in a process, network and folder of its own. It is taken down at the end of the
 * block that holds it with `await using`, and takes itself down when this process goes.
 */
export async function startRegion(
  run: Pick<Run, "folder" | "images">,
  { os = "debian13", network = "10.0.0.0/16", aurora = false }: RegionOptions = {},
): Promise<TestRegion> {
  regions += 1;
  const id = `region-${process.pid}-${regions}`;
  const trace = { name: id, id, bridge: "none", folder: join(run.folder, id) };
  appendFileSync(ledgerOf(run), `${JSON.stringify(trace)}\n`);
  const options: MainOptions = {
    image: await ensureMachineImage({ images: run.images, os }),
    network,
    aurora,
  };
  const program = [process.execPath, join(import.meta.dirname, "region-main.ts")];
  const words = [join(trace.folder, "control.sock"), JSON.stringify(options)];
  // The shell is process 1 in there, and reaps what machines leave.
  const child = spawn(
    "unshare",
    [...NAMESPACES, "/bin/sh", "-c", '"$@"; exit $?', "sh", ...program, ...words],
    { cwd: "/", stdio: ["pipe", "pipe", "pipe"] },
  );
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-LOG_LENGTH);
  });
  const ready = await new Promise<{ endpoint: string; region: string }>((resolve, reject) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), START_SECONDS * 1000);
    child.on("error", reject);
    child.on("close", () => reject(new Error(`the region did not start:\n${log}`)));
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line));
    });
  });
  return new TestRegion({ child, trace, ...ready, log: () => log });
}

const NAMESPACES = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
const LOG_LENGTH = 100_000;

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A region that runs, and what can be asked of it beside what AWS offers. */
export class TestRegion implements Control, AsyncDisposable {
  readonly endpoint: string;
  readonly name: string;
  /** Of `Control`. */
  readonly socket: string;
  /** What the region's process wrote to its standard error. */
  readonly log: () => string;
  readonly trace: Trace;
  readonly #child: ChildProcess;
  readonly #control: Socket;
  readonly #pending = new Map<number, Pending>();
  #asked = 0;

  constructor(of: {
    readonly child: ChildProcess;
    readonly trace: Trace;
    readonly endpoint: string;
    readonly region: string;
    readonly log: () => string;
  }) {
    this.#child = of.child;
    this.trace = of.trace;
    this.endpoint = of.endpoint;
    this.name = of.region;
    this.log = of.log;
    this.socket = join(of.trace.folder, "control.sock");
    this.#control = connect(this.socket);
    this.#control.on("error", () => {});
    createInterface({ input: this.#control }).on("line", (line) => this.#answered(line));
    this.#control.on("close", () => {
      for (const { reject } of this.#pending.values()) reject(new Error("the region has ended"));
      this.#pending.clear();
    });
  }

  /** Environment of a person with the account's administrator's credentials. */
  get env(): Readonly<Record<string, string>> {
    return {
      PATH: process.env.PATH ?? "",
      HOME: this.trace.folder,
      LANG: "C.UTF-8",
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: this.name,
      AWS_ACCESS_KEY_ID: "AKIDADMIN",
      AWS_SECRET_ACCESS_KEY: "admin-secret",
    };
  }

  /** A command on a person's machine from which AWS, and nothing else, can be reached. */
  run(argv: readonly string[], options: CallOptions = {}): Promise<Result> {
    return finished(this.start(argv, options), argv, options);
  }

  start(argv: readonly string[], options: CallOptions = {}): ChildProcess {
    return startProcess([...this.enter(), ...argv], { ...this.env, ...options.env });
  }

  /** The words before a command that is to run in the region's network. */
  enter(): readonly string[] {
    const [inner] = childrenOf(this.#child.pid ?? 0);
    if (inner === undefined) throw new Error(`the region has ended:\n${this.log()}`);
    return ["nsenter", `--net=/proc/${inner}/ns/net`, "--"];
  }

  async call<T>(client: string, operation: string, input: object): Promise<T> {
    return (await this.#ask("call", client, operation, input)) as T;
  }

  async faults(orders: FaultOrders): Promise<void> {
    await this.#ask("faults", orders);
  }

  async interrupt(instanceId: string, inSeconds: number): Promise<void> {
    await this.#ask("interrupt", instanceId, inSeconds);
  }

  async exec(instanceId: string, script: string, timeoutSeconds = 30): Promise<Outcome> {
    return (await this.#ask("exec", instanceId, script, timeoutSeconds)) as Outcome;
  }

  async console(instanceId: string): Promise<string> {
    return (await this.#ask("console", instanceId)) as string;
  }

  async pull(instanceId: string): Promise<boolean> {
    return (await this.#ask("pull", instanceId)) as boolean;
  }

  async state(): Promise<RegionState> {
    return (await this.#ask("state")) as RegionState;
  }

  async shutdown(): Promise<void> {
    await this.#ask("shutdown");
  }

  /** Ends its process as a crash would. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Takes it down and fails when anything of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once("close", resolve));
      await this.shutdown().catch(() => this.kill());
      await ended;
    }
    // What one that was killed could not remove itself.
    sweep([this.trace]);
    rmSync(this.trace.folder, { recursive: true, force: true });
    await until(
      "nothing to be left of the region",
      async () => this.left().length === 0,
      10,
      () => Promise.resolve(`${this.left().join("\n")}\n${this.log()}`),
    );
  }

  /** What there is of it on this host. */
  left(): readonly string[] {
    return [...tracesOf(this.trace), ...loopsBelow(this.trace.folder).map((one) => `loop ${one}`)];
  }

  #ask(method: keyof Control, ...params: readonly unknown[]): Promise<unknown> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#control.write(`${JSON.stringify({ id, method, params })}\n`);
      if (this.#control.destroyed) reject(new Error("the region has ended"));
    });
  }

  #answered(line: string): void {
    const { id, result, error } = JSON.parse(line) as {
      readonly id: number;
      readonly result?: unknown;
      readonly error?: string;
    };
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(result);
    else pending?.reject(new Error(error));
  }
}
