import { describe, expect, it } from "vitest";
import { describeComputeFleet, updateComputeFleet } from "./compute-fleet.ts";
import { describeCluster } from "./describe-cluster.ts";
import { startCluster, stopCluster } from "./stop-start.ts";
import { createdCluster } from "./testing/index.ts";

describe("stopping and starting a cluster", () => {
  it("takes the fleet first, then the head, and both come back", async () => {
    const cluster = await createdCluster();
    const order: string[] = [];
    const onProgress = ({ resource, status }: { resource: string; status: string }) => {
      if (status === "done") order.push(resource);
    };
    expect(await stopCluster({ ...cluster, onProgress })).toMatchObject({
      clusterStatus: "STOPPED",
    });
    expect(order).toEqual(["compute fleet", "head"]);
    expect((await describeCluster(cluster)).computeFleetStatus).toBe("STOPPED");

    await startCluster({ ...cluster, onProgress });
    expect(order.slice(2)).toEqual(["head", "compute fleet"]);
    expect((await describeComputeFleet(cluster)).status).toBe("RUNNING");
  });

  it("is fine with being asked twice", async () => {
    const cluster = await createdCluster();
    await stopCluster(cluster);
    expect((await stopCluster(cluster)).clusterStatus).toBe("STOPPED");
    await startCluster(cluster);
    expect((await startCluster(cluster)).clusterStatus).toBe("CREATE_COMPLETE");
  });

  it("starts a head whose machine died", async () => {
    const cluster = await createdCluster();
    cluster.cloud.loseHead(cluster.name);
    await expect(describeComputeFleet(cluster)).rejects.toMatchObject({ code: "HEAD_UNREACHABLE" });
    await startCluster(cluster);
    expect((await describeComputeFleet(cluster)).status).toBe("RUNNING");
  });

  it("stops a cluster whose head machine died", async () => {
    const cluster = await createdCluster();
    cluster.cloud.loseHead(cluster.name);
    expect((await stopCluster(cluster)).clusterStatus).toBe("STOPPED");
  });

  it("keeps the head when it is interrupted before the fleet has stopped", async () => {
    const cluster = await createdCluster();
    const abort = new AbortController();
    cluster.clock.beforeSleep = () => abort.abort();
    const stop = stopCluster({ ...cluster, signal: abort.signal });
    await expect(stop).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect((await describeCluster(cluster)).clusterStatus).toBe("CREATE_COMPLETE");
  });

  it("does not answer for the fleet of a stopped cluster", async () => {
    const cluster = await createdCluster();
    await stopCluster(cluster);
    await expect(describeComputeFleet(cluster)).rejects.toMatchObject({
      code: "CLUSTER_WRONG_STATE",
      message: "cluster demo is STOPPED",
      hint: "start it (sluice start-cluster -n demo)",
    });
  });
});

describe("updateComputeFleet", () => {
  it("answers at once, or when it is done", async () => {
    const cluster = await createdCluster();
    const stop = { ...cluster, status: "STOP_REQUESTED" } as const;
    expect((await updateComputeFleet({ ...stop, wait: false })).status).toBe("STOPPING");
    expect((await updateComputeFleet({ ...stop, wait: true })).status).toBe("STOPPED");
  });

  it("waits through a daemon that restarts", async () => {
    const cluster = await createdCluster();
    cluster.cloud.headAnswers = true;
    const said: string[] = [];
    cluster.clock.beforeSleep = () => {
      cluster.cloud.headAnswers = !cluster.cloud.headAnswers;
    };
    const fleet = await updateComputeFleet({
      ...cluster,
      status: "START_REQUESTED",
      wait: true,
      onProgress: ({ message }) => said.push(message),
    });
    expect(fleet.status).toBe("RUNNING");
    expect(said).toContain("the head does not answer at the moment");
  });
});
