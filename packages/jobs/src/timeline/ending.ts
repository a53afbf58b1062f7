import type { FleetEvent } from "@sluice/model";
import { memoryIn } from "@sluice/slurm";
import type { CachedJob } from "../cache/contract.ts";
import type { Round } from "./contract.ts";

/** What shells say by these. */
const EXIT_CODES: Readonly<Record<number, string>> = {
  1: "An exit code of 1 is a program's own word for having failed: see the end of its output.",
  2: "An exit code of 2 often means a wrong option or argument: see the end of its output.",
  126: "Its script names a program that can't be run: no right to, or made for another machine.",
  127: "Its script names a program that was not found: look at its spelling, its path and at modules that should be loaded.",
};

/** As POSIX numbers them on Linux. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL, an instruction that this processor has not",
  6: "SIGABRT, as programs end themselves",
  7: "SIGBUS",
  8: "SIGFPE, a calculation that is not possible",
  9: "SIGKILL, often for want of memory",
  10: "SIGUSR1",
  11: "SIGSEGV, a fault of the program",
  12: "SIGUSR2",
  13: "SIGPIPE",
  15: "SIGTERM",
  24: "SIGXCPU",
  25: "SIGXFSZ, a file larger than allowed",
};

export interface Ending {
  readonly state: string;
  readonly exitCode: number;
  readonly signal: number;
  /** A sentence for people. */
  readonly text: string;
}

/** Why a job ended as it did. */
export function endingOf(
  job: CachedJob,
  round: Pick<Round, "state" | "exitCode" | "cancelledBy" | "uid">,
  events: readonly FleetEvent[],
  cancelledBy: string | undefined,
): Ending {
  const [exitCode = 0, signal = 0] = round.exitCode.split(":").map((word) => Number(word) || 0);
  const { state } = round;
  const ending = { state, exitCode, signal };
  return { ...ending, text: sentence(job, { ...ending, round, events, cancelledBy }) };
}

interface Told extends Omit<Ending, "text"> {
  readonly round: Pick<Round, "cancelledBy" | "uid">;
  readonly events: readonly FleetEvent[];
  readonly cancelledBy: string | undefined;
}

function sentence(job: CachedJob, told: Told): string {
  switch (told.state) {
    case "COMPLETED":
      return "It ended well.";
    case "OUT_OF_MEMORY":
      return outOfMemory(job);
    case "TIMEOUT":
      return `It reached its time limit${limitOf(job)} and was ended.`;
    case "DEADLINE":
      return "Its deadline came before it could end.";
    case "CANCELLED":
      return `It was cancelled${byWhom(told)}.`;
    case "NODE_FAIL":
      return `A node failed under it${nodeReason(told.events)}.`;
    case "PREEMPTED":
      return "A job of a higher priority took its nodes.";
    case "BOOT_FAIL":
      return "Its nodes did not start.";
    case "UNKNOWN":
      return "Slurm has forgotten it, and accounting has not told yet how it ended.";
    default:
      return failure(told);
  }
}

function failure({ exitCode, signal }: Told): string {
  // A shell tells of a signal that ended its command by 128 and its number.
  const number = signal > 0 ? signal : exitCode > 128 && exitCode < 160 ? exitCode - 128 : 0;
  if (number > 0) {
    const name = SIGNALS[number];
    return `A signal ended it: ${name ?? `number ${number}`}.`;
  }
  if (exitCode === 0) return "It failed before its script had an exit code.";
  const known = EXIT_CODES[exitCode];
  const said = `Its script ended with exit code ${exitCode}.`;
  return known === undefined ? said : `${said} ${known}`;
}

function outOfMemory({ maxMemoryMib, tres, memoryMib, nodeCount }: CachedJob): string {
  const asked = memoryIn(tres) ?? memoryMib;
  const used = maxMemoryMib === undefined ? "" : `: a task of it used ${mib(maxMemoryMib)}`;
  const where = nodeCount > 1 ? ` on ${nodeCount} nodes together` : "";
  const had = asked === undefined ? "" : `, and it had asked for ${mib(asked)}${where}`;
  return `It ran out of memory${used}${had}.`;
}

function limitOf({ timeLimitSeconds: seconds }: CachedJob): string {
  if (seconds === undefined) return "";
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? ` of ${minutes} min` : ` of ${Math.round(minutes / 6) / 10} h`;
}

function byWhom({ cancelledBy, round }: Told): string {
  if (cancelledBy !== undefined) return ` by ${cancelledBy}`;
  if (round.cancelledBy === undefined) return "";
  if (round.cancelledBy === round.uid) return " by its user";
  return round.cancelledBy === 0
    ? " by an administrator of the cluster"
    : ` by the user with the number ${round.cancelledBy}`;
}

const NODE_ENDS: ReadonlySet<string> = new Set(["interruption", "terminated", "node"]);

function nodeReason(events: readonly FleetEvent[]): string {
  const last = events.findLast(({ kind }) => NODE_ENDS.has(kind));
  return last === undefined ? "" : `: ${last.node ?? "a node"}: ${last.message}`;
}

function mib(value: number): string {
  return value >= 1024 ? `${(value / 1024).toFixed(1)} GiB` : `${Math.round(value)} MiB`;
}
