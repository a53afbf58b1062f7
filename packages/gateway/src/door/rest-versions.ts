import { execFile } from "node:child_process";
import { isAtLeast, type SlurmVersion } from "@sluice/slurm";

const TIMEOUT_MILLISECONDS = 15_000;
/** slurmrestd will be neither root nor SlurmUser. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/** Which versions of its interface this machine's slurmrestd has, oldest first; asked once. */
export function restVersions(slurmVersion: SlurmVersion): () => Promise<readonly string[]> {
  // What was a plugin for each version became one that has a parser for each.
  const list = isAtLeast(slurmVersion, 23, 11) ? "-d" : "-s";
  return once(async () => {
    const text = await said("slurmrestd", [list, "list"], NOBODY);
    const found = new Set(text.match(/\bv0\.0\.\d+(?!\S)/g));
    const number = (version: string): number => Number(version.split(".")[2]);
    return [...found].toSorted((one, other) => number(one) - number(other));
  });
}

/** `24.11.5`; asked once. */
export function exactVersion(): () => Promise<string> {
  return once(async () => {
    const text = await said("slurmctld", ["-V"]);
    const [version] = /\d+\.\d+\.\d+/.exec(text) ?? [];
    if (version === undefined) throw new Error(`slurmctld -V says ${JSON.stringify(text.trim())}`);
    return version;
  });
}

/** What a command prints on both of its outputs; slurmrestd lists its plugins as messages. */
function said(
  file: string,
  args: readonly string[],
  as: { readonly uid?: number; readonly gid?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MILLISECONDS, ...as };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(`${stdout}\n${stderr}`);
      else reject(new Error(`${file} failed: ${stderr.trim().split("\n").at(-1)}`));
    });
  });
}

/** Kept when it succeeds. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => {
    known ??= ask().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
