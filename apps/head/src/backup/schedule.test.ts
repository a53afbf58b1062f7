import type { BackupRecord } from "@sluice/lifecycle/backup";
import type { Clock } from "@sluice/model";
import { beforeEach, describe, expect, it } from "vitest";
import { backUpRegularly } from "./schedule.ts";

/** Time passes by sleeping. */
class Sleeper implements Clock {
  time = Date.UTC(2026, 10, 22);
  now = (): Date => new Date(this.time);
  sleep = async (milliseconds: number): Promise<void> => {
    this.time += milliseconds;
    if (this.time >= this.end) this.abort.abort();
  };
  readonly abort = new AbortController();
  end = Number.POSITIVE_INFINITY;
}

describe("backups as a cluster file wants them", () => {
  let clock: Sleeper;
  let made: Date[];
  let told: string[];
  beforeEach(() => {
    clock = new Sleeper();
    made = [];
    told = [];
  });

  const run = async (hours: number, make = async () => void made.push(clock.now())) => {
    clock.end = clock.time + hours * 3_600_000;
    await backUpRegularly(
      {
        clock,
        make,
        every: 3600,
        list: async () =>
          made.map(
            (createdAt) =>
              ({ createdAt, file: createdAt.toISOString() }) as unknown as BackupRecord,
          ),
        onBackup: ({ file }) => told.push(file),
        onFailed: (why) => told.push(why),
      },
      clock.abort.signal,
    );
  };

  it("are made at once, and then whenever the newest is old enough", async () => {
    await run(5);
    expect(made).toHaveLength(5);
    const gaps = made
      .slice(1)
      .map((at, index) => (at.getTime() - (made[index]?.getTime() ?? 0)) / 1000);
    expect(gaps).toEqual([3600, 3600, 3600, 3600]);
    expect(told).toEqual(made.map((at) => at.toISOString()));
  });

  it("wait for one that is there, whoever made it, and tell of it", async () => {
    const there = new Date(clock.time - 1_800_000);
    made.push(there);
    await run(1);
    expect(made).toHaveLength(2);
    expect(made[1]?.getTime()).toBe(there.getTime() + 3_600_000);
    expect(told[0]).toBe(there.toISOString());
  });

  it("that fail are told of, and tried again after a pause that grows to an hour", async () => {
    const tries: number[] = [];
    await run(4, async () => {
      tries.push(clock.time);
      throw new Error("the disk is full");
    });
    const gaps = tries.slice(1).map((at, index) => (at - (tries[index] ?? 0)) / 1000);
    expect(gaps.slice(0, 5)).toEqual([300, 600, 1200, 2400, 3600]);
    expect(told).toEqual(tries.map(() => "the disk is full"));
  });
});
