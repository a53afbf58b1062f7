import { describe, expect, test } from "vitest";
import { fenceCluster } from "./fence-cluster.ts";
import type { LiveCluster } from "./live-cluster.ts";
import type { MachineRow } from "./store.ts";

function world({ unreached = "", isBusy = false } = {}) {
  const rows = ["head-1", "q-dy-1", "off"].map(
    (id) => ({ id, zone: id, state: id === "off" ? "stopped" : "running" }) as MachineRow,
  );
  const done: string[] = [];
  let status = "CREATE_COMPLETE";
  const fence = () =>
    fenceCluster(
      {
        store: {
          cluster: () => ({ status }) as never,
          machines: () => rows,
          updateCluster: (_, change) => {
            status = change.status ?? status;
            done.push(`status ${status}`);
          },
        },
        fleet: {
          remove: async (some) => {
            for (const row of some) {
              done.push(`off ${row.id}`);
              rows.splice(rows.indexOf(row), 1);
            }
          },
        },
        clusters: { heads: { tell: () => {} }, isBusy: () => isBusy },
        zones: { isReachable: ({ zone }) => zone !== unreached },
      },
      { row: { name: "c" } } as LiveCluster,
    );
  return { fence, done };
}

describe("a cluster that is cut off", () => {
  test("is stopped before its machines go, so that none is made anew", async () => {
    const { fence, done } = world();
    expect(await fence()).toBe("off");
    expect(done).toEqual(["status STOPPED", "off head-1", "off q-dy-1"]);
    expect(await fence()).toBe("off");
    expect(done).toHaveLength(3);
  });

  test("is not sure to be while a machine of it is not reached, or it is worked on", async () => {
    const { fence, done } = world({ unreached: "q-dy-1" });
    expect(await fence()).toBe("unsure");
    expect(done).toEqual(["status STOPPED", "off head-1"]);
    expect(await world({ isBusy: true }).fence()).toBe("unsure");
  });
});
