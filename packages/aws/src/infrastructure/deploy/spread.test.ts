import { ImportKeyPairCommand } from "@aws-sdk/client-ec2";
import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, it } from "vitest";
import { clusterText, manyQueues } from "../synth/testing/requests.ts";
import { atHome } from "./testing/at-home.ts";
import { requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
  const { region } = trial;
  const PublicKeyMaterial = new TextEncoder().encode("ssh-ed25519 AAAA");
  await region.call(ImportKeyPairCommand, { KeyName: "operators", PublicKeyMaterial });
  await region.call(CreatePolicyCommand, {
    PolicyName: "people",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
    }),
  });
});
afterAll(() => trial[Symbol.asyncDispose]());

it.each([
  ["accounting-made", clusterText("accounting-made")],
  ["login-pools", clusterText("login-pools")],
  ["machines-of-all-kinds", clusterText("machines-of-all-kinds")],
  ["network-endpoints", clusterText("network-endpoints")],
  ["network-given", clusterText("network-given")],
  ["storage-disks", clusterText("storage-disks")],
  ["storage-efs", clusterText("storage-efs")],
  ["storage-lustre-persistent", clusterText("storage-lustre-persistent")],
  ["many-queues", manyQueues(40)],
])("a cluster with %s is made and taken away", async (name, text) => {
  const { infrastructure } = trial.cloud;
  const record = await infrastructure.apply(
    requestFor(name, await atHome(trial.region, text)),
    watching(),
  );
  expect(record.status).toBe("CREATE_COMPLETE");
  await infrastructure.destroy(name, { ...watching(), retainAccounting: false });
  expect(await infrastructure.list()).toEqual([]);
  expect(trial.heads.running).toEqual([]);
  expect(trial.region.defects).toEqual([]);
});

it("a head that can't be launched ends the creation at once", async () => {
  const text = await atHome(
    trial.region,
    clusterText("network-given").replace("operators", "nobody"),
  );
  await expect(
    trial.cloud.infrastructure.apply(requestFor("keyless", text), watching()),
  ).rejects.toMatchObject({
    code: "STACK_FAILED",
    message: expect.stringContaining("the key pair 'nobody' does not exist"),
  });
  expect(await trial.cloud.infrastructure.list()).toEqual([]);
});
