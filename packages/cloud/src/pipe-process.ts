import { spawn } from "node:child_process";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import type { PipeResult, PipeStreams } from "./infrastructure.ts";

/** Characters of standard error that are kept. */
const MOST_SAID = 64 << 10;

/**
 * `HeadShell.pipe` where a local program is the way to the head. The first thing that goes wrong with
 * the caller's own streams ends the command and is thrown.
 */
export async function pipeProcess(
  argv: readonly string[],
  { input, output, signal }: PipeStreams,
): Promise<PipeResult> {
  const [file = "", ...args] = argv;
  // A session of its own: a Ctrl-C is the caller's to hear, who fires `signal`.
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
  const ended = once(child, "close") as Promise<[number | null]>;
  ended.catch(() => {});
  const end = (): void => void child.kill("SIGTERM");
  signal?.addEventListener("abort", end, { once: true });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = `${stderr}${text}`.slice(-MOST_SAID);
  });
  const given = pipeline(input ?? [], child.stdin).catch((error: NodeJS.ErrnoException) => {
    // The command did not want all of it, and says why.
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
  try {
    signal?.throwIfAborted();
    await Promise.all([given, output(child.stdout)]);
    const [code] = await ended;
    signal?.throwIfAborted();
    return { exitCode: code ?? 255, stderr };
  } catch (error) {
    end();
    throw error;
  } finally {
    signal?.removeEventListener("abort", end);
  }
}
