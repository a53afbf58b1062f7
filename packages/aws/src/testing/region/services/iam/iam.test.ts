import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AccessKey } from "../../credentials.ts";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import type { Statement } from "../../policy.ts";
import { Region } from "../../region.ts";

let region: Region;
let iam: IAMClient;
const RoleName = "sluice-demo-node";
const TRUST = JSON.stringify({
  Statement: [
    { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
    { Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" },
  ],
});

beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  iam = new IAMClient(config());
});

afterEach(async () => {
  await region.close();
  expect(region.defects).toEqual([]);
});

function config(credentials: AccessKey = region.credentials) {
  return { region: region.name, endpoint: region.endpoint, credentials, maxAttempts: 1 };
}

function policy(...Statement: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

async function createRole(more: { PermissionsBoundary?: string } = {}): Promise<void> {
  await iam.send(
    new CreateRoleCommand({ RoleName, Path: "/sluice/", AssumeRolePolicyDocument: TRUST, ...more }),
  );
}

function allow(PolicyName: string, ...statements: readonly Statement[]) {
  const PolicyDocument = policy(...statements);
  return iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
}

/** As a machine with the role. */
function asMachine() {
  return config(region.keys.issue(region.machineCaller(RoleName, "i-0123"), 3600));
}

describe("roles", () => {
  test("and their policies come back as they were put", async () => {
    await createRole();
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(Role).toMatchObject({
      Arn: `arn:aws:iam::123456789012:role/sluice/${RoleName}`,
      Path: "/sluice/",
    });
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(TRUST);
    await allow("head", { Effect: "Allow", Action: "ec2:*", Resource: "*" });
    const listed = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    expect(listed.PolicyNames).toEqual(["head"]);
    const { PolicyDocument = "" } = await iam.send(
      new GetRolePolicyCommand({ RoleName, PolicyName: "head" }),
    );
    expect(JSON.parse(decodeURIComponent(PolicyDocument))).toMatchObject({
      Statement: [{ Action: "ec2:*" }],
    });
  });

  test("go when nothing hangs on them any more", async () => {
    await createRole();
    const InstanceProfileName = "node";
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
    await allow("inline", { Effect: "Allow", Action: "*", Resource: "*" });
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const { InstanceProfile } = await iam.send(
      new GetInstanceProfileCommand({ InstanceProfileName }),
    );
    expect(InstanceProfile?.Roles?.map((role) => role.RoleName)).toEqual([RoleName]);
    const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    expect(attached.AttachedPolicies).toEqual([
      { PolicyArn, PolicyName: "AmazonSSMManagedInstanceCore" },
    ]);

    const remove = () => iam.send(new DeleteRoleCommand({ RoleName }));
    await expect(remove()).rejects.toThrow("delete policies");
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "inline" }));
    await expect(remove()).rejects.toThrow("detach all policies");
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await expect(remove()).rejects.toThrow("remove roles from instance profile");
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
    await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
    await remove();
    await expect(iam.send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  });

  test("have room for so much policy", async () => {
    await createRole();
    const Resource = Array.from(
      { length: 200 },
      (_, at) => `arn:aws:s3:::bucket-of-${at}/${"x".repeat(40)}`,
    );
    await expect(
      allow("long", { Effect: "Allow", Action: "s3:GetObject", Resource }),
    ).rejects.toMatchObject({ name: "LimitExceededException" });
    const names = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    expect(names.PolicyNames).toEqual([]);
  });
});

describe("rights", () => {
  test("are what the role's policies give", async () => {
    await createRole();
    const admin = new SQSClient(config());
    const { QueueUrl } = await admin.send(new CreateQueueCommand({ QueueName: "notices" }));
    const send = () =>
      new SQSClient(asMachine()).send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
    await expect(send()).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining(
        `arn:aws:sts::123456789012:assumed-role/${RoleName}/i-0123 is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:eu-central-1:123456789012:notices`,
      ),
    });
    await allow("notices", {
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Resource: "arn:aws:sqs:*:*:notices",
    });
    await send();
    await allow("stop", { Effect: "Deny", Action: "sqs:*", Resource: "*" });
    await expect(send()).rejects.toThrow("with an explicit deny in an identity-based policy");
  });

  test("end at the permissions boundary", async () => {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: "boundary",
        PolicyDocument: policy({ Effect: "Allow", Action: "s3:*", Resource: "*" }),
      }),
    );
    await createRole({ PermissionsBoundary: Policy?.Arn ?? "" });
    await allow("all", { Effect: "Allow", Action: "*", Resource: "*" });
    await expect(
      new SQSClient(asMachine()).send(new CreateQueueCommand({ QueueName: "q" })),
    ).rejects.toThrow("because no permissions boundary allows the sqs:CreateQueue action");
  });

  test("of passing a role are asked for", async () => {
    await createRole();
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "node" }));
    await iam.send(new CreateUserCommand({ UserName: "eve" }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "eve" }));
    const eve = new IAMClient(
      config({
        accessKeyId: AccessKey?.AccessKeyId ?? "",
        secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      }),
    );
    const give = (...statements: readonly Statement[]) =>
      iam.send(
        new PutUserPolicyCommand({
          UserName: "eve",
          PolicyName: "rights",
          PolicyDocument: policy(...statements),
        }),
      );
    const add = () =>
      eve.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "node", RoleName }));
    const manage = {
      Effect: "Allow",
      Action: "iam:AddRoleToInstanceProfile",
      Resource: "arn:aws:iam::*:instance-profile/*",
    } as const;
    const pass = (service: string): Statement => ({
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: "arn:aws:iam::123456789012:role/sluice/*",
      Condition: { StringEquals: { "iam:PassedToService": service } },
    });
    await give(manage);
    await expect(add()).rejects.toThrow(
      `iam:PassRole on resource: arn:aws:iam::123456789012:role/sluice/${RoleName}`,
    );
    await give(manage, pass("lambda.amazonaws.com"));
    await expect(add()).rejects.toThrow("iam:PassRole");
    await give(manage, pass("ec2.amazonaws.com"));
    await add();
  });

  test("of another role are taken by who is trusted", async () => {
    await createRole();
    const sts = new STSClient(config());
    const RoleArn = `arn:aws:iam::123456789012:role/sluice/${RoleName}`;
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: "ada" }),
    );
    const as = new STSClient(
      config({
        accessKeyId: Credentials?.AccessKeyId ?? "",
        secretAccessKey: Credentials?.SecretAccessKey ?? "",
        sessionToken: Credentials?.SessionToken ?? "",
      }),
    );
    expect(await as.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: `arn:aws:sts::123456789012:assumed-role/${RoleName}/ada`,
      UserId: expect.stringMatching(/^AROA.*:ada$/),
    });
    await expect(
      sts.send(new AssumeRoleCommand({ RoleArn: `${RoleArn}x`, RoleSessionName: "ada" })),
    ).rejects.toMatchObject({ name: "AccessDenied" });
  });
});
