import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { machineInit } from "../../packages/local/src/host/processes.ts";

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Seconds that a machine has from being switched on to its first process. */
const INIT_SECONDS = 30;

/**
 * The process that is number 1 in a machine, as soon as it is systemd: until then, it still sees the
 * host's files. Rejects when the machine is off, or switched off meanwhile.
 */
export async function initOf(launcher: () => number | undefined): Promise<number> {
  const deadline = performance.now() + INIT_SECONDS * 1000;
  for (;;) {
    const pid = launcher();
    if (pid === undefined || performance.now() > deadline) {
      throw new Error("the machine is not running");
    }
    const init = machineInit(pid);
    if (init !== undefined && commandOf(init) === "systemd") return init;
    await delay(50);
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

/** Runs a command as root in the machine, with nothing of our own environment. */
export function inMachine(
  init: number,
  argv: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string;
    /** Open files that the command has as 3, 4, … */
    readonly files?: readonly number[];
  } = {},
): Promise<Outcome> {
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LANG: "C.UTF-8",
    HOME: "/root",
    ...options.env,
  };
  const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wdns=/"];
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const child = spawn(
    "nsenter",
    [`--target=${init}`, ...namespaces, "--", "/usr/bin/env", "-i", ...words, ...argv],
    { stdio: ["pipe", "pipe", "pipe", ...(options.files ?? [])] },
  ) as ChildProcessWithoutNullStreams;
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? 255, stdout, stderr }));
  });
}

/** As `inMachine`, for what has to work. */
export async function mustInMachine(...args: Parameters<typeof inMachine>): Promise<string> {
  const { exitCode, stdout, stderr } = await inMachine(...args);
  if (exitCode !== 0) throw new Error(stderr.trim() || `exit ${exitCode}`);
  return stdout;
}
