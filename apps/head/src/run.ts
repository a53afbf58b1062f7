import { execFile } from "node:child_process";
import { SluiceError } from "@sluice/model";

/** Runs a command, never through a shell, and returns its standard output. Throws HEAD_COMMAND_FAILED. */
export function run(argv: readonly string[], input = ""): Promise<string> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      { timeout: 60_000, maxBuffer: 16 << 20 },
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
