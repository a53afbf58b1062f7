import { describe, expect, test } from "vitest";
import { kindOf, simGround } from "./sim-ground.ts";
import { AWS_DEFAULT_LIMITS, raisedLimits, TokenBucket } from "./sim-limits.ts";

describe("a token bucket", () => {
  const limit = { capacity: 10, refillPerSecond: 2 };

  test("gives what it holds, all or none, and refills to its brim", () => {
    const bucket = new TokenBucket();
    expect(bucket.take(limit, 8, 0)).toBe(true);
    expect(bucket.take(limit, 3, 0)).toBe(false);
    expect(bucket.wait(limit, 3, 0)).toBe(0.5);
    expect(bucket.take(limit, 3, 500)).toBe(true);
    expect(bucket.level(limit, 3_600_000)).toBe(10);
  });

  test("more than it can hold is owed", () => {
    const bucket = new TokenBucket();
    expect(bucket.take(limit, 16, 0)).toBe(true);
    expect(bucket.wait(limit, 1, 0)).toBe(3.5);
    expect(bucket.take(limit, 16, 7_999)).toBe(false);
    expect(bucket.take(limit, 16, 8_000)).toBe(true);
  });
});

describe("the limits of an AWS account", () => {
  test("a thousand machines at once, then two a second", async () => {
    const { launch, requests, seconds, sim } = simGround({ limits: AWS_DEFAULT_LIMITS });
    const asked = requests(1100);
    expect(await launch(asked)).toEqual({ accepted: 1000, kinds: ["Throttled"] });
    await seconds(10);
    expect(await launch(asked.slice(1000))).toEqual({ accepted: 20, kinds: ["Throttled"] });
    await seconds(40);
    expect(await launch(asked.slice(1020))).toEqual({ accepted: 80, kinds: [] });
    expect(sim.traffic.launch).toEqual({ calls: 3, requests: 5, machines: 1100, throttled: 180 });
  });

  test("five calls at once, then two a second, however small they are", async () => {
    const { launch, requests, seconds } = simGround({ limits: AWS_DEFAULT_LIMITS });
    const answers = [];
    for (let n = 0; n < 7; n++) answers.push((await launch(requests(1))).accepted);
    expect(answers).toEqual([1, 1, 1, 1, 1, 0, 0]);
    await seconds(1);
    for (let n = 0; n < 3; n++) answers.push((await launch(requests(1))).accepted);
    expect(answers.slice(7)).toEqual([1, 1, 0]);
  });

  test("a call is as many requests as it has offerings, pools and batches", async () => {
    const { sim, launch, requests } = simGround({
      limits: { ...AWS_DEFAULT_LIMITS, launchBatch: 100 },
    });
    const other = { pool: { queue: "q1", computeResource: "b" } };
    await launch([...requests(101), ...requests(1, other)]);
    expect(sim.traffic.launch.requests).toBe(3);
  });

  test("an atomic call is taken whole or not at all, and pays for what it got only", async () => {
    const { launch, requests, seconds, sim } = simGround({
      limits: AWS_DEFAULT_LIMITS,
      capacity: { "small/sim-a/on-demand": 900 },
    });
    expect(await launch(requests(901), true)).toMatchObject({
      accepted: 0,
      kinds: ["InsufficientCapacity"],
    });
    expect(await launch(requests(900), true)).toMatchObject({ accepted: 900 });
    sim.capacity.clear();
    await seconds(2);
    const gang = requests(110);
    expect(await launch(gang, true)).toEqual({ accepted: 0, kinds: ["Throttled"] });
    expect(sim.all()).toHaveLength(900);
    await seconds(3);
    expect(await launch(gang, true)).toMatchObject({ accepted: 110 });
  });

  test("a token that was accepted costs no machine when it is asked again", async () => {
    const { launch, requests } = simGround({ limits: AWS_DEFAULT_LIMITS });
    const asked = requests(1000);
    await launch(asked);
    expect(await launch(asked)).toEqual({ accepted: 1000, kinds: [] });
  });

  test("ends are limited one by one, lists as a call", async () => {
    const { cloud, launch, requests, seconds, sim } = simGround({ limits: raisedLimits() });
    await launch(requests(1500));
    sim.limits = AWS_DEFAULT_LIMITS;
    const outcomes = await cloud.machines.terminate(sim.all().map((one) => one.id));
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1000);
    const refused = outcomes.find((outcome) => !outcome.ok);
    expect(refused?.ok === false && refused.error.kind).toBe("Throttled");

    for (let n = 0; n < 50; n++) await cloud.machines.list();
    expect(await kindOf(cloud.machines.list())).toBe("Throttled");
    await seconds(1);
    expect(await kindOf(cloud.machines.list())).toBe("none");
  });

  test("says when to ask again where the cloud does", async () => {
    const { cloud, launch, requests } = simGround({
      limits: {
        requests: {},
        machines: { launch: { capacity: 10, refillPerSecond: 4 } },
        tellsRetryAfter: true,
      },
    });
    await launch(requests(10));
    const [outcome] = await cloud.machines.launch(requests(6), { atomic: true });
    expect(outcome?.ok === false && outcome.error.retryAfter).toBe(1.5);
  });

  test("raised: four thousand at once, and ends keep pace with launches", async () => {
    const limits = raisedLimits({ machines: { capacity: 5000, refillPerSecond: 50 } });
    const { launch, requests } = simGround({ limits });
    expect(await launch(requests(4000))).toEqual({ accepted: 4000, kinds: [] });
    expect(limits.requests.launch).toEqual({ capacity: 50, refillPerSecond: 20 });
    expect(limits.machines.terminate).toEqual({ capacity: 5000, refillPerSecond: 500 });
  });
});
