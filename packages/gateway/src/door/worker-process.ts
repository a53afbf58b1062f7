import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Clock, SluiceError } from "@sluice/model";
import type { Account } from "./accounts.ts";
import type { DoorLog } from "./door.ts";
import { isSocketOf, seal } from "./sealed.ts";

export interface WorkerProcessOptions {
  /** Root's; the worker has a folder in it. */
  readonly folder: string;
  /** What to run so that it is that account and serves HTTP at that socket until its input ends. */
  readonly argvFor: (account: Account, socketPath: string) => readonly string[];
  /** A line that it reads at its start, and again when there is another. */
  readonly lineFor: (account: Account) => string;
  readonly clock: Clock;
  readonly log: DoorLog;
}

/** One worker, from its start to its end. */
export interface WorkerProcess {
  readonly account: Account;
  /** Where it listens, once it does; rejects with `GATEWAY_WORKER_FAILED`. */
  readonly socketPath: Promise<string>;
  /** Resolves when it has ended, whatever ended it, and nothing of it is left. */
  readonly ended: Promise<void>;
  /** Tells it what there is to tell now, if it is another line than the last. */
  tell(): void;
  end(): void;
}

const START_MILLISECONDS = 15_000;
const LOOK_MILLISECONDS = 10;
const STOP_MILLISECONDS = 5000;
const MOST_LOG_LENGTH = 2000;

/** What a login of the user would have, and nothing of ours. */
export function loginEnvironment({ name, home, shell }: Account): Readonly<Record<string, string>> {
  return {
    HOME: home,
    USER: name,
    LOGNAME: name,
    SHELL: shell,
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LANG: "C.UTF-8",
  };
}

/**
 * Runs a program as an account, with all groups that the account is in and no way to become another.
 * Node itself would leave the groups out.
 */
export function asAccount({ uid, gid }: Account, argv: readonly string[]): readonly string[] {
  return [
    ...["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--init-groups", "--no-new-privs"],
    ...["--inh-caps=-all", "--"],
    ...argv,
  ];
}

export function startWorker(options: WorkerProcessOptions, account: Account): WorkerProcess {
  const { clock, log } = options;
  let told = options.lineFor(account);
  const folder = join(options.folder, `${account.uid}-${randomBytes(6).toString("hex")}`);
  mkdirSync(folder, { mode: 0o700 });
  chownSync(folder, account.uid, account.gid);
  const path = join(folder, "worker.sock");
  const [file = "", ...args] = options.argvFor(account, path);
  const child = spawn(file, args, {
    cwd: "/",
    env: loginEnvironment(account),
    stdio: ["pipe", "ignore", "pipe"],
    detached: true,
  });
  child.stdin?.on("error", () => {});
  child.stdin?.write(`${told}\n`);
  const tell = (): void => {
    const line = options.lineFor(account);
    if (line === told || child.stdin?.writable !== true) return;
    told = line;
    child.stdin.write(`${line}\n`);
  };
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log.warn({ user: account.name, said: text.slice(0, MOST_LOG_LENGTH) }, "a worker complains");
  });
  const over = new AbortController();
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  }).then(() => {
    over.abort();
    // What it started goes with it.
    signalGroup(child, "SIGKILL");
    seal(folder);
    rmSync(folder, { recursive: true, force: true });
    log.info({ user: account.name }, "worker ended");
  });
  const end = (): void => {
    if (over.signal.aborted) return;
    child.stdin?.end();
    signalGroup(child, "SIGTERM");
    void clock.sleep(STOP_MILLISECONDS, over.signal).then(() => {
      if (!over.signal.aborted) signalGroup(child, "SIGKILL");
    });
  };
  const listens = async (): Promise<string> => {
    for (let waited = 0; !isSocketOf(path, account); waited += LOOK_MILLISECONDS) {
      if (over.signal.aborted || waited > START_MILLISECONDS) throw failed(account);
      await clock.sleep(LOOK_MILLISECONDS, over.signal);
    }
    // Nobody but root changes the folder from here on: what is looked at now stays.
    seal(folder);
    if (!isSocketOf(path, account)) throw failed(account);
    log.info({ user: account.name, pid: child.pid }, "worker started");
    return path;
  };
  const socketPath = listens();
  socketPath.catch(() => end());
  return { account, socketPath, ended, tell, end };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It is over.
  }
}

function failed({ name }: Account): SluiceError {
  return new SluiceError("GATEWAY_WORKER_FAILED", "system", `the worker of ${name} did not start`, {
    hint: "see `journalctl -u sluice-gateway` on the head",
  });
}
