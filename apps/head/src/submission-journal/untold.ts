import { type JobSignal, signalOfScript, signalOfSubmitLine } from "@sluice/slurm";
import type { JobDescription } from "./contract.ts";

/**
 * What slurmctld heeds and does not tell of: `--signal` and `--open-mode`. It is read where it was
 * asked for: in the command, which accounting may not have heard of yet, and in the script.
 */
export function untoldOf(submitLine: string | undefined, script: string): JobDescription {
  const asked = signalOfSubmitLine(submitLine ?? "");
  const signal = asked.signal ?? (asked.isWrapped ? undefined : signalOfScript(script));
  const mode = openMode(submitLine ?? "") ?? openMode(directives(script));
  return {
    ...(signal === undefined ? {} : signalIn(signal)),
    ...(mode === undefined ? {} : { open_mode: [mode] }),
  };
}

function signalIn({ signal, seconds, batchOnly }: JobSignal): JobDescription {
  return {
    kill_warning_signal: signal,
    kill_warning_delay: { set: true, number: seconds },
    ...(batchOnly ? { kill_warning_flags: ["BATCH_JOB"] } : {}),
  };
}

function openMode(words: string): "APPEND" | "TRUNCATE" | undefined {
  const [, mode] = /(?:^|\s)--open-mode(?:=|\s+)(append|truncate|a|t)\b/i.exec(words) ?? [];
  if (mode === undefined) return undefined;
  return mode.toLowerCase().startsWith("a") ? "APPEND" : "TRUNCATE";
}

/** The `#SBATCH` lines before a script's first command. */
function directives(script: string): string {
  const lines = script.split("\n");
  const first = lines.findIndex((line) => /^\s*[^#\s]/.test(line));
  const head = first < 0 ? lines : lines.slice(0, first);
  return head.filter((line) => line.startsWith("#SBATCH")).join(" ");
}
