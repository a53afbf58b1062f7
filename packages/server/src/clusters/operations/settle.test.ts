import type { ClusterRecord, ClusterStatus, ImageRecord } from "@sluice/cloud";
import { describe, expect, it } from "vitest";
import { type Seen, settle } from "./settle.ts";

const RECORD: ClusterRecord = {
  name: "demo",
  id: "demo-1",
  provider: "local",
  status: "CREATE_COMPLETE",
  statusReason: undefined,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  configText: "",
  fileVersion: 1,
  head: undefined,
  resources: {},
};

function seen(kind: Seen["kind"], status?: ClusterStatus, more: Partial<Seen> = {}): Seen {
  const record = status === undefined ? undefined : { ...RECORD, status };
  return { kind, request: {}, record, fleet: undefined, image: undefined, ...more };
}

describe("what became of work whose server is gone", () => {
  it.each([
    ["create-cluster", "CREATE_COMPLETE", "done"],
    ["create-cluster", "CREATE_IN_PROGRESS", undefined],
    ["create-cluster", "CREATE_FAILED", "failed"],
    ["create-cluster", undefined, "failed"],
    ["delete-cluster", undefined, "done"],
    ["stop-cluster", "STOPPED", "done"],
    ["stop-cluster", "CREATE_COMPLETE", "failed"],
    ["start-cluster", "STOPPED", "failed"],
  ] as const)("%s, the cluster is %s: %s", (kind, status, state) => {
    expect(settle(seen(kind, status))?.state).toBe(state);
  });

  it("tells an update that is in force from one that had not begun", () => {
    const request = { replaces: 1 };
    expect(settle(seen("update-cluster", "UPDATE_IN_PROGRESS", { request }))).toBeUndefined();
    const same = settle(seen("update-cluster", "CREATE_COMPLETE", { request }));
    expect(same?.error?.message).toContain("had not begun");
    const record = { ...RECORD, status: "UPDATE_COMPLETE", fileVersion: 2 } as const;
    expect(settle({ ...seen("update-cluster"), request, record })).toEqual({ state: "done" });
  });

  it("takes another cluster of the same name for what it is", () => {
    const old = { request: { clusterId: "demo-0" } };
    expect(settle(seen("delete-cluster", "CREATE_COMPLETE", old))?.state).toBe("done");
    const same = { request: { clusterId: "demo-1" } };
    expect(settle(seen("delete-cluster", "CREATE_COMPLETE", same))?.state).toBe("failed");
    expect(settle(seen("delete-cluster", "DELETE_IN_PROGRESS", same))).toBeUndefined();
  });

  it("waits for a fleet that is on its way", () => {
    const request = { status: "STOP_REQUESTED" };
    const at = (fleet: Seen["fleet"]) =>
      settle(seen("update-compute-fleet", "CREATE_COMPLETE", { request, fleet }))?.state;
    expect(at("STOPPING")).toBeUndefined();
    expect(at("STOPPED")).toBe("done");
    expect(at("RUNNING")).toBe("failed");
    expect(at(undefined)).toBe("failed");
  });

  it("knows images too", () => {
    const image = { id: "i", status: "BUILD_IN_PROGRESS" } as ImageRecord;
    expect(settle(seen("build-image", undefined, { image }))).toBeUndefined();
    expect(settle(seen("build-image"))?.state).toBe("failed");
    expect(settle(seen("delete-image"))?.state).toBe("done");
  });
});
