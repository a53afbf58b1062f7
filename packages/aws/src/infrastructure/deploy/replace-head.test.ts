import { gunzipSync } from "node:zlib";
import { DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { Cloud, ClusterRecord } from "@sluice/cloud";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clusterText } from "../synth/testing/requests.ts";
import { asAdministrator } from "./testing/administrator.ts";
import { PLAIN, requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

const LARGER = PLAIN.replace("m7i.large", "m7i.xlarge");

let trial: Trial;
let infrastructure: Cloud["infrastructure"];
beforeEach(async () => {
  trial = await startTrial();
  ({ infrastructure } = await asAdministrator(trial));
});
afterEach(() => trial[Symbol.asyncDispose]());

const described = async (name: string): Promise<ClusterRecord> =>
  (await infrastructure.describe(name)) as ClusterRecord;
const typeOf = ({ head }: ClusterRecord) => head?.offering.instanceType;
const replace = (
  name: string,
  wanted: { readonly text: string; readonly machine: string; readonly isReversible?: boolean },
  watch = watching(),
) => {
  const { text, machine, isReversible = true } = wanted;
  const request = { ...requestFor(name, text), replaces: 1, machine, isReversible };
  return infrastructure.replaceHead?.(request, watch);
};

describe("replacing the machine of a head", () => {
  it("makes another from another file, and every later one; the file in force stays", async () => {
    const { head } = await infrastructure.apply(requestFor("demo"), watching());
    const former = head?.id ?? "";
    await replace("demo", { text: LARGER, machine: former });
    const after = await described("demo");
    expect(typeOf(after)).toBe("m7i.xlarge");
    expect(after).toMatchObject({ configText: PLAIN, fileVersion: 1, status: "CREATE_COMPLETE" });
    expect(after.head?.id).not.toBe(former);
    expect(after.heads?.map(({ machine }) => machine.id)).toEqual([after.head?.id]);
    const Bucket = `sluice-${trial.region.account}-${trial.region.name}`;
    const { Contents = [] } = await trial.region.call(ListObjectsV2Command, { Bucket });
    const made = Contents.filter(({ Key }) => Key?.includes("/files/head-"));
    expect(made).toHaveLength(1);
    const packed = trial.heads.running[0]?.userData.matchAll(/content: (H4s\S+)/g) ?? [];
    const files = [...packed].map(([, file = ""]) => `${gunzipSync(Buffer.from(file, "base64"))}`);
    expect(files.join("\n")).toContain(made[0]?.Key);
    trial.heads.kill(after.head?.id ?? "");
    await expect
      .poll(async () => (await described("demo")).head?.id ?? after.head?.id)
      .not.toBe(after.head?.id);
    expect(typeOf(await described("demo"))).toBe("m7i.xlarge");
    await infrastructure.update({ ...requestFor("demo", LARGER), replaces: 1 }, watching());
    expect(trial.region.defects).toEqual([]);
  });

  it("goes back to one as before when the new one does not come up", async () => {
    const { head } = await infrastructure.apply(requestFor("demo"), watching());
    const stack = async () => {
      const name = { StackName: "sluice-demo" };
      return (await trial.region.call(DescribeStacksCommand, name)).Stacks?.[0]?.Parameters;
    };
    const parameters = await stack();
    trial.heads.says = { status: "failed", message: "no slurmctld" };
    const watch = watching();
    const { onProgress } = watch;
    watch.onProgress = (progress) => {
      onProgress(progress);
      if (!/goes back/.test(progress.message)) return;
      trial.heads.says = { status: "ready", message: "the head is ready" };
    };
    await expect(
      replace("demo", { text: LARGER, machine: head?.id ?? "" }, watch),
    ).rejects.toMatchObject({ code: "HEAD_REPLACE_FAILED", message: /no slurmctld/ });
    const after = await described("demo");
    expect(typeOf(after)).toBe("m7i.large");
    expect(after.status).toBe("CREATE_COMPLETE");
    expect(await stack()).toEqual(parameters);
  });

  it("takes one of two at a time, and waits until it stands by", async () => {
    const text = clusterText("two-heads");
    const { heads = [] } = await infrastructure.apply(requestFor("two", text), watching());
    const standby = heads.find(({ role }) => role === "standing-by")?.machine.id ?? "";
    const leader = heads.find(({ role }) => role === "leading")?.machine.id ?? "";
    trial.heads.says = { status: "standing-by", message: "stands by" };
    await replace("two", { text, machine: standby });
    const after = await described("two");
    expect(after.head?.id).toBe(leader);
    expect(after.heads).toHaveLength(2);
    expect(after.heads?.map(({ machine }) => machine.id)).not.toContain(standby);
  });

  it("is refused for another version, and while an update is under way", async () => {
    const { head } = await infrastructure.apply(requestFor("demo"), watching());
    const machine = head?.id ?? "";
    const request = { ...requestFor("demo"), replaces: 2, machine, isReversible: true };
    await expect(infrastructure.replaceHead?.(request, watching())).rejects.toMatchObject({
      code: "UPDATE_VERSION_CONFLICT",
    });
    await infrastructure.update(
      { ...requestFor("demo", `${PLAIN}# x\n`), replaces: 1 },
      watching(),
    );
    await expect(replace("demo", { text: LARGER, machine })).rejects.toMatchObject({
      code: "CLUSTER_BUSY",
    });
    expect((await described("demo")).head?.id).toBe(machine);
  });
});
