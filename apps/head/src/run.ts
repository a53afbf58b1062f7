import { execFile } from "node:child_process";
import { SluiceError } from "@sluice/model";

const TIMEOUT_SECONDS = 60;

/** Runs a command, never through a shell, and returns its standard output. Throws HEAD_COMMAND_FAILED. */
export function run(
  argv: readonly string[],
  input = "",
  {
    timeoutSeconds = TIMEOUT_SECONDS,
    signal,
  }: { readonly timeoutSeconds?: number; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      {
        timeout: timeoutSeconds * 1000,
        maxBuffer: 16 << 20,
        ...(signal === undefined ? {} : { signal, killSignal: "SIGKILL" }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const why = stderr.trim().split("\n").at(-1) || error.message.split("\n")[0];
        reject(
          new SluiceError("HEAD_COMMAND_FAILED", "system", `${file} failed: ${why}`, {
            cause: error,
          }),
        );
      },
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/** How a command that `run` threw for has ended; undefined when it was killed, or never began. */
export function exitCodeOf(error: unknown): number | undefined {
  const cause = error instanceof Error ? (error.cause as { readonly code?: unknown }) : undefined;
  return typeof cause?.code === "number" ? cause.code : undefined;
}
