import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SluiceError } from "@sluice/model";
import { commandFailure, isUnreachable, SLURM_COMMAND_ENV } from "@sluice/slurm";
import type { CommandResult, SbatchRequest } from "../user-worker.ts";
import { bytesOfText, shown } from "./file-name.ts";
import type { WorkerParts } from "./parts.ts";
import { runProgram, textsOf } from "./programs.ts";
import { demandFolder, numbered, tidy } from "./territory.ts";

/**
 * Options that are not about the job: whose it is, another script than the one that is handed in,
 * and what sbatch does besides submitting. Abbreviations of them are refused with them.
 */
const NOT_OPTIONS = [
  ...["uid", "gid", "wrap", "wait", "get-user-env", "test-only"],
  ...["help", "usage", "version", "parsable", "quiet", "verbose", "export-file"],
];
const OPTION = /^--([a-z][a-z0-9-]*)(=[^\0]*)?$/s;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

const SBATCH_MS = 60_000;
const MOST_OUTPUT = 64 * 1024;

export async function sbatch(
  parts: WorkerParts,
  request: SbatchRequest,
  signal: AbortSignal,
): Promise<{ readonly jobId: number; readonly cluster?: string }> {
  const result = await run(parts, request, ["--parsable"], parts.environment, signal);
  const [, id, cluster] = /^(\d+)(?:;(\S+))?\s*$/m.exec(result.stdout) ?? [];
  if (result.exitCode !== 0 || id === undefined) throw commandFailure(["sbatch"], result);
  return { jobId: Number(id), ...(cluster === undefined ? {} : { cluster }) };
}

/** What sbatch says without submitting. Throws only where slurmctld does not answer. */
export async function trySbatch(
  parts: WorkerParts,
  request: SbatchRequest,
  signal: AbortSignal,
): Promise<CommandResult> {
  const environment = { ...parts.environment, ...SLURM_COMMAND_ENV };
  const result = await run(parts, request, ["--test-only"], environment, signal);
  const failure = result.exitCode === 0 ? undefined : commandFailure(["sbatch"], result);
  if (failure !== undefined && isUnreachable(failure)) throw failure;
  return result;
}

async function run(
  parts: WorkerParts,
  request: SbatchRequest,
  words: readonly string[],
  own: WorkerParts["environment"],
  signal: AbortSignal,
): Promise<CommandResult> {
  const { script, options, arguments: args = [], environment = {} } = request;
  for (const option of options) demandOption(option);
  for (const name of Object.keys(environment)) demandVariable(name);
  const directory = tidy(request.workingDirectory);
  await using folder = await parts.territory.hold(directory);
  demandFolder(folder, directory);

  // A file, since sbatch takes arguments only for a script that it opens by a name.
  await using file = await unnamedFile(parts, bytesOfText(script));
  const argv = [
    "sbatch",
    ...words,
    ...options,
    ...(args.length > 0 ? ["/dev/stdin"] : []),
    ...args,
  ];
  const result = await runProgram({
    argv,
    environment: { ...own, ...environment },
    workingDirectory: numbered(folder.handle),
    input: file,
    timeoutMs: SBATCH_MS,
    mostOutput: MOST_OUTPUT,
    signal,
  });
  return textsOf(result);
}

function demandOption(option: string): void {
  const [, name] = OPTION.exec(option) ?? [];
  const isRefused = (one: string): boolean => one.startsWith(name ?? "") && name !== "export";
  if (name !== undefined && !NOT_OPTIONS.some(isRefused)) return;
  throw new SluiceError("SBATCH_OPTION_REFUSED", "user", `sbatch is not given ${shown(option)}`, {
    hint: "Give long options, each one word with its value: --partition=burst.",
  });
}

function demandVariable(name: string): void {
  if (VARIABLE.test(name)) return;
  throw new SluiceError("COMMAND_NOT_ALLOWED", "user", `${shown(name)} is no name of a variable`);
}

/** Open for reading, and in no folder any more: nobody else gets at it, and it ends with us. */
async function unnamedFile(parts: WorkerParts, content: Buffer): Promise<FileHandle> {
  const path = join(tmpdir(), `sluice-script-${parts.newId()}`);
  await using file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    return await open(path, "r");
  } finally {
    await unlink(path);
  }
}
