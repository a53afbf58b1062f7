import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@sluice/model";
import { describe, expect, it, onTestFinished } from "vitest";
import { guardController, lookAtProcess, processStat } from "./controller-guard.ts";

interface Second {
  readonly pid?: number;
  readonly ticks: number;
  readonly isHeld?: boolean;
  /** Whether it answers when it is asked in this second. */
  readonly answers?: boolean;
}

/** What the guard did, second by second, to a controller that was like this. */
async function kills(seconds: readonly Second[]): Promise<readonly number[]> {
  const stop = new AbortController();
  const killed: number[] = [];
  let at = -1;
  const second = (): Second => seconds[Math.min(at, seconds.length - 1)] as Second;
  const clock: Clock = {
    now: () => new Date(at * 1000),
    async sleep() {
      at += 1;
      if (at >= seconds.length) stop.abort();
    },
  };
  const controller = {
    look: () => ({ pid: 1, isHeld: false, ...second() }),
    async ping() {
      if (second().answers !== true) {
        at += 3;
        throw new Error("no answer");
      }
    },
    async kill() {
      killed.push(at);
    },
  };
  const log = { info() {}, warn() {}, error() {} } as never;
  await guardController({ controller, clock, log, onKilled: () => {} }, stop.signal);
  return killed;
}

const BUSY = (count: number, from = 0): Second[] =>
  Array.from({ length: count }, (_, index) => ({ ticks: from + index, answers: true }));
const STILL = (count: number, more: Partial<Second> = {}): Second[] =>
  Array.from({ length: count }, () => ({ ticks: 5, ...more }));

describe("the guard of slurmctld", () => {
  it("ends one that did nothing for six seconds and does not answer", async () => {
    expect(await kills([...BUSY(5), ...STILL(8)])).toEqual([11]);
  });

  it("lets one be that has nothing to do and answers", async () => {
    expect(await kills([...BUSY(5), ...STILL(60, { answers: true })])).toEqual([]);
  });

  it("lets one be that is too busy to answer", async () => {
    const slow = BUSY(60, 5).map((second) => ({ ...second, answers: false }));
    expect(await kills([...BUSY(5), ...slow])).toEqual([]);
  });

  it("lets one be that did something while it was asked", async () => {
    expect(await kills([...BUSY(5), ...STILL(4), ...BUSY(20, 6)])).toEqual([]);
  });

  it("lets one be that a debugger has stopped", async () => {
    expect(await kills([...BUSY(5), ...STILL(60, { isHeld: true })])).toEqual([]);
  });

  it("lets one be that has not answered since it was started", async () => {
    const another = { pid: 2, answers: false };
    expect(await kills([...BUSY(5), ...STILL(60, another)])).toEqual([]);
  });
});

it("reads the processor time of a process whatever its name is", () => {
  const text = "77 (slurm) ) R 9) S 1 77 77 0 -1 4194560 9 0 0 0 12 30 5 6 20 0 1 0 99 0 0";
  expect(processStat(text)).toEqual({ state: "S", ticks: 42 });
});

it("sees a process that stands still as one that gets no processor time, and none that is gone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-guard-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pidFile = join(folder, "pid");
  expect(lookAtProcess(pidFile)).toBeUndefined();
  const child = spawn("sh", ["-c", "while :; do :; done"]);
  writeFileSync(pidFile, `${child.pid}\n`);
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  try {
    const ticks = (): number => lookAtProcess(pidFile)?.ticks ?? 0;
    await until(() => ticks() > 2);
    child.kill("SIGSTOP");
    await until(() => {
      const before = ticks();
      return before === ticks();
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stopped = lookAtProcess(pidFile);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lookAtProcess(pidFile)).toEqual(stopped);
    expect(stopped).toMatchObject({ pid: child.pid, isHeld: false });
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  expect(lookAtProcess(pidFile)).toBeUndefined();
});
