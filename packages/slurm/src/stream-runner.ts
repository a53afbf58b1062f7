import { spawn } from "node:child_process";
import type { RunResult } from "./exec-runner.ts";

export interface StreamOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Who the command is; this process's user when missing. */
  readonly as?: { readonly uid: number; readonly gid: number };
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Takes what is printed, in pieces; the command waits while it does. */
  readonly onText: (text: string) => Promise<void>;
}

const MOST_STDERR_LENGTH = 64 << 10;

/** Runs one command to its end, as `Run` does, with its output as it comes and none of it kept. */
export async function runStreaming(
  [name = "", ...args]: readonly string[],
  options: StreamOptions,
): Promise<RunResult> {
  const { signal, timeoutMs } = options;
  signal?.throwIfAborted();
  const late = AbortSignal.timeout(timeoutMs);
  const child = spawn(name, args, {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    killSignal: "SIGKILL",
    signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    ...options.as,
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (stderr.length < MOST_STDERR_LENGTH) stderr += text;
  });
  const ended = new Promise<{ readonly code: number; readonly why: string }>((resolve) => {
    child.on("error", (error) => {
      // One that was started ends by being killed.
      if (child.pid === undefined) resolve({ code: -1, why: error.message });
    });
    child.once("close", (code) => resolve({ code: code ?? -1, why: "it was killed" }));
  });
  try {
    for await (const text of child.stdout.setEncoding("utf8") as AsyncIterable<string>) {
      await options.onText(text);
    }
  } catch (error) {
    child.kill("SIGKILL");
    if (!late.aborted && !signal?.aborted) throw error;
  }
  const { code, why } = await ended;
  signal?.throwIfAborted();
  const failure = late.aborted ? `no answer within ${timeoutMs} ms` : why;
  return {
    exitCode: late.aborted ? -1 : code,
    stdout: "",
    stderr: stderr === "" && code === -1 ? failure : stderr,
  };
}
