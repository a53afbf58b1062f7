import { backupState } from "@sluice/lifecycle/backup";
import type { Clock } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { backUpSiteRegularly, type SiteBackupSchedule } from "./schedule.ts";

/** Time passes by sleeping, until `end`. */
class Sleeper implements Clock {
  time = Date.UTC(2026, 10, 22);
  readonly end: number;
  readonly over = new AbortController();
  constructor(hours: number) {
    this.end = this.time + hours * 3_600_000;
  }
  now = (): Date => new Date(this.time);
  sleep = async (milliseconds: number): Promise<void> => {
    this.time += milliseconds;
    if (this.time >= this.end) this.over.abort();
  };
}

async function run(
  hours: number,
  parts: (clock: Sleeper) => Partial<SiteBackupSchedule> = () => ({}),
) {
  const clock = new Sleeper(hours);
  const made: Date[] = [];
  const told: string[] = [];
  await backUpSiteRegularly(
    {
      clock,
      isOurs: async () => true,
      every: async () => 3600,
      newest: async () => made.at(-1),
      make: async () => void made.push(clock.now()),
      onFailed: async (why) => void told.push(`failed: ${why}`),
      onProblem: (why) => told.push(why),
      ...parts(clock),
    },
    clock.over.signal,
  );
  return { made, told, clock };
}

describe("backups of a site", () => {
  it("are made at once and then as often as its file says, which may change", async () => {
    expect((await run(4)).made).toHaveLength(4);
    const half = Date.UTC(2026, 10, 22, 2);
    const { made } = await run(4, (clock) => ({
      every: async () => (clock.time < half ? 3600 : undefined),
    }));
    expect(made).toHaveLength(2);
  });

  it("are one machine's at a time: the one that has the primary now", async () => {
    const from = Date.UTC(2026, 10, 22, 3);
    const { made } = await run(4, (clock) => ({ isOurs: async () => clock.time >= from }));
    expect(made.map((at) => at.getTime())).toEqual([from]);
  });

  it("that fail are told of, and tried again after a pause that grows to an hour", async () => {
    const tries: number[] = [];
    const { told } = await run(5, (clock) => ({
      make: async () => {
        tries.push(clock.time);
        throw new Error("no database");
      },
    }));
    const gaps = tries.slice(1).map((at, index) => (at - (tries[index] ?? 0)) / 1000);
    expect(gaps.slice(0, 5)).toEqual([300, 600, 1200, 2400, 3600]);
    expect(new Set(told)).toEqual(new Set(["failed: no database"]));
  });

  it("wait while nobody can be asked", async () => {
    const { made, told } = await run(1, () => ({
      isOurs: async () => {
        throw new Error("the keeper does not answer");
      },
    }));
    expect(made).toEqual([]);
    expect(new Set(told)).toEqual(new Set(["the keeper does not answer"]));
  });
});

describe("how they are", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  const at = (time: string | undefined) => (time === undefined ? undefined : new Date(time));
  const view = (last: string | undefined, failed?: string) =>
    backupState({
      ...{ folder: "/b", createdAt: at(last), failedAt: at(failed), why: "no database" },
      ...{ every: 3600, now },
    });

  it("says age, and when the next one is due", () => {
    expect(view("2026-11-22T11:30:00Z")).toEqual({
      ...{ folder: "/b", ok: true, ageSeconds: 1800 },
      lastAt: "2026-11-22T11:30:00.000Z",
      nextAt: "2026-11-22T12:30:00.000Z",
    });
    expect(view("2026-11-22T09:30:00Z").ok).toBe(false);
    expect(view(undefined)).toEqual({ folder: "/b", ok: true });
  });

  it("says what went wrong, until one is there again", () => {
    const failedAt = "2026-11-22T11:40:00Z";
    const failed = { ok: false, problem: "no database" };
    expect(view("2026-11-22T11:30:00Z", failedAt)).toMatchObject(failed);
    expect(view("2026-11-22T11:45:00Z", failedAt)).toMatchObject({ ok: true });
    expect(view(undefined, failedAt)).toMatchObject(failed);
  });
});
