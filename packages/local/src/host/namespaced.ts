import { spawn } from "node:child_process";
import { killLauncher, processRef } from "./processes.ts";

export interface NamespacedOptions {
  readonly signal: AbortSignal;
  /** Both of its outputs, as they come. */
  readonly onOutput: (text: string) => void;
  /** Nothing of the caller's own where it is given. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a host command in mount and process namespaces of its own, so that its mounts and children go
 * with it: when it ends, when the signal fires, and when this process dies.
 *
 * @returns its exit code; null when it was killed. Throws the signal's reason, once all of it is gone.
 */
export async function runNamespaced(
  argv: readonly string[],
  { signal, onOutput, env }: NamespacedOptions,
): Promise<number | null> {
  signal.throwIfAborted();
  const unshare = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "unshare", ...unshare, ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
    ...(env === undefined ? {} : { env }),
  });
  const kill = (): void => {
    const launcher = child.pid === undefined ? undefined : processRef(child.pid);
    if (launcher !== undefined) killLauncher(launcher);
  };
  signal.addEventListener("abort", kill, { once: true });
  const tell = (chunk: Buffer): void => onOutput(chunk.toString("utf8"));
  child.stdout.on("data", tell);
  child.stderr.on("data", tell);
  try {
    return await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        if (signal.aborted) reject(signal.reason as Error);
        else resolve(code);
      });
    });
  } finally {
    signal.removeEventListener("abort", kill);
  }
}
