import type { ClusterRecord } from "@sluice/cloud";
import { describe, expect, test } from "vitest";
import { LossWatch } from "./loss-watch.ts";
import { isHeadless } from "./site-failover.ts";

const at = (seconds: number) => new Date(seconds * 1000);
const one = (isHeadless: boolean) => [{ name: "a", isHeadless }];

describe("a cluster that counts as lost", () => {
  test("has had no head for the whole time", () => {
    const watch = new LossWatch(60_000);
    expect(watch.due(one(true), at(0))).toEqual([]);
    expect(watch.due(one(true), at(59))).toEqual([]);
    expect(watch.due(one(true), at(60))).toEqual(["a"]);
  });

  test("begins anew after a head, and after it was not seen at all", () => {
    const watch = new LossWatch(60_000);
    watch.due(one(true), at(0));
    watch.due(one(false), at(50));
    expect(watch.due(one(true), at(70))).toEqual([]);
    watch.due([], at(80));
    expect(watch.due(one(true), at(131))).toEqual([]);
    expect(watch.due(one(true), at(191))).toEqual(["a"]);
  });

  test("is in service, and neither of its heads leads", () => {
    const record = (parts: Partial<ClusterRecord>) =>
      isHeadless({ status: "CREATE_COMPLETE", head: undefined, ...parts } as ClusterRecord);
    const heads = (...roles: readonly string[]) => roles.map((role) => ({ role })) as never;
    expect(record({})).toBe(true);
    expect(record({ head: {} as never })).toBe(false);
    expect(record({ heads: heads("starting", "standing-by") })).toBe(true);
    expect(record({ heads: heads("leading", "starting") })).toBe(false);
    expect(record({ status: "STOPPED" })).toBe(false);
    expect(record({ status: "CREATE_IN_PROGRESS" })).toBe(false);
  });
});
