import { parseTime } from "@sluice/slurm";
import { nodesOf } from "../timeline/index.ts";

/** What `sbatch --test-only` says. */
export type TestOnly =
  | {
      readonly accepted: true;
      readonly startTime: Date | undefined;
      readonly cpus: number | undefined;
      readonly nodes: readonly string[];
      readonly partition: string | undefined;
    }
  | { readonly accepted: false; readonly problem: string };

/** `sbatch: Job 12 to start at 2030-01-01T00:00:00 using 2 processors on nodes q-dy-a-1 in partition q` */
const SAID =
  /Job \d+ to start at (\S+) using (\d+) processors on (?:nodes )?(\S+)(?: in partition (\S+))?/;

const MOST_WORDS = 1000;
/** Jobs without a time limit are a year to Slurm, or thousands of them. */
const UNLIMITED_MS = 364 * 86_400_000;

/** When a job would start, unless that hangs on the end of jobs that have no time limit. */
export function knownStart(startTime: Date | undefined, now: Date): Date | undefined {
  const isKnown = startTime !== undefined && startTime.getTime() - now.getTime() < UNLIMITED_MS;
  return isKnown ? startTime : undefined;
}

export function testOnlyOf({
  exitCode,
  stdout,
  stderr,
}: {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}): TestOnly {
  const text = `${stderr}\n${stdout}`;
  const [, time, cpus, nodes = "", partition] = SAID.exec(text) ?? [];
  if (exitCode === 0 && time !== undefined) {
    return {
      accepted: true,
      startTime: parseTime(time),
      cpus: Number(cpus),
      nodes: nodesOf(nodes),
      partition,
    };
  }
  const words = text
    .split("\n")
    .map((line) => line.replace(/^(?:sbatch|allocation failure)(?:: error)?: /, "").trim())
    .map((line) => line.replace(/^allocation failure: /, ""))
    .filter((line) => line !== "");
  const problem = words.join("; ").slice(0, MOST_WORDS);
  return { accepted: false, problem: problem || `sbatch ended with ${exitCode}` };
}
