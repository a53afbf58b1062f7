import {
  CreateSecurityGroupCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { layGround } from "./ground.ts";
import { IdleHypervisor } from "./idle-hypervisor.ts";
import { Region } from "./region.ts";

let region: Region;

beforeAll(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
});

afterEach(() => {
  expect(region.defects).toEqual([]);
});

afterAll(() => region.close());

/** What an SDK client needs to reach the region. */
function config(credentials = region.credentials) {
  return { region: region.name, endpoint: region.endpoint, credentials, maxAttempts: 1 };
}

/** The code that a call of each protocol fails with. */
async function codes(with_: ReturnType<typeof config>): Promise<Readonly<Record<string, string>>> {
  const calls = {
    ec2: () => new EC2Client(with_).send(new DescribeRegionsCommand({})),
    iam: () => new IAMClient(with_).send(new ListRolesCommand({})),
    s3: () => new S3Client(with_).send(new ListBucketsCommand({})),
    ssm: () => new SSMClient(with_).send(new DescribeParametersCommand({})),
  };
  const found = Object.entries(calls).map(async ([name, call]) => {
    const error = await call().then(
      () => new Error("none"),
      (reason: Error) => reason,
    );
    return [name, error.message === "none" ? "none" : error.name] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

describe("who calls", () => {
  test("is told by the signature", async () => {
    const sts = new STSClient(config());
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: "123456789012",
      Arn: "arn:aws:iam::123456789012:user/admin",
    });
  });

  test("has to know the secret", async () => {
    const wrong = { ...region.credentials, secretAccessKey: "a guess" };
    expect(await codes(config(wrong))).toEqual({
      ec2: "AuthFailure",
      iam: "SignatureDoesNotMatch",
      s3: "SignatureDoesNotMatch",
      ssm: "InvalidSignatureException",
    });
  });

  test("has to be known", async () => {
    expect(await codes(config({ ...region.credentials, accessKeyId: "AKIDNOBODY" }))).toEqual({
      ec2: "AuthFailure",
      iam: "InvalidClientTokenId",
      s3: "InvalidAccessKeyId",
      ssm: "UnrecognizedClientException",
    });
  });

  test("may come too late", async () => {
    const over = region.keys.issue(region.machineCaller("node", "i-1"), -1);
    expect(await codes(config(over))).toEqual({
      ec2: "RequestExpired",
      iam: "ExpiredToken",
      s3: "ExpiredToken",
      ssm: "ExpiredTokenException",
    });
  });

  test("needs the token that belongs to the key", async () => {
    const key = region.keys.issue(region.machineCaller("node", "i-1"), 60);
    const { iam } = await codes(config({ ...key, sessionToken: "another" }));
    expect(iam).toBe("InvalidClientTokenId");
  });

  test("signs for this region", async () => {
    const { ec2 } = await codes({ ...config(), region: "eu-west-1" });
    expect(ec2).toBe("AuthFailure");
  });

  test("may not be there at all", async () => {
    const response = await fetch(region.endpoint, { method: "POST", body: "Action=ListRoles" });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("<Code>AccessDenied</Code>");
  });
});

describe("faults", () => {
  test("throttle as each service says it, and then not any more", async () => {
    const operations = ["ec2:DescribeRegions", "iam:ListRoles", "s3:ListBuckets"];
    for (const name of [...operations, "ssm:DescribeParameters"])
      region.faults.throttle.set(name, 1);
    expect(await codes(config())).toEqual({
      ec2: "RequestLimitExceeded",
      iam: "Throttling",
      s3: "SlowDown",
      ssm: "ThrottlingException",
    });
    expect(await codes(config())).toEqual({ ec2: "none", iam: "none", s3: "none", ssm: "none" });
  });

  test("fail with what was ordered, so many times", async () => {
    const order = { code: "OptInRequired", message: "not subscribed", times: 1 };
    region.faults.fail.set("ec2:DescribeRegions", order);
    expect((await codes(config())).ec2).toBe("OptInRequired");
    expect((await codes(config())).ec2).toBe("none");
  });
});

describe("the wire", () => {
  test("carries lists, filters and characters of XML there and back", async () => {
    const { vpcId, subnetIds } = await layGround(region);
    const ec2 = new EC2Client(config());
    const { Subnets = [] } = await ec2.send(
      new DescribeSubnetsCommand({
        Filters: [
          { Name: "vpc-id", Values: [vpcId] },
          { Name: "availability-zone", Values: ["eu-central-1b", "eu-central-1c"] },
        ],
      }),
    );
    expect(Subnets.map(({ SubnetId }) => SubnetId)).toEqual(subnetIds.slice(1));
    const { GroupId = "" } = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: "nodes",
        Description: "between nodes",
        VpcId: vpcId,
        TagSpecifications: [
          {
            ResourceType: "security-group",
            Tags: [
              { Key: "a", Value: '<1> & "2" größer' },
              { Key: "b", Value: "" },
            ],
          },
        ],
      }),
    );
    const found = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
    expect(found.SecurityGroups?.[0]?.Tags).toEqual([
      { Key: "a", Value: '<1> & "2" größer' },
      { Key: "b", Value: "" },
    ]);
  });

  test("says what is not served", async () => {
    const { RestoreManagedPrefixListVersionCommand } = await import("@aws-sdk/client-ec2");
    const command = new RestoreManagedPrefixListVersionCommand({
      PrefixListId: "pl-1",
      PreviousVersion: 1,
      CurrentVersion: 2,
    });
    await expect(new EC2Client(config()).send(command)).rejects.toThrow(
      "ec2:RestoreManagedPrefixListVersion is not served",
    );
  });

  test("counts what came over it", async () => {
    const before = region.count("sts:GetCallerIdentity");
    await new STSClient(config()).send(new GetCallerIdentityCommand({}));
    await region.call(GetCallerIdentityCommand, {});
    expect(region.count("sts:GetCallerIdentity")).toBe(before + 1);
  });
});

test("a defect of the region is an internal failure, and kept", async () => {
  region.register({
    name: "ec2",
    protocol: "ec2Query",
    operations: {
      DescribeRegions: {
        command: DescribeRegionsCommand,
        handler: () => {
          throw new TypeError("a bug");
        },
      },
    },
  });
  const sqs = new SQSClient(config());
  await sqs.send(new CreateQueueCommand({ QueueName: "still-served" }));
  await expect(new EC2Client(config()).send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
    name: "InternalFailure",
    $metadata: { httpStatusCode: 500 },
  });
  expect(region.defects.splice(0)).toEqual([new TypeError("a bug")]);
});
