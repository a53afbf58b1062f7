import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import type { Log } from "@sluice/capacity";
import type { SignSink } from "@sluice/cloud";
import { type Clock, messageOf } from "@sluice/model";

export interface SignsOptions {
  readonly sink: SignSink;
  /** Folder of the head's state. */
  readonly volume: string;
  readonly clock: Clock;
  readonly log: Log;
}

const EVERY_MILLISECONDS = 60_000;

/** Says once a minute that this runs, and how the machine is, until `signal` fires. */
export async function giveSigns(options: SignsOptions, signal: AbortSignal): Promise<void> {
  const { sink, volume, clock, log } = options;
  while (!signal.aborted) {
    try {
      const signs = {
        time: clock.now(),
        rootDiskUsedPercent: await diskUsedPercent("/"),
        stateDiskUsedPercent: await diskUsedPercent(volume),
        memoryUsedPercent: memoryUsedPercent(readFileSync("/proc/meminfo", "utf8")),
      };
      await sink.put(signs, { signal });
    } catch (error) {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, "the cloud takes no metrics");
    }
    await clock.sleep(EVERY_MILLISECONDS, signal);
  }
}

/** As df(1) says it: of what users who are not root may have. */
async function diskUsedPercent(folder: string): Promise<number> {
  const { blocks, bfree, bavail } = await statfs(folder);
  const used = blocks - bfree;
  return percent(used, used + bavail);
}

/** @param text of /proc/meminfo. What the kernel can give back at once counts as free. */
export function memoryUsedPercent(text: string): number {
  const [total, available] = ["MemTotal", "MemAvailable"].map((name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? Number.NaN),
  ) as [number, number];
  return percent(total - available, total);
}

function percent(part: number, whole: number): number {
  const value = Math.round((1000 * part) / whole) / 10;
  if (Number.isNaN(value)) throw new Error("this machine does not say what is used of it");
  return value;
}
