import { describe, expect, it } from "vitest";
import { RevokedGate } from "./revoked-gate.ts";

const TAG = "sluice=01234567-89ab-cdef-0123-456789abcdef";
const OTHER = TAG.replace("0", "f");

function gate({ tags = [TAG], failures = 0, away = 0 } = {}) {
  const done: string[] = [];
  const slurm = { failures, away };
  const cloud = { tags: new Set(tags), isAway: false, reads: 0 };
  const texts = new Map([
    [1, `JobId=1 JobName=a Extra=mine ${TAG}`],
    [2, `JobId=2 Comment=${OTHER}`],
    [3, `JobId=3 JobName=${OTHER} Extra=${TAG}`],
  ]);
  const one = new RevokedGate({
    revoked: {
      read: async () => {
        cloud.reads += 1;
        await Promise.resolve();
        if (cloud.isAway || slurm.away-- > 0) throw new Error("the cloud is away");
        return new Set(cloud.tags);
      },
    },
    describe: async (id) => {
      if (slurm.failures-- > 0) throw new Error("slurmctld is away");
      done.push(`look at ${id}`);
      return texts.get(id) ?? "";
    },
    cancel: async (id) => void done.push(`cancel ${id}`),
    clock: { now: () => new Date(0), sleep: async () => {} },
    tell: ({ kind, job }) => void done.push(`${kind} ${job}`),
    log: { warn: (_, message) => void done.push(message) },
  });
  const never = new AbortController().signal;
  return { one, done, cloud, mayStart: (id: number) => one.mayStart(id, never) };
}

describe("a job that another cluster has", () => {
  it("is cancelled instead of started, whatever its name says; others start", async () => {
    const { mayStart, done } = gate();
    expect(await mayStart(1)).toBe(false);
    expect(await mayStart(2)).toBe(true);
    expect(await mayStart(3)).toBe(false);
    expect(await mayStart(4)).toBe(true);
    expect(done).toEqual([
      ...["look at 1", "cancel 1", "job-revoked 1", "look at 2"],
      ...["look at 3", "cancel 3", "job-revoked 3", "look at 4"],
    ]);
  });

  it("costs Slurm nothing where there is none, and one look for many at once", async () => {
    const { mayStart, done, cloud } = gate({ tags: [] });
    const all = Array.from({ length: 50 }, (_, id) => mayStart(id));
    expect(new Set(await Promise.all(all))).toEqual(new Set([true]));
    expect(done).toEqual([]);
    expect(cloud.reads).toBe(2);
  });

  it("is held back also when it was written down while another look was under way", async () => {
    const { mayStart, cloud } = gate({ tags: [] });
    const first = mayStart(2);
    cloud.tags.add(TAG);
    expect(await mayStart(1)).toBe(false);
    expect(await first).toBe(true);
  });

  it("waits while nothing is known, and for slurmctld; then what was known last counts", async () => {
    const { mayStart, done, cloud } = gate({ failures: 2, away: 3 });
    expect(await mayStart(1)).toBe(false);
    expect(done).toEqual([
      "it is not known which jobs must not start",
      "a job can't be looked at before it starts",
      ...["look at 1", "cancel 1", "job-revoked 1"],
    ]);
    cloud.isAway = true;
    expect(await mayStart(1)).toBe(false);
    expect(await mayStart(2)).toBe(true);
  });

  it("is not decided for a caller who is gone", async () => {
    const { one } = gate({ away: 1000 });
    expect(await one.mayStart(2, AbortSignal.abort())).toBe(false);
  });
});
