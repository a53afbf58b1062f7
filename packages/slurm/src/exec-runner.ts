import { execFile } from "node:child_process";
import { join } from "node:path";

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface RunResult {
  /** -1 when the command could not be started, was killed or ran out of time. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end; `argv[0]` is its name. Rejects only when `signal` fired. */
export type Run = (argv: readonly string[], options?: RunOptions) => Promise<RunResult>;

export interface ExecRunnerOptions {
  /** Where the commands are; missing: found by PATH. */
  readonly binDir?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A thousand jobs are about half a MiB; a hundred thousand still fit. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Runs commands as child processes, arguments as they are, never through a shell. */
export function execRunner({ binDir, env }: ExecRunnerOptions = {}): Run {
  return ([name = "", ...args], { signal, timeoutMs } = {}) =>
    new Promise((resolve, reject) => {
      const options = {
        env: { ...process.env, ...env },
        maxBuffer: MAX_OUTPUT_BYTES,
        killSignal: "SIGKILL" as const,
        ...(signal === undefined ? {} : { signal }),
        ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      };
      const file = binDir === undefined ? name : join(binDir, name);
      execFile(file, args, options, (error, stdout, stderr) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const code = error === null ? 0 : error.code;
        const late = error?.killed === true ? `no answer within ${timeoutMs} ms` : undefined;
        const why = typeof code === "number" ? "" : (late ?? error?.message ?? "");
        resolve({
          exitCode: typeof code === "number" ? code : -1,
          stdout,
          stderr: stderr === "" ? why : stderr,
        });
      });
    });
}
