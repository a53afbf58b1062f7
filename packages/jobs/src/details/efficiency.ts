import { memoryIn } from "@sluice/slurm";

/** How well a job used what it held, and what its user could do about it. */
export interface JobEfficiency {
  readonly cpu?: Usage;
  readonly memory?: Usage;
  readonly time?: Usage;
  readonly advice: readonly string[];
}

/** CPU and time in seconds, memory in MiB; `percent` is rounded. */
export interface Usage {
  readonly used: number;
  readonly of: number;
  readonly percent: number;
}

export interface UsedByJob {
  readonly state: string;
  readonly cpus: number;
  readonly nodeCount: number;
  readonly tres: string;
  readonly memoryMib: number | undefined;
  readonly timeLimitSeconds: number | undefined;
  readonly elapsedSeconds: number | undefined;
  readonly cpuSecondsUsed: number | undefined;
  readonly maxMemoryMib: number | undefined;
}

/** Shorter jobs say nothing about the next one. */
const SHORT_SECONDS = 60;
const LITTLE = 50;
const VERY_LITTLE = 25;
const NEARLY_ALL = 95;

/** Undefined for a job that has not run. */
export function jobEfficiency(job: UsedByJob): JobEfficiency | undefined {
  const { elapsedSeconds: elapsed, cpus, timeLimitSeconds: limit } = job;
  if (elapsed === undefined || elapsed <= 0) return undefined;
  const asked = memoryIn(job.tres) ?? job.memoryMib;
  const cpu = usage(job.cpuSecondsUsed, elapsed * cpus);
  const memory = usage(job.maxMemoryMib, asked);
  const time = usage(elapsed, limit);
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(time === undefined ? {} : { time }),
    advice:
      elapsed < SHORT_SECONDS
        ? endAdvice(job)
        : [...endAdvice(job), ...fit(job, { cpu, memory, time })],
  };
}

function endAdvice({ state, maxMemoryMib }: UsedByJob): readonly string[] {
  if (state === "OUT_OF_MEMORY") {
    const used = maxMemoryMib === undefined ? "" : `: it used at least ${mib(maxMemoryMib)}`;
    return [`It ran out of memory${used}. Ask for more with --mem.`];
  }
  if (state === "TIMEOUT") {
    return ["It reached its time limit. Ask for more with --time, or let it write checkpoints."];
  }
  return [];
}

function fit(
  { state, cpus, cpuSecondsUsed, elapsedSeconds }: UsedByJob,
  { cpu, memory, time }: Partial<Record<"cpu" | "memory" | "time", Usage | undefined>>,
): readonly string[] {
  const advice: string[] = [];
  if (cpu !== undefined && cpus > 1 && cpu.percent < LITTLE) {
    const busy = Math.max(1, Math.ceil((cpuSecondsUsed ?? 0) / (elapsedSeconds ?? 1)));
    advice.push(
      `It kept about ${busy} of ${cpus} CPUs busy. Ask for ${busy}, or see whether the program uses all it is given.`,
    );
  }
  if (memory !== undefined && memory.percent < VERY_LITTLE && memory.of >= 1024) {
    advice.push(
      `It used ${mib(memory.used)} of ${mib(memory.of)}. --mem=${roomy(memory.used)}M would have done; smaller jobs start sooner.`,
    );
  }
  if (memory !== undefined && memory.percent >= NEARLY_ALL && state !== "OUT_OF_MEMORY") {
    advice.push("It used nearly all of its memory. Ask for a little more the next time.");
  }
  if (time !== undefined && time.percent < VERY_LITTLE && state === "COMPLETED") {
    advice.push(
      "It took a small part of its time limit. A shorter --time lets it start in gaps that longer jobs leave.",
    );
  }
  return advice;
}

function usage(used: number | undefined, of: number | undefined): Usage | undefined {
  if (used === undefined || of === undefined || of <= 0) return undefined;
  return { used, of, percent: Math.round((used / of) * 100) };
}

/** With a fifth to spare, in steps of 256 MiB. */
function roomy(usedMib: number): number {
  return Math.max(256, Math.ceil((usedMib * 1.2) / 256) * 256);
}

function mib(value: number): string {
  return value >= 1024 ? `${(value / 1024).toFixed(1)} GiB` : `${Math.round(value)} MiB`;
}
