import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
} from "@aws-sdk/client-iam";
import {
  CancelCommandCommand,
  DeleteParametersCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  GetParameterCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  SendCommandCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layGround } from "../../ground.ts";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";
import { PUBLIC_IMAGES } from "../ec2/index.ts";

let hypervisor: IdleHypervisor;
let region: Region;
let ssm: SSMClient;

beforeEach(async () => {
  hypervisor = new IdleHypervisor();
  region = await Region.start({ hypervisor });
  const { name, endpoint, credentials } = region;
  ssm = new SSMClient({ region: name, endpoint, credentials, maxAttempts: 1 });
});

afterEach(async () => {
  ssm.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

describe("parameters", () => {
  const put = (Name: string, Value: string, Overwrite = false) =>
    ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite }));

  test("are found one by one, by names and ARNs", async () => {
    await put("/sluice/demo-1/facts/network", "{}");
    await expect(put("/sluice/demo-1/facts/network", "{}")).rejects.toMatchObject({
      name: "ParameterAlreadyExists",
    });
    await put("/sluice/demo-1/facts/network", '{"a":1}', true);
    const Name = "arn:aws:ssm:eu-central-1:123456789012:parameter/sluice/demo-1/facts/network";
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    expect(Parameter).toMatchObject({ Value: '{"a":1}', Version: 2, ARN: Name });
    await expect(ssm.send(new GetParameterCommand({ Name: "none" }))).rejects.toMatchObject({
      name: "ParameterNotFound",
    });
  });

  test("are listed below a path, in pages", async () => {
    for (let at = 0; at < 12; at += 1) await put(`/sluice/demo-1/facts/${at}`, String(at));
    await put("/sluice/demo-10/facts/0", "another's");
    const sizes: number[] = [];
    const values: (string | undefined)[] = [];
    const input = { Path: "/sluice/demo-1/", Recursive: true };
    for await (const { Parameters = [] } of paginateGetParametersByPath({ client: ssm }, input)) {
      sizes.push(Parameters.length);
      values.push(...Parameters.map(({ Value }) => Value));
    }
    expect(sizes).toEqual([10, 2]);
    expect(new Set(values).size).toBe(12);
    const gone = await ssm.send(
      new DeleteParametersCommand({ Names: ["/sluice/demo-1/facts/0", "/sluice/none"] }),
    );
    expect(gone).toMatchObject({
      DeletedParameters: ["/sluice/demo-1/facts/0"],
      InvalidParameters: ["/sluice/none"],
    });
  });

  test("of vendors name their images", async () => {
    const Name = "/aws/service/debian/release/13/latest/arm64";
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    const image = PUBLIC_IMAGES.find(({ os, arch }) => os === "debian13" && arch === "arm64");
    expect(Parameter?.Value).toBe(image?.imageId);
  });
});

describe("commands", () => {
  async function launch({ managed = true } = {}): Promise<string> {
    const { imageId, subnetIds } = await layGround(region);
    const name = managed ? "managed" : "unmanaged";
    await region.call(CreateRoleCommand, {
      RoleName: name,
      AssumeRolePolicyDocument: '{"Statement":[]}',
    });
    await region.call(CreateInstanceProfileCommand, { InstanceProfileName: name });
    await region.call(AddRoleToInstanceProfileCommand, {
      InstanceProfileName: name,
      RoleName: name,
    });
    if (managed) {
      await region.call(AttachRolePolicyCommand, {
        RoleName: name,
        PolicyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
      });
    }
    const { Instances = [] } = await region.call(RunInstancesCommand, {
      ImageId: imageId,
      InstanceType: "c5.large",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnetIds[0],
      IamInstanceProfile: { Name: name },
    });
    const id = Instances[0]?.InstanceId ?? "";
    await expect.poll(() => hypervisor.running.map(({ instanceId }) => instanceId)).toContain(id);
    await expect.poll(() => region.ec2.instance(id)?.state).toBe("running");
    return id;
  }

  async function send(instanceId: string, commands: string[]): Promise<string> {
    const { Command } = await ssm.send(
      new SendCommandCommand({
        DocumentName: "AWS-RunShellScript",
        InstanceIds: [instanceId],
        Parameters: { commands, workingDirectory: ["/tmp"], executionTimeout: ["60"] },
      }),
    );
    return Command?.CommandId ?? "";
  }

  const invocation = (CommandId: string, InstanceId: string) =>
    ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId }));

  async function ended(
    commandId: string,
    instanceId: string,
  ): Promise<GetCommandInvocationCommandOutput> {
    await expect
      .poll(async () => (await invocation(commandId, instanceId)).Status)
      .not.toBe("InProgress");
    return invocation(commandId, instanceId);
  }

  test("run on the machine, and their output is cut", async () => {
    const id = await launch();
    const asked: unknown[] = [];
    hypervisor.onExec = async (...words) => {
      asked.push(words);
      return { exitCode: 3, stdout: "x".repeat(30_000), stderr: "bad" };
    };
    const result = await ended(await send(id, ["squeue", "exit 3"]), id);
    expect(asked).toEqual([[id, "cd -- '/tmp' || exit 1\nsqueue\nexit 3", 60]]);
    expect(result).toMatchObject({
      Status: "Failed",
      ResponseCode: 3,
      StandardErrorContent: "bad",
    });
    expect(result.StandardOutputContent).toHaveLength(24_000);
    expect(result.StandardOutputContent).toMatch(/--output truncated--$/);
  });

  test("can be given up", async () => {
    const id = await launch();
    const { promise, resolve } = Promise.withResolvers<void>();
    hypervisor.onExec = async () => {
      await promise;
      return { exitCode: 0, stdout: "", stderr: "" };
    };
    const CommandId = await send(id, ["sleep 1000"]);
    expect((await invocation(CommandId, id)).Status).toBe("InProgress");
    await ssm.send(new CancelCommandCommand({ CommandId }));
    resolve();
    expect((await ended(CommandId, id)).Status).toBe("Cancelled");
  });

  test("reach machines only whose agent may report itself", async () => {
    const id = await launch({ managed: false });
    await expect(send(id, ["true"])).rejects.toMatchObject({ name: "InvalidInstanceId" });
    const managed = await launch();
    const { InstanceInformationList = [] } = await ssm.send(
      new DescribeInstanceInformationCommand({}),
    );
    expect(InstanceInformationList.map(({ InstanceId }) => InstanceId)).toEqual([managed]);
  });
});
