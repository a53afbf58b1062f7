import { fillSampleAccount, IdleHypervisor, Region } from "@sluice/aws/testing";
import { expect, test } from "vitest";
import { Site } from "./harness.ts";

const FILE = `Region: eu-central-1
Image: { Os: alinux2023 }
HeadNode:
  InstanceType: c5.large
  Networking: { SubnetId: subnet-01234567 }
  Ssh: { KeyName: nobody, AllowedIps: 10.0.0.0/8 }
Scheduling:
  SlurmQueues:
    - Name: cpu
      Networking: { SubnetIds: [subnet-89abcdef] }
      ComputeResources: [{ Name: a, InstanceType: c5.large }]
`;

test("the built program asks an account through the SDK, and says what it finds", async () => {
  await using account = await Region.start({ hypervisor: new IdleHypervisor() });
  await fillSampleAccount(account);
  const site = new Site("online-checks");
  const result = await site.sluice(
    ["validate", "-c", site.clusterFile("online-checks", FILE), "--online"],
    {
      env: {
        AWS_ENDPOINT_URL: account.endpoint,
        AWS_ACCESS_KEY_ID: account.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: account.credentials.secretAccessKey,
      },
    },
  );
  expect(result.code).toBe(3);
  const { findings, notRun } = result.json<{
    findings: readonly object[];
    notRun: readonly { readonly id: string }[];
  }>();
  expect(findings).toMatchObject([
    { id: "SubnetsValidator", level: "ERROR", line: 5 },
    { id: "KeyPairValidator", level: "ERROR", line: 6 },
  ]);
  // EC2 wants an image to try a launch with, and the file names none.
  expect(notRun.map(({ id }) => id)).toEqual([
    "HeadNodeLaunchTemplateValidator",
    "ComputeResourceLaunchTemplateValidator",
  ]);
  expect(account.calls.length).toBeLessThan(10);
});
