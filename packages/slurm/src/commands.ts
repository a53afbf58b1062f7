import { randomBytes } from "node:crypto";
import { SluiceError } from "@sluice/model";
import { failure, says } from "./answers.ts";
import type {
  CallOptions,
  EligibleOptions,
  JobRun,
  JobSignal,
  NodeUpdate,
  SlurmControl,
  SlurmJob,
} from "./control.ts";
import type { Run } from "./exec-runner.ts";
import { compressHostList } from "./host-list.ts";
import { canBeHandled, signalName, signalOfScript, signalOfSubmitLine } from "./job-signal.ts";
import { parseQueue, queueFormat } from "./parse-queue.ts";
import { parseRuns, RUN_FIELDS } from "./parse-runs.ts";
import { parseNodes, parsePartitions, parseReservations, parseStart } from "./parse-show.ts";

/** What the commands must find in their environment for their times to be read rightly. */
export const SLURM_COMMAND_ENV = { SLURM_TIME_FORMAT: "standard", TZ: "UTC" } as const;

export interface SlurmCommandsOptions {
  /** Runs `scontrol`, `squeue`, `sacct` and `scancel` with `SLURM_COMMAND_ENV` in their environment. */
  readonly run: Run;
  /** Missing: 15 s. On their own the commands try for about MessageTimeout. */
  readonly timeoutMs?: number;
  /** A text that nobody can guess, for each call of squeue and sacct. */
  readonly newMark?: () => string;
}

/** Host lists longer than this are asked in parts: Linux allows 128 KiB for one argument. */
const MAX_ARGUMENT = 64 * 1024;

/** Job numbers have up to eight digits, so that these fit one argument. */
const RUNS_AT_ONCE = 5000;

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
    const format = `--Format=${queueFormat(mark)}`;
    // In a federation a job that is asked for by its number is shown once for each cluster.
    const argv = ["squeue", "--local", "--noheader", "--all", format, ...args];
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

  const makeEligible = async (
    one: SlurmJob,
    { at, ...call }: CallOptions & EligibleOptions = {},
  ): Promise<void> => {
    // In UTC, as all times of our commands.
    const time = at === undefined ? "now" : at.toISOString().slice(0, 19);
    const argv = ["scontrol", "update", `JobId=${target(one)}`, `StartTime=${time}`];
    const result = await attempt(argv, call);
    if (result.exitCode === 0) return;
    if (says(result, "no longer pending", "Invalid job id", "already finished")) return;
    throw failure(argv, result);
  };

  /** Undefined while accounting has not heard of the job. */
  const submission = async (id: number, call?: CallOptions) => {
    const mark = newMark();
    const format = ["--noheader", "--allocations", "--parsable", `--delimiter=${mark}`];
    const argv = ["sacct", `--jobs=${jobId(id)}`, ...format, "--format=JobIDRaw,JobID,SubmitLine"];
    const result = await attempt(argv, call);
    if (result.exitCode !== 0 && !says(result, "accounting storage is disabled")) {
      throw failure(argv, result);
    }
    const values = result.stdout.split(mark).map((value) => value.replace(/^\n/, ""));
    // The number of an array's first job stands for all of them. 24.11 tells which part of a
    // heterogeneous job it is once it has started.
    for (let at = 0; at + 3 < values.length; at += 3) {
      const [rawId, label = "", line = ""] = values.slice(at, at + 3);
      if (rawId === String(id))
        return { line, component: Number(/\+(\d+)$/.exec(label)?.[1] ?? 0) };
    }
    return undefined;
  };

  /** Undefined for a job without one: `salloc`, `srun`. */
  const batchScript = async (id: number, call?: CallOptions): Promise<string | undefined> => {
    const argv = ["scontrol", "write", "batch_script", jobId(id), "-"];
    const result = await attempt(argv, call);
    // Its exit code is 0 whatever happens, and its standard output is the user's.
    const failed = result.exitCode !== 0 || result.stderr.includes("retrieval failed");
    if (!failed) return result.stdout;
    const { exitCode, stderr } = result;
    const answer = { exitCode, stderr, stdout: "" };
    if (says(answer, "Invalid job id", "script not specified", "script not available")) return;
    throw failure(argv, answer);
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
      const argv = ["scontrol", "requeue", target(before)];
      const result = await attempt(argv, call);
      if (result.exitCode !== 0) {
        if (says(result, "pending execution", "already finished", "Invalid job id")) return;
        throw failure(argv, result);
      }
    },

    async makeEligible(id, call) {
      const before = await job(id, call);
      if (before?.state === "PENDING") await makeEligible(before, call);
    },

    async reservations(call) {
      return parseReservations(
        await demand(["scontrol", "--oneliner", "show", "reservation"], call),
      );
    },

    async jobSignal(id, call) {
      const { line = "", component } = (await submission(id, call)) ?? {};
      const asked = signalOfSubmitLine(line, component);
      const inScript = asked.signal === undefined && !asked.isWrapped;
      const script = inScript ? await batchScript(id, call) : undefined;
      const found = asked.signal ?? signalOfScript(script ?? "", component);
      return found !== undefined && canBeHandled(found.signal) ? found : undefined;
    },

    async signalJob(id, wanted, call) {
      const name = handledSignal(wanted);
      const before = await job(id, call);
      if (before?.state !== "RUNNING") return;
      const batch = wanted.batchOnly ? ["--batch"] : [];
      const argv = ["scancel", `--signal=${name}`, ...batch, target(before)];
      const result = await attempt(argv, call);
      if (result.exitCode === 0) return;
      if (says(result, "Invalid job id", "already completing", "can not be altered now")) return;
      throw failure(argv, result);
    },

    async cancel(id, call) {
      const before = await job(id, call);
      if (before === undefined || OVER.has(before.state)) return;
      const argv = ["scancel", target(before)];
      const result = await attempt(argv, call);
      if (result.exitCode === 0) return;
      if (says(result, "Invalid job id", "already completing", "already completed")) return;
      throw failure(argv, result);
    },

    async lastRuns(jobIds, call) {
      const format = ["--noheader", "--allocations", "--parsable2", `--format=${RUN_FIELDS}`];
      const found: JobRun[] = [];
      for (let at = 0; at < jobIds.length; at += RUNS_AT_ONCE) {
        const wanted = jobIds.slice(at, at + RUNS_AT_ONCE);
        const argv = ["sacct", `--jobs=${wanted.map(jobId).join(",")}`, "--allusers", ...format];
        const result = await attempt(argv, call);
        if (result.exitCode !== 0) {
          if (says(result, "accounting storage is disabled")) return [];
          throw failure(argv, result);
        }
        // The number of an array's first job stands for all of them.
        found.push(...parseRuns(result.stdout).filter((run) => wanted.includes(run.jobId)));
      }
      return found;
    },

    async saveNodes(node, call) {
      // Of a node that is up it changes nothing, and is followed by a save as every update is.
      await demand(["scontrol", "update", `NodeName=${node}`, "State=POWER_UP"], call);
    },

    async startedAt(call) {
      return parseStart(await demand(["scontrol", "show", "config"], call));
    },
  };
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

/**
 * What names this job and no other. The number of an array's first job is the array's own: with it
 * Slurm would requeue, or signal, them all.
 */
function target({ id, label }: SlurmJob): string {
  return /^\d+_\d+$/.test(label) ? label : jobId(id);
}

/** scancel takes KILL for "cancel the job". */
function handledSignal({ signal }: Pick<JobSignal, "signal">): string {
  const name = signalName(signal);
  if (name === undefined || !canBeHandled(name)) {
    throw new SluiceError("SLURM_REFUSED", "system", `'${signal}' is no signal to warn a job with`);
  }
  return name;
}

/** Host lists that together hold `names`, each short enough for an argument. */
function hostLists(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const whole = compressHostList(names);
  if (whole.length <= MAX_ARGUMENT) return [whole];
  const half = Math.ceil(names.length / 2);
  return [...hostLists(names.slice(0, half)), ...hostLists(names.slice(half))];
}
