import { randomBytes } from "node:crypto";
import { isSluiceError, SluiceError } from "@sluice/model";
import type { CallOptions, NodeUpdate, SlurmControl, SlurmJob } from "./control.ts";
import type { Run, RunResult } from "./exec-runner.ts";
import { compressHostList } from "./host-list.ts";
import { parseQueue, queueFormat } from "./parse-queue.ts";
import { parseNodes, parsePartitions } from "./parse-show.ts";

/** What the commands must find in their environment for their times to be read rightly. */
export const SLURM_COMMAND_ENV = { SLURM_TIME_FORMAT: "standard", TZ: "UTC" } as const;

export interface SlurmCommandsOptions {
  /** Runs `scontrol` and `squeue` with `SLURM_COMMAND_ENV` in their environment. */
  readonly run: Run;
  /** Missing: 15 s. On their own the commands try for about MessageTimeout. */
  readonly timeoutMs?: number;
  /** A text that nobody can guess, for each call of squeue. */
  readonly newMark?: () => string;
}

/** Host lists longer than this are asked in parts: Linux allows 128 KiB for one argument. */
const MAX_ARGUMENT = 64 * 1024;

const OVER = new Set([
  "BOOT_FAIL",
  "CANCELLED",
  "COMPLETED",
  "DEADLINE",
  "FAILED",
  "NODE_FAIL",
  "OUT_OF_MEMORY",
  "PREEMPTED",
  "REVOKED",
  "TIMEOUT",
]);

/** `SlurmControl` over Slurm's own commands, as root or SlurmUser: they need no token. */
export function createSlurmCommands(options: SlurmCommandsOptions): SlurmControl {
  const { run, timeoutMs = 15_000 } = options;
  const newMark = options.newMark ?? (() => `~${randomBytes(12).toString("hex")}~`);

  const attempt = (argv: readonly string[], { signal }: CallOptions = {}) =>
    run(argv, { timeoutMs, ...(signal === undefined ? {} : { signal }) });

  const demand = async (argv: readonly string[], call?: CallOptions): Promise<string> => {
    const result = await attempt(argv, call);
    if (result.exitCode !== 0) throw failure(argv, result);
    return result.stdout;
  };

  const queue = async (args: readonly string[], call?: CallOptions) => {
    const mark = newMark();
    const argv = ["squeue", "--noheader", "--all", `--Format=${queueFormat(mark)}`, ...args];
    const result = await attempt(argv, call);
    return { argv, result, jobs: parseQueue(result.stdout, mark) };
  };

  const job = async (id: number, call?: CallOptions): Promise<SlurmJob | undefined> => {
    const args = ["--states=all", `--jobs=${jobId(id)}`];
    const { argv, result, jobs } = await queue(args, call);
    if (result.exitCode !== 0 && !says(result, "Invalid job id")) throw failure(argv, result);
    // The number of an array's first job stands for all of them.
    return jobs.find((one) => one.id === id);
  };

  const makeEligible = async (id: number, call?: CallOptions): Promise<void> => {
    const argv = ["scontrol", "update", `JobId=${jobId(id)}`, "StartTime=now"];
    const result = await attempt(argv, call);
    if (result.exitCode === 0) return;
    if (says(result, "no longer pending", "Invalid job id", "already finished")) return;
    throw failure(argv, result);
  };

  return {
    async nodes({ names, ...call } = {}) {
      const argv = ["scontrol", "--all", "--oneliner", "show", "nodes"];
      if (names === undefined) return parseNodes(await demand(argv, call));
      const found = [];
      for (const part of hostLists(names)) {
        const result = await attempt([...argv, part], call);
        // An unknown name makes the command fail after it has shown the known ones.
        if (result.exitCode !== 0 && !says(result, "not found")) throw failure(argv, result);
        found.push(...parseNodes(result.stdout));
      }
      return found;
    },

    async jobs(call) {
      const { argv, result, jobs } = await queue([], call);
      if (result.exitCode !== 0) throw failure(argv, result);
      return jobs;
    },

    job,

    async partitions(call) {
      return parsePartitions(
        await demand(["scontrol", "--all", "--oneliner", "show", "partitions"], call),
      );
    },

    async updateNodes(names, update, call) {
      for (const part of hostLists(names)) {
        await demand(["scontrol", "update", `NodeName=${part}`, ...updateArguments(update)], call);
      }
    },

    async updatePartition(name, state, call) {
      await demand(["scontrol", "update", `PartitionName=${name}`, `State=${state}`], call);
    },

    async requeue(id, call) {
      const before = await job(id, call);
      // `scontrol requeue` would also run a job again that is over.
      if (before === undefined || before.state === "PENDING" || OVER.has(before.state)) return;
      const argv = ["scontrol", "requeue", jobId(id)];
      const result = await attempt(argv, call);
      if (result.exitCode !== 0) {
        if (says(result, "pending execution", "already finished", "Invalid job id")) return;
        throw failure(argv, result);
      }
      await makeEligible(id, call);
    },

    makeEligible,
    reservations: async () => [],
    jobSignal: async () => undefined,
    signalJob: async () => {},
  };
}

/** True for what a later try may mend: slurmctld did not answer. */
export function isUnreachable(error: unknown): boolean {
  return isSluiceError(error) && error.code === "SLURM_UNREACHABLE";
}

function updateArguments({ state, reason, address }: NodeUpdate): string[] {
  return [
    ...(state === undefined ? [] : [`State=${state}`]),
    ...(reason === undefined ? [] : [`Reason=${oneLine(reason)}`]),
    ...(address === undefined ? [] : [`NodeAddr=${address}`]),
  ];
}

/** A line break in a reason would let the rest of it pass for another line of `show nodes`. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is for
  return text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
}

function jobId(id: number): string {
  if (!Number.isSafeInteger(id) || id <= 0) {
    throw new SluiceError("SLURM_REFUSED", "system", `'${id}' is not a job id`);
  }
  return String(id);
}

/** Host lists that together hold `names`, each short enough for an argument. */
function hostLists(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const whole = compressHostList(names);
  if (whole.length <= MAX_ARGUMENT) return [whole];
  const half = Math.ceil(names.length / 2);
  return [...hostLists(names.slice(0, half)), ...hostLists(names.slice(half))];
}

function says({ stdout, stderr }: RunResult, ...phrases: readonly string[]): boolean {
  const text = `${stderr}\n${stdout}`;
  return !speaksOfNoAnswer(text) && phrases.some((phrase) => text.includes(phrase));
}

/** What Slurm's commands print while slurmctld is away, starting, or a standby in charge. */
function speaksOfNoAnswer(text: string): boolean {
  return /Unable to contact slurm controller|Connection (refused|timed out)|connect failure|Socket timed out|Zero Bytes were transmitted|Slurm backup controller in standby|Slurm controller.*(?:not responding|standby)|Could not establish a configuration source|Unable to (?:process|load) configuration|munge.*(?:socket|not running)|Protocol authentication error/i.test(
    text,
  );
}

function failure(argv: readonly string[], { exitCode, stdout, stderr }: RunResult): SluiceError {
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
