import { expect, test } from "vitest";
import { keyOf, refusalOf, type Trial } from "./conformance-trial.ts";

/** What is on the menu, and what there is no more of. */
export function marketCases(trial: Trial): void {
  test("offerings follow the order of the instance types, in the pool's markets only", async () => {
    const { pool, cloud } = trial.harness;
    const rows = await cloud.catalogue.offerings(pool);
    for (const market of pool.markets) {
      const types = new Set(
        rows.filter((row) => row.market === market).map((row) => row.instanceType),
      );
      expect([...types]).toEqual(pool.instanceTypes.filter((type) => types.has(type)));
    }
    expect(new Set(rows.map((row) => row.instanceType))).toEqual(new Set(pool.instanceTypes));
    expect(new Set(rows.map((row) => JSON.stringify(keyOf(row)))).size).toBe(rows.length);
    for (const row of rows) {
      expect(row.machineType.name).toBe(row.instanceType);
      expect(pool.markets).toContain(row.market);
    }
  });

  trial.part("spot", "a spot machine is one, and is not dearer", async () => {
    const { pool, cloud } = trial.harness;
    trial.needs(
      pool.markets.find((market) => market === "spot"),
      "pool with spot",
    );
    const rows = await cloud.catalogue.offerings(pool);
    const spot = trial.needs(
      rows.find((row) => row.market === "spot" && row.unavailable === undefined),
      "spot offering",
    );
    const onDemand = rows.find(
      (row) => row.market === "on-demand" && row.instanceType === spot.instanceType,
    );
    if (spot.price !== undefined && onDemand?.price !== undefined) {
      expect(spot.price).toBeLessThanOrEqual(onDemand.price);
    }
    const [machine] = await trial.launched([trial.request({ offering: keyOf(spot) })]);
    expect(machine?.offering).toEqual(keyOf(spot));
    const listed = await trial.until(async () => (await trial.alive())[0]);
    expect(listed).toMatchObject({ id: machine?.id, offering: keyOf(spot) });
  });

  trial.part("capacity", "what there is no more of says so, and stays on the menu", async () => {
    const scarce = trial.needs(trial.harness.scarce, "scarce offering");
    const { machines, catalogue } = trial.harness.cloud;
    const { queue, computeResource } = scarce.pool;
    const as = { offering: scarce.offering, pool: { queue, computeResource } };
    const asked = trial.requests(scarce.capacity + 1, as);
    const atomic = await machines.launch(asked, { atomic: true });
    expect(atomic.map((outcome) => outcome.ok)).toEqual(asked.map(() => false));
    await trial.lists([]);

    const fresh = trial.requests(scarce.capacity + 1, as);
    const outcomes = await machines.launch(fresh, { atomic: false });
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(scarce.capacity);
    expect(refusalOf(outcomes.find((outcome) => !outcome.ok))).toBe("InsufficientCapacity");
    const rows = await catalogue.offerings(scarce.pool);
    expect(rows.map(keyOf)).toContainEqual(scarce.offering);

    await trial.lists(fresh.filter((_, index) => outcomes[index]?.ok === true));
    await machines.terminate(outcomes.flatMap((one) => (one.ok ? [one.machine.id] : [])));
    await trial.lists([]);
    expect(await trial.launched([trial.request(as)])).toHaveLength(1);
  });
}
