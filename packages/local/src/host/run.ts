import { execFile } from "node:child_process";
import { SluiceError } from "@sluice/model";

export interface RunOptions {
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/**
 * Runs a host command, never through a shell, and returns its standard output.
 * Throws HOST_COMMAND_FAILED with the command's own last line.
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const [file, ...args] = argv;
  if (file === undefined) throw new TypeError("empty command");
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      {
        maxBuffer: 64 << 20,
        timeout: options.timeoutMs ?? 60_000,
        killSignal: "SIGKILL",
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        env: { ...process.env, LC_ALL: "C.UTF-8" },
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const last = stderr.trim().split("\n").at(-1) ?? "";
        const why = last === "" ? error.message.split("\n")[0] : last;
        reject(
          new SluiceError(
            "HOST_COMMAND_FAILED",
            "system",
            `${file} ${args[0] ?? ""} failed: ${why}`,
            {
              cause: error,
            },
          ),
        );
      },
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
}
