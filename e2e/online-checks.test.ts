import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { LoopbackAccount, sampleState } from "@sluice/aws/testing";
import { expect, test } from "vitest";

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
  await using account = await LoopbackAccount.start(sampleState());
  const folder = await mkdtemp(join(tmpdir(), "sluice-online-"));
  try {
    const file = join(folder, "cluster.yaml");
    await writeFile(file, FILE);
    const { stdout } = await promisify(execFile)(
      new URL("../bin/sluice", import.meta.url).pathname,
      ["validate", "-c", file, "--online"],
      {
        env: {
          PATH: process.env.PATH,
          AWS_ENDPOINT_URL: account.endpoint,
          AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
          AWS_SECRET_ACCESS_KEY: "not-a-secret",
        },
      },
    ).catch((failed: { stdout: string }) => failed);
    const { valid, findings, notRun } = JSON.parse(stdout);
    expect(valid).toBe(false);
    expect(findings).toMatchObject([
      { id: "SubnetsValidator", level: "ERROR", line: 5 },
      { id: "KeyPairValidator", level: "ERROR", line: 6 },
    ]);
    // EC2 wants an image to try a launch with, and the file names none.
    const unmade = notRun.map(({ id }: { id: string }) => id);
    expect(unmade).toEqual([
      "HeadNodeLaunchTemplateValidator",
      "ComputeResourceLaunchTemplateValidator",
    ]);
    expect(account.calls.length).toBeLessThan(10);
  } finally {
    await rm(folder, { recursive: true });
  }
});
