import { createHash } from "node:crypto";
import { type ClusterConfig, parseClusterFile } from "@sluice/model";
import { expect, test } from "vitest";
import { unmadeBundles, userDataOf } from "./user-data.ts";

function configWith(argument: string): ClusterConfig {
  const parsed = parseClusterFile(
    `Region: eu-central-1
Image: { Os: debian13 }
HeadNode: { InstanceType: t3.medium }
LoginNodes: { Pools: [{ Name: in, InstanceType: t3.micro, Count: 1, GracetimePeriod: 15 }] }
Scheduling:
  SlurmQueues:
    - Name: q
      ComputeResources: [{ Name: c, InstanceType: t3.micro }]
      CustomActions: { OnNodeStart: { Script: "s3://b/x.sh", Args: ["${argument}"] } }
`,
    { fileName: "f.yaml" },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  return parsed.config;
}

/** Hexadecimal digits without a pattern that could be made small. */
const random = (length: number): string =>
  Array.from({ length: Math.ceil(length / 64) }, (_, index) =>
    createHash("sha256").update(String(index)).digest("hex"),
  )
    .join("")
    .slice(0, length);

const rendered = (config: ClusterConfig) =>
  userDataOf({
    ...{ name: "demo", unique: "0a1b2c3d", config, region: "eu-central-1" },
    bucket: { name: "bucket", prefix: "clusters/demo-0a1b2c3d" },
    bundles: unmadeBundles(config),
  });

test("a queue whose machines could not be told what to do is refused before anything is made", () => {
  const { login } = rendered(configWith(random(1000)));
  // Room for what people's own scripts are given.
  expect(login.in?.length).toBeLessThan(15 * 1024);
  expect(() => rendered(configWith(random(20_000)))).toThrow(
    expect.objectContaining({
      code: "USER_DATA_TOO_LARGE",
      message: expect.stringContaining("a machine of queue q"),
    }),
  );
});

test("login machines let go of their own group's hook, after the pool's grace time", () => {
  const { login } = rendered(configWith("x"));
  expect(login.in).toContain(
    "/etc/sluice/farewell 15 '/etc/sluice/guest leaving' '/etc/sluice/guest let-go sluice-demo-0a1b2c3d-login-in farewell'\n",
  );
});
