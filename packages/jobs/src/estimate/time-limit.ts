import type { UserWorker } from "@sluice/gateway";
import { secondsOf } from "@sluice/slurm";
import { askedOption } from "./asked-option.ts";

/** The time limit that a submission asks for, in seconds; the last one said counts. */
export function askedTimeLimit(script: string, options: readonly string[]): number | undefined {
  return limitOf(askedOption(script, options, "--time", "-t"));
}

/** sbatch's `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`, `days-hours:minutes`. */
function limitOf(text: string | undefined): number | undefined {
  const [, days, rest = ""] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(text ?? "") ?? [];
  if (rest === "") return undefined;
  const [first = 0, second = 0, third = 0] = rest.split(":").map(Number);
  const parts = rest.split(":").length;
  const seconds =
    days === undefined && parts < 3 ? first * 60 + second : first * 3600 + second * 60 + third;
  const total = Number(days ?? 0) * 86_400 + seconds;
  return total > 0 ? total : undefined;
}

/** What a partition gives a job that asks for none; undefined where that is no limit. */
export async function partitionTimeLimit(
  worker: Pick<UserWorker, "command">,
  partition: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const { exitCode, stdout } = await worker.command(
    ["scontrol", "--oneliner", "show", "partition", partition],
    signal === undefined ? {} : { signal },
  );
  if (exitCode !== 0) return undefined;
  const value = (name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(stdout)?.[1] ?? "";
  const byDefault = value("DefaultTime");
  const text = /^(NONE|UNLIMITED)?$/.test(byDefault) ? value("MaxTime") : byDefault;
  return /^[\d:-]+$/.test(text) ? secondsOf(text) : undefined;
}
