import { readFileSync } from "node:fs";
import type { MonotonicClock } from "@sluice/lease";
import { systemClock } from "../system-clock.ts";

/**
 * The machine's uptime, which nobody sets and which runs on while the machine is suspended; Node's own
 * monotonic clock stands still then. A hundredth of a second is the least that it tells.
 */
export const uptimeClock: MonotonicClock = {
  milliseconds: () => parseUptime(readFileSync("/proc/uptime", "utf8")),
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
};

function parseUptime(text: string): number {
  return Math.round(Number.parseFloat(text) * 1000);
}
