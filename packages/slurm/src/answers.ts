import { isSluiceError, SluiceError } from "@sluice/model";
import type { RunResult } from "./exec-runner.ts";

/** True for what a later try may mend: slurmctld did not answer. */
export function isUnreachable(error: unknown): boolean {
  return isSluiceError(error) && error.code === "SLURM_UNREACHABLE";
}

/** True when a command failed with one of Slurm's `phrases`, and not for want of an answer. */
export function says({ stdout, stderr }: RunResult, ...phrases: readonly string[]): boolean {
  const text = `${stderr}\n${stdout}`;
  return !speaksOfNoAnswer(text) && phrases.some((phrase) => text.includes(phrase));
}

/** What Slurm's commands print while slurmctld is away, starting, or a standby in charge. */
function speaksOfNoAnswer(text: string): boolean {
  return /Unable to contact slurm controller|Connection (refused|timed out)|connect failure|Socket timed out|Zero Bytes were transmitted|Slurm backup controller in standby|Slurm controller.*(?:not responding|standby)|Could not establish a configuration source|Unable to (?:process|load) configuration|munge.*(?:socket|not running)|Protocol authentication error/i.test(
    text,
  );
}

/** The error for a command that failed: `SLURM_UNREACHABLE` or `SLURM_REFUSED`. */
export function failure(
  argv: readonly string[],
  { exitCode, stdout, stderr }: RunResult,
): SluiceError {
  const verb = argv.slice(1).find((word) => !word.startsWith("-"));
  const command = [argv[0], verb].filter((word) => word !== undefined).join(" ");
  const lines = `${stderr}\n${stdout}`.split("\n").map((line) => line.trim());
  const first = lines.find((line) => line !== "") ?? `exit code ${exitCode}`;
  if (exitCode === -1 || speaksOfNoAnswer(stderr)) {
    return new SluiceError("SLURM_UNREACHABLE", "system", `${command}: ${first}`, {
      hint: "Look at `systemctl status slurmctld munge` on the head; it is tried again.",
    });
  }
  return new SluiceError("SLURM_REFUSED", "system", `${command}: ${first}`, {
    hint: "slurmctld's log on the head says more.",
  });
}
