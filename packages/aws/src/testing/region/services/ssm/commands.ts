import { randomUUID } from "node:crypto";
import { DescribeInstancesCommand, type Instance } from "@aws-sdk/client-ec2";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CancelCommandCommand,
  type CommandInvocationStatus,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
} from "@aws-sdk/client-ssm";
import { type Caller, handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";

interface Invocation {
  readonly commandId: string;
  readonly instanceId: string;
  readonly requestedAt: Date;
  status: CommandInvocationStatus;
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** What Systems Manager keeps of an output. */
const MOST_OUTPUT = 24_000;
const CUT = "--output truncated--";
const DEFAULT_TIMEOUT_SECONDS = 3600;

export function commandOperations(region: Region): Service["operations"] {
  const invocations = new Map<string, Invocation[]>();
  const one = (commandId = "", instanceId = ""): Invocation => {
    const found = invocations.get(commandId)?.find((each) => each.instanceId === instanceId);
    if (found === undefined) throw new ServiceError("InvocationDoesNotExist", "");
    return found;
  };

  return {
    SendCommand: handle(SendCommandCommand, async (input) => {
      const { DocumentName, InstanceIds = [] } = input;
      if (DocumentName !== "AWS-RunShellScript") {
        throw new ServiceError("InvalidDocument", `${DocumentName} does not exist`);
      }
      const online = await onlineMachines(region);
      const away = InstanceIds.filter((id) => !online.has(id));
      if (away.length > 0 || InstanceIds.length === 0) {
        throw new ServiceError(
          "InvalidInstanceId",
          `Instances [[${away.join(", ")}]] not in a valid state for account ${region.account}`,
        );
      }
      const commandId = randomUUID();
      const begun = InstanceIds.map((instanceId): Invocation => {
        const invocation: Invocation = {
          commandId,
          instanceId,
          requestedAt: region.now(),
          status: "InProgress",
          exitCode: -1,
          stdout: "",
          stderr: "",
        };
        void run(region, invocation, input, online.get(instanceId));
        return invocation;
      });
      invocations.set(commandId, begun);
      return {
        Command: { CommandId: commandId, DocumentName, InstanceIds, Status: "Pending" as const },
      };
    }),
    GetCommandInvocation: handle(GetCommandInvocationCommand, ({ CommandId, InstanceId }) => {
      const found = one(CommandId, InstanceId);
      return {
        CommandId: found.commandId,
        InstanceId: found.instanceId,
        DocumentName: "AWS-RunShellScript",
        Status: found.status,
        StatusDetails: found.status,
        ResponseCode: found.exitCode,
        StandardOutputContent: cut(found.stdout),
        StandardErrorContent: cut(found.stderr),
        ExecutionStartDateTime: found.requestedAt.toISOString(),
      };
    }),
    ListCommandInvocations: handle(
      ListCommandInvocationsCommand,
      ({ CommandId = "", InstanceId }) => ({
        CommandInvocations: (invocations.get(CommandId) ?? [])
          .filter(({ instanceId }) => InstanceId === undefined || InstanceId === instanceId)
          .map(({ commandId, instanceId, status, requestedAt, exitCode, stdout }) => ({
            CommandId: commandId,
            InstanceId: instanceId,
            DocumentName: "AWS-RunShellScript",
            RequestedDateTime: requestedAt,
            Status: status,
            StatusDetails: status,
            CommandPlugins: [{ ResponseCode: exitCode, Output: cut(stdout) }],
          })),
      }),
    ),
    CancelCommand: handle(CancelCommandCommand, ({ CommandId = "" }) => {
      const found = invocations.get(CommandId);
      if (found === undefined) throw new ServiceError("InvalidCommandId", "");
      for (const each of found) if (each.status === "InProgress") each.status = "Cancelled";
      return {};
    }),
    DescribeInstanceInformation: handle(DescribeInstanceInformationCommand, async (input) => {
      const filters = [
        ...(input.Filters ?? []).map(({ Key, Values }) => [Key, Values] as const),
        ...(input.InstanceInformationFilterList ?? []).map(
          ({ key, valueSet }) => [key, valueSet] as const,
        ),
      ].filter(([key]) => key === "InstanceIds");
      const online = await onlineMachines(region);
      return {
        InstanceInformationList: [...online.keys()]
          .filter((id) => filters.every(([, ids]) => ids?.includes(id) === true))
          .map((InstanceId) => ({
            InstanceId,
            PingStatus: "Online" as const,
            PlatformType: "Linux" as const,
            AgentVersion: "3.3.0.0",
          })),
      };
    }),
  };
}

/** Machines that run and whose role lets the agent report itself. */
async function onlineMachines(region: Region): Promise<ReadonlyMap<string, Caller>> {
  const { Reservations = [] } = await region.call(DescribeInstancesCommand, {
    Filters: [{ Name: "instance-state-name", Values: ["running"] }],
  });
  const machines = Reservations.flatMap(({ Instances = [] }) => Instances).flatMap((machine) => {
    const caller = callerOf(region, machine);
    if (caller === undefined) return [];
    const isAllowed = region.allows(caller, "ssm:UpdateInstanceInformation");
    return isAllowed ? [[caller.instanceId ?? "", caller] as const] : [];
  });
  return new Map(machines);
}

function callerOf(
  region: Region,
  { InstanceId = "", IamInstanceProfile }: Instance,
): Caller | undefined {
  const role = region.iam.roleOfProfile(IamInstanceProfile?.Arn ?? "");
  return role === undefined ? undefined : region.machineCaller(role.name, InstanceId);
}

async function run(
  region: Region,
  invocation: Invocation,
  input: SendCommandCommandInput,
  caller: Caller | undefined,
): Promise<void> {
  const { commands = [], workingDirectory = [], executionTimeout = [] } = input.Parameters ?? {};
  const [folder] = workingDirectory;
  const script = [
    ...(folder === undefined || folder === "" ? [] : [`cd -- ${quoted(folder)} || exit 1`]),
    ...commands,
  ].join("\n");
  const seconds = Number(executionTimeout[0] ?? DEFAULT_TIMEOUT_SECONDS);
  try {
    const result = await region.hypervisor.exec(invocation.instanceId, script, seconds);
    Object.assign(invocation, result);
    if (invocation.status !== "InProgress") return;
    await store(region, invocation, input, caller);
    invocation.status = result.exitCode === 0 ? "Success" : "Failed";
  } catch (error) {
    invocation.stderr = String(error);
    invocation.status = "TimedOut";
  }
}

/** The whole output, where the command asks for it, with the machine's own rights. */
async function store(
  region: Region,
  { commandId, instanceId, stdout, stderr }: Invocation,
  { OutputS3BucketName, OutputS3KeyPrefix }: SendCommandCommandInput,
  caller: Caller | undefined,
): Promise<void> {
  if (OutputS3BucketName === undefined) return;
  const folder = [OutputS3KeyPrefix, commandId, instanceId, "awsrunShellScript"]
    .filter((part) => part !== undefined && part !== "")
    .join("/");
  for (const [name, Body] of Object.entries({ stdout, stderr })) {
    const Key = `${folder}/0.awsrunShellScript/${name}`;
    if (Body === "") continue;
    await region.call(PutObjectCommand, { Bucket: OutputS3BucketName, Key, Body }, caller);
  }
}

function cut(output: string): string {
  if (output.length <= MOST_OUTPUT) return output;
  return `${output.slice(0, MOST_OUTPUT - CUT.length)}${CUT}`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
