import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Agent } from "undici";
import { afterAll, beforeAll, beforeEach, vi } from "vitest";
import { createUserWorker, type UserWorker } from "../user-worker.ts";

/** A user of tests, whom no machine has. */
export const WORKER_UID = 61_234;

/** A worker in a process of its own that is another user, with folders that are that user's. */
export interface TestWorker extends AsyncDisposable {
  readonly user: UserWorker;
  /** Holds all the others, and is no root. */
  readonly folder: string;
  readonly home: string;
  readonly shared: string;
  readonly process: ChildProcess;
  /** Ends it at once and starts another; connections are made again. */
  kill(): Promise<void>;
}

export interface TestWorkerOptions {
  /** Put before the PATH of the worker. */
  readonly programs?: string;
  /** Nothing else is in its PATH. */
  readonly isBare?: boolean;
  readonly sharedFolder?: string;
}

export async function startTestWorker(options: TestWorkerOptions = {}): Promise<TestWorker> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-worker-"));
  await chmod(folder, 0o755);
  const home = join(folder, "home");
  const shared = options.sharedFolder ?? join(folder, "shared");
  const run = join(folder, "run");
  for (const path of [home, shared, run]) {
    await mkdir(path, { recursive: true });
    await chown(path, WORKER_UID, WORKER_UID);
  }
  const socketPath = join(run, "worker.sock");
  const agent = new Agent({ connect: { socketPath }, connections: 64 });
  // As a gateway names it: the host is of no meaning.
  const dispatcher = agent.compose(
    (dispatch) => (request, handler) =>
      dispatch({ ...request, origin: "http://localhost" }, handler),
  );
  let child = start({ home, shared, socketPath }, options);
  await listening(socketPath, child);
  return {
    user: createUserWorker(dispatcher),
    folder,
    home,
    shared,
    get process() {
      return child;
    },
    async kill() {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await exited;
      await rm(socketPath, { force: true });
      child = start({ home, shared, socketPath }, options);
      await listening(socketPath, child);
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy();
      const exited = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null) {
        child.kill("SIGKILL");
        await exited;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function start(
  paths: { readonly home: string; readonly shared: string; readonly socketPath: string },
  { programs = "/nonexistent", isBare = false }: TestWorkerOptions,
): ChildProcess {
  const { home, shared, socketPath } = paths;
  const module = new URL("../worker.ts", import.meta.url).href;
  const roots = [
    { path: home, name: "Home" },
    { path: shared, name: "shared" },
  ];
  const code = `const roots = ${JSON.stringify(roots)};
    const { serveWorker } = await import(${JSON.stringify(module)});
    await serveWorker({ socketPath: ${JSON.stringify(socketPath)}, signal: new AbortController().signal, roots: () => roots });`;
  const path = isBare ? [] : ["/usr/local/bin", "/usr/bin", "/bin"];
  return spawn(
    "/usr/bin/setpriv",
    [
      ...[`--reuid=${WORKER_UID}`, `--regid=${WORKER_UID}`, "--clear-groups", "--no-new-privs"],
      ...[process.execPath, "--input-type=module", "--eval", code],
    ],
    {
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        HOME: home,
        USER: "tester",
        LOGNAME: "tester",
        SHELL: "/bin/sh",
        PATH: [programs, ...path].join(":"),
        SECRET_OF_THE_GATEWAY: "hidden",
      },
    },
  );
}

async function listening(socketPath: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(socketPath);
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
    if (isUp) return;
    await delay(20);
  }
  throw new Error("the worker did not start");
}

/** A file of the user's. */
export function putFile(path: string, content: string | Buffer = "", mode = 0o644): string {
  writeFileSync(path, content, { mode });
  chownSync(path, WORKER_UID, WORKER_UID);
  return path;
}

/** A folder of the user's, and those above it that were not there. */
export function putFolder(path: string): string {
  const first = mkdirSync(path, { recursive: true });
  if (first !== undefined) execFileSync("chown", ["-R", `${WORKER_UID}:${WORKER_UID}`, first]);
  return path;
}

export function emptyFolder(path: string): void {
  for (const name of readdirSync(path, { encoding: "buffer" })) {
    rmSync(Buffer.concat([Buffer.from(`${path}/`), name]), { recursive: true, force: true });
  }
}

/** For a file of tests: one worker, whose folders are empty before each. */
export function workerOfTests(): () => TestWorker {
  let worker: TestWorker | undefined;
  const running = (): TestWorker => {
    if (worker === undefined) throw new Error("the worker is there from beforeAll on");
    return worker;
  };
  // Each starts processes, which take their time on a machine that is busy.
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  beforeAll(async () => {
    worker = await startTestWorker();
  });
  afterAll(() => worker?.[Symbol.asyncDispose]());
  beforeEach(() => {
    for (const root of [running().home, running().shared]) emptyFolder(root);
  });
  return running;
}
