import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import { type Cloud, RevokedJobs, revokeJobs } from "@sluice/cloud";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAwsCloud } from "../../cloud.ts";
import { TAGS } from "../../names.ts";
import { clusterText } from "../synth/testing/requests.ts";
import { asAdministrator } from "./testing/administrator.ts";
import { requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

let trial: Trial;
let cloud: Cloud;
beforeAll(async () => {
  trial = await startTrial();
  cloud = await asAdministrator(trial);
});
afterAll(() => trial[Symbol.asyncDispose]());

it("a fenced cluster is off with its nodes until it is started, and others' machines stay", async () => {
  const { infrastructure } = cloud;
  const { region, heads } = trial;
  const { id, head } = await infrastructure.apply(
    requestFor("lost", clusterText("two-heads")),
    watching(),
  );
  const { head: other } = await infrastructure.apply(requestFor("other"), watching());
  const { row } = region.ec2.instances.get(head?.id ?? "");
  const node = (cluster: string) =>
    region.call(RunInstancesCommand, {
      ...{ ImageId: row.ImageId, InstanceType: "c7i.xlarge", MinCount: 1, MaxCount: 1 },
      SubnetId: row.SubnetId,
      TagSpecifications: [
        {
          ResourceType: "instance",
          Tags: [
            { Key: TAGS.clusterId, Value: cluster },
            { Key: TAGS.role, Value: "compute" },
          ],
        },
      ],
    });
  await node(id);
  const { Instances: [kept] = [] } = await node("00000000");

  // Two of them in a row: whoever asks again hears the same.
  expect(await infrastructure.fence?.("lost")).toBe("off");
  expect(await infrastructure.fence?.("lost")).toBe("off");
  const running = heads.running.map(({ instanceId }) => instanceId).toSorted();
  expect(running).toEqual([kept?.InstanceId, other?.id].toSorted());
  expect(await infrastructure.describe("lost")).toMatchObject({ status: "STOPPED", heads: [] });
  await heads.idle();
  expect(heads.running).toHaveLength(2);

  const registers = infrastructure.registers?.("lost");
  if (registers === undefined) throw new Error("no registers");
  await revokeJobs(registers, ["sluice=1", "sluice=2"]);
  await revokeJobs(registers, ["sluice=3"]);
  const later = infrastructure.registers?.("lost");
  expect(await new RevokedJobs(later ?? registers).read()).toEqual(
    new Set(["sluice=1", "sluice=2", "sluice=3"]),
  );

  await infrastructure.startHead("lost", watching());
  expect((await infrastructure.describe("lost"))?.heads).toHaveLength(2);
  expect(region.defects).toEqual([]);
}, 60_000);

it("says that it is not sure where AWS does not answer, and who is asked for nobody", async () => {
  const away = await createAwsCloud({
    region: trial.region.name,
    endpoint: "http://127.0.0.1:9",
    credentials: trial.region.credentials,
    maxAttempts: 1,
    lookEvery: 20,
  });
  expect(await away.infrastructure.fence?.("lost")).toBe("unsure");
  await away[Symbol.asyncDispose]();
  await expect(cloud.infrastructure.fence?.("nobody")).rejects.toMatchObject({
    code: "CLUSTER_NOT_FOUND",
  });
  const registers = cloud.infrastructure.registers?.("nobody");
  await expect(registers?.read("revoked/0")).rejects.toMatchObject({ code: "CLUSTER_NOT_FOUND" });
});
