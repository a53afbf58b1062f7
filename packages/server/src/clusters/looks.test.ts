import { FakeCloud, SteppingClock } from "@sluice/lifecycle/testing";
import { expect, test } from "vitest";
import type { ServedCluster } from "./directory.ts";
import { Looks } from "./looks.ts";

function cluster(status = "CREATE_COMPLETE"): ServedCluster {
  const record = { id: "demo-1", status, updatedAt: new Date(0) } as ServedCluster["record"];
  const cloud = new FakeCloud(new SteppingClock());
  const gateway = () => Promise.reject(new Error("none"));
  return { name: "demo", provider: "local", region: "local", cloud, record, gateway };
}

test("many who look at the same time weigh like one", async () => {
  const clock = new SteppingClock();
  let count = 0;
  const looks = new Looks(clock, async () => ++count);
  const seen = await Promise.all(Array.from({ length: 1000 }, () => looks.of(cluster())));
  expect(new Set(seen)).toEqual(new Set([1]));
  await clock.sleep(1000);
  expect(await looks.of(cluster())).toBe(1);
  await clock.sleep(1000);
  expect(await looks.of(cluster())).toBe(2);
});

test("what changed is looked at anew, and what failed is not kept", async () => {
  let count = 0;
  const looks = new Looks(new SteppingClock(), async () => {
    count += 1;
    if (count === 2) throw new Error("away");
    return count;
  });
  expect(await looks.of(cluster())).toBe(1);
  await expect(looks.of(cluster("UPDATE_IN_PROGRESS"))).rejects.toThrow("away");
  expect(await looks.of(cluster("UPDATE_IN_PROGRESS"))).toBe(3);
  looks.drop("demo");
  expect(await looks.of(cluster("UPDATE_IN_PROGRESS"))).toBe(4);
});
