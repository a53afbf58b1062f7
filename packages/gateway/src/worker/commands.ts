import { SluiceError } from "@sluice/model";
import { SLURM_COMMAND_ENV } from "@sluice/slurm";
import type { CommandResult } from "../user-worker.ts";
import { bytesOfText, shown } from "./file-name.ts";
import type { WorkerParts } from "./parts.ts";
import { createPlaces } from "./places.ts";
import { type ProgramRequest, runProgram, textsOf } from "./programs.ts";

/** Slurm's commands for users. What they may do, Slurm and the kernel say. */
const COMMANDS: ReadonlySet<string> = new Set([
  "sacct",
  "scancel",
  "scontrol",
  "seff",
  "sinfo",
  "sprio",
  "squeue",
  "sshare",
  "sstat",
]);

const COMMAND_MS = 60_000;
const MOST_OUTPUT = 16 * 1024 * 1024;

/** What they give is held in memory until they end. */
const inPlace = createPlaces(8);

export async function slurmCommand(
  parts: WorkerParts,
  argv: readonly string[],
  input: string | undefined,
  signal: AbortSignal,
): Promise<CommandResult> {
  const [name = ""] = argv;
  if (!COMMANDS.has(name)) {
    throw new SluiceError(
      "COMMAND_NOT_ALLOWED",
      "user",
      `${shown(name)} is none of: ${[...COMMANDS].join(", ")}`,
    );
  }
  const environment = { ...parts.environment, ...SLURM_COMMAND_ENV };
  return run({
    argv,
    environment,
    ...(input === undefined ? {} : { input: bytesOfText(input) }),
    timeoutMs: COMMAND_MS,
    mostOutput: MOST_OUTPUT,
    signal,
  });
}

/** Any program, as the user: which they may run, the kernel says. */
export async function userProgram(
  parts: WorkerParts,
  argv: readonly string[],
  limits: { readonly timeoutMs: number; readonly mostOutput: number },
  signal: AbortSignal,
): Promise<CommandResult> {
  const [path = ""] = argv;
  if (!path.startsWith("/")) {
    throw new SluiceError("COMMAND_NOT_ALLOWED", "user", `${shown(path)} is no absolute path`);
  }
  return run({ argv, environment: parts.environment, ...limits, signal });
}

async function run(request: Omit<ProgramRequest, "workingDirectory">): Promise<CommandResult> {
  const { signal } = request;
  return textsOf(await inPlace(signal, () => runProgram({ ...request, workingDirectory: "/" })));
}
