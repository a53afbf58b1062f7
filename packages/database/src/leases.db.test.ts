import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { Database } from "./connect.ts";
import {
  type LeaseTimes,
  releaseLease,
  type SteadyClock,
  takeLease,
  underLease,
} from "./leases.ts";
import { type TestDatabase, testDatabase } from "./testing/index.ts";

let site: TestDatabase;

beforeAll(async () => {
  site = await testDatabase();
  return () => site[Symbol.asyncDispose]();
});

const clock: SteadyClock = {
  milliseconds: () => performance.now(),
  sleep: (milliseconds, signal) =>
    delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};
const TIMES: LeaseTimes = { ttl: 1500, margin: 500, beat: 200, look: 50 };

/** Somebody who wants to do what `name` says, and notes when. */
function server(name: string, database: Database = site.database) {
  const over = new AbortController();
  const terms: number[] = [];
  const log: string[] = [];
  const id = randomUUID();
  let isAtWork = false;
  const running = underLease(
    {
      ...{ database, clock, name, holder: id, times: TIMES },
      work: async (signal, term) => {
        terms.push(term);
        isAtWork = true;
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        isAtWork = false;
      },
      onProblem: (problem) => log.push(problem),
    },
    over.signal,
  );
  return {
    ...{ id, terms, log, running },
    isAtWork: () => isAtWork,
    stop: async () => {
      over.abort();
      await running;
    },
  };
}

async function until(look: () => boolean): Promise<void> {
  while (!look()) await delay(5);
}

describe("a lease", () => {
  it("is one holder's, is kept by being taken again, and counts its holders", async () => {
    const { database } = site;
    const name = "once";
    const take = (holder: string, ttl = 60_000) => takeLease(database, { name, holder, ttl });
    expect(await take("a")).toBe(1);
    expect(await take("a")).toBe(1);
    expect(await take("b")).toBeUndefined();
    await releaseLease(database, { name, holder: "b" });
    expect(await take("b")).toBeUndefined();
    await releaseLease(database, { name, holder: "a" });
    expect(await take("b", 1)).toBe(2);
    await delay(5);
    // It ran out: whoever holds it next, be it the same, has another term.
    expect(await take("b")).toBe(3);
  });

  it("is taken by one of many that ask at once", async () => {
    const takers = Array.from({ length: 20 }, (_, index) =>
      takeLease(site.database, { name: "crowd", holder: `h${index}`, ttl: 60_000 }),
    );
    expect((await Promise.all(takers)).filter((term) => term !== undefined)).toEqual([1]);
  });
});

describe("work under a lease", () => {
  it("is done by one, and by another at once when that one stops", async () => {
    const [one, other] = [server("work"), server("work")];
    await until(() => one.isAtWork() || other.isAtWork());
    await delay(TIMES.ttl * 2);
    expect([one.isAtWork(), other.isAtWork()].filter(Boolean)).toHaveLength(1);
    const [first, second] = one.isAtWork() ? [one, other] : [other, one];
    await first.stop();
    const stopped = performance.now();
    await until(second.isAtWork);
    expect(performance.now() - stopped).toBeLessThan(TIMES.ttl);
    expect([first.terms, second.terms]).toEqual([[1], [2]]);
    await second.stop();
  });

  it("ends before anybody else may begin, when the holder's database is away", async () => {
    const gone = new Gone();
    const first = server("away", gone.of(site.database));
    await until(first.isAtWork);
    const second = server("away");
    gone.isAway = true;
    await until(() => !first.isAtWork());
    expect(second.isAtWork()).toBe(false);
    await until(second.isAtWork);
    expect(first.log.length).toBeGreaterThan(0);
    gone.isAway = false;
    await delay(TIMES.ttl);
    expect(first.isAtWork()).toBe(false);
    expect(second.terms).toEqual([2]);
    await Promise.all([first.stop(), second.stop()]);
  });

  it("is called again when it throws", async () => {
    const over = new AbortController();
    const problems: string[] = [];
    let calls = 0;
    await underLease(
      {
        ...{ database: site.database, clock, name: "throws", holder: "x", times: TIMES },
        work: async () => {
          calls += 1;
          if (calls === 3) over.abort();
          throw new Error("no luck");
        },
        onProblem: (problem) => problems.push(problem),
      },
      over.signal,
    );
    expect(calls).toBe(3);
    expect(problems).toEqual(["no luck", "no luck"]);
  });
});

/** A way to the database that can be cut. */
class Gone {
  isAway = false;

  of(database: Database): Database {
    return database.withPlugin({
      transformQuery: ({ node }) => {
        if (this.isAway) throw Object.assign(new Error("cut"), { code: "ECONNREFUSED" });
        return node;
      },
      transformResult: async ({ result }) => result,
    });
  }
}
