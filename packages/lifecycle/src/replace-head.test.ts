import { describe, expect, it } from "vitest";
import { type HeadValues, replaceHead } from "./replace-head.ts";
import { createdCluster, FakeHeads } from "./testing/index.ts";

async function setUp(...nodes: string[]) {
  const cluster = await createdCluster();
  const heads = new FakeHeads(cluster.cloud, cluster.name, nodes);
  const replace = (values: HeadValues = {}) => replaceHead({ ...cluster, values });
  return { ...cluster, heads, replace };
}

describe("replaceHead", () => {
  it("makes the only head anew, and leaves the file alone when nothing is to be otherwise", async () => {
    const { heads, replace } = await setUp("head");
    expect(await replace()).toMatchObject({ fileVersion: 1, replaced: ["head"] });
    expect(heads.log).toEqual(["head debian13"]);
  });

  it("puts other values in the file once the machine has them", async () => {
    const { heads, replace, cloud, name } = await setUp("head");
    expect(await replace({ instanceType: "local.medium" })).toMatchObject({ fileVersion: 2 });
    expect(heads.log).toEqual(["head debian13", "file debian13"]);
    const { configText = "" } = (await cloud.infrastructure.describe(name)) ?? {};
    expect(configText).toContain("HeadNode:\n  InstanceType: local.medium\n");
  });

  it("makes the one that stands by first, and lets it lead before the other one goes", async () => {
    const { heads, replace } = await setUp("head-1", "head-2");
    heads.unheard = 3;
    expect(await replace()).toMatchObject({ replaced: ["head-2", "head-1"] });
    expect(heads.log).toEqual(["head-2 debian13", "fail over", "head-1 debian13"]);
    expect(heads.interruptions).toEqual([]);
  });

  it("changes no file when a machine does not come up", async () => {
    const { heads, replace, cloud, name } = await setUp("head");
    heads.failsAt = 1;
    await expect(replace({ instanceType: "local.medium" })).rejects.toThrow("does not boot");
    expect(await cloud.infrastructure.files(name)).toHaveLength(1);
  });

  it("touches nothing for what can't be", async () => {
    const { heads, replace } = await setUp("head");
    await expect(replace({ imageOs: "debian12" })).rejects.toMatchObject({
      code: "UPGRADE_NEEDED",
    });
    await expect(replace({ zone: "nowhere" })).rejects.toMatchObject({
      code: "CLUSTER_FILE_INVALID",
    });
    await expect(replace({ imageOs: "; rm -rf /" })).rejects.toMatchObject({
      code: "CLUSTER_FILE_INVALID",
    });
    expect(heads.log).toEqual([]);
  });

  it("says what to do where the cloud can't", async () => {
    const cluster = await createdCluster();
    await expect(replaceHead({ ...cluster, values: {} })).rejects.toMatchObject({
      code: "UNSUPPORTED_BY_PROVIDER",
    });
  });
});
