import { describe, expect, it } from "vitest";
import { deleteCluster } from "./delete-cluster.ts";
import { describeCluster } from "./describe-cluster.ts";
import { createdCluster } from "./testing/index.ts";

describe("deleteCluster", () => {
  it("leaves nothing, and keeps accounting only when asked", async () => {
    const first = await createdCluster();
    expect(await deleteCluster({ ...first, retainAccounting: false })).toEqual({
      clusterName: "demo",
      clusterStatus: "DELETE_COMPLETE",
      kept: [],
    });
    expect(await first.cloud.infrastructure.list()).toEqual([]);

    const second = await createdCluster();
    const { kept } = await deleteCluster({ ...second, retainAccounting: true });
    expect(kept).toEqual(["accounting of demo"]);

    const third = await createdCluster();
    const all = await deleteCluster({ ...third, retainAccounting: true, retainStorage: true });
    expect(all.kept).toEqual(["accounting of demo", "storage of demo"]);
  });

  it("says so when there is nothing to delete", async () => {
    const cluster = await createdCluster();
    const deletion = deleteCluster({ ...cluster, name: "other", retainAccounting: false });
    await expect(deletion).rejects.toMatchObject({ code: "CLUSTER_NOT_FOUND" });
  });

  it("can be asked again after it failed", async () => {
    const cluster = await createdCluster();
    cluster.cloud.failTeardown = true;
    const once = () => deleteCluster({ ...cluster, retainAccounting: false });
    await expect(once()).rejects.toMatchObject({ code: "CLOUD_TRANSIENT" });
    expect(await describeCluster(cluster)).toMatchObject({
      clusterStatus: "DELETE_FAILED",
      failures: [{ failureReason: "the storage is busy" }],
    });
    cluster.cloud.failTeardown = false;
    await once();
    expect(await cluster.cloud.infrastructure.list()).toEqual([]);
  });
});
