import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { GetRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

let region: Region;
let client: CloudFormationClient;
beforeAll(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  const { endpoint, credentials } = region;
  client = new CloudFormationClient({ region: region.name, endpoint, credentials });
  await region.call(CreateBucketCommand, {
    Bucket: "templates",
    CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
  });
});
afterAll(async () => {
  client.destroy();
  await region.close();
});

async function settled(StackName: string): Promise<Stack> {
  return vi.waitFor(
    async () => {
      const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
      const [stack] = Stacks;
      if (stack === undefined || stack.StackStatus?.endsWith("IN_PROGRESS")) throw new Error();
      return stack;
    },
    { timeout: 5000, interval: 10 },
  );
}

async function make(StackName: string, template: object): Promise<Record<string, string>> {
  await client.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: JSON.stringify(template),
      Capabilities: ["CAPABILITY_NAMED_IAM"],
      Tags: [{ Key: "project", Value: "p" }],
    }),
  );
  const stack = await settled(StackName);
  expect([stack.StackStatus, stack.StackStatusReason]).toEqual(["CREATE_COMPLETE", undefined]);
  return Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
  );
}

async function upload(Key: string, template: object): Promise<string> {
  const Body = JSON.stringify(template) as never;
  await region.call(PutObjectCommand, { Bucket: "templates", Key, Body });
  return `https://templates.s3.eu-central-1.amazonaws.com/${Key}`;
}

const ref = (Ref: string) => ({ Ref });
const get = (...path: readonly string[]) => ({ "Fn::GetAtt": path });

const INNER = {
  Parameters: { Name: { Type: "String" } },
  Resources: { Group: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: ref("Name") } } },
  Outputs: { Made: { Value: ref("Group") } },
};

describe("stacks in stacks", () => {
  it("take parameters, give outputs, change and go with their parent", async () => {
    const TemplateURL = await upload("inner.json", INNER);
    const outer = (Name: string) => ({
      Resources: {
        Inner: {
          Type: "AWS::CloudFormation::Stack",
          Properties: { TemplateURL, Parameters: { Name } },
        },
      },
      Outputs: { Made: { Value: get("Inner", "Outputs.Made") } },
    });
    expect(await make("outer", outer("first"))).toEqual({ Made: "first" });
    const TemplateBody = JSON.stringify(outer("second"));
    await client.send(new UpdateStackCommand({ StackName: "outer", TemplateBody }));
    expect((await settled("outer")).Outputs?.[0]?.OutputValue).toBe("second");
    const { StackId = "" } = await settled("outer");
    await client.send(new DeleteStackCommand({ StackName: "outer" }));
    expect((await settled(StackId)).StackStatus).toBe("DELETE_COMPLETE");
    const { logGroups } = await region.call(DescribeLogGroupsCommand, {});
    expect(logGroups).toEqual([]);
  });

  it("fail with their parent", async () => {
    const TemplateURL = await upload("inner.json", INNER);
    region.faults.failResources.set("Group", "no more groups");
    const Resources = {
      Inner: {
        Type: "AWS::CloudFormation::Stack",
        Properties: { TemplateURL, Parameters: { Name: "x" } },
      },
    };
    const TemplateBody = JSON.stringify({ Resources });
    await client.send(new CreateStackCommand({ StackName: "failing", TemplateBody }));
    expect((await settled("failing")).StackStatus).toBe("ROLLBACK_COMPLETE");
    region.faults.failResources.clear();
    const { StackEvents = [] } = await client.send(
      new DescribeStackEventsCommand({ StackName: "failing" }),
    );
    expect(StackEvents.map(({ ResourceStatusReason = "" }) => ResourceStatusReason)).toContainEqual(
      expect.stringMatching(/^Embedded stack .* was not successfully created: .*\[Group\]/),
    );
  });
});

describe("resources", () => {
  it("act on the region's services", async () => {
    await region.call(PutParameterCommand, { Name: "/given", Value: "a,b", Type: "StringList" });
    const outputs = await make("all", {
      Parameters: {
        Given: { Type: "AWS::SSM::Parameter::Value<List<String>>", Default: "/given" },
      },
      Mappings: { Days: { short: { Number: 7 } } },
      Resources: {
        Role: {
          Type: "AWS::IAM::Role",
          Properties: {
            RoleName: "reader",
            AssumeRolePolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Principal: { Service: "ec2.amazonaws.com" },
                  Action: "sts:AssumeRole",
                },
              ],
            },
            Policies: [
              {
                PolicyName: "reads",
                PolicyDocument: {
                  Version: "2012-10-17",
                  Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
                },
              },
            ],
          },
        },
        Key: {
          Type: "AWS::SecretsManager::Secret",
          Properties: {
            Name: "key",
            GenerateSecretString: { PasswordLength: 40, ExcludePunctuation: true },
          },
        },
        Copy: {
          Type: "AWS::SSM::Parameter",
          Properties: {
            Name: "/copy",
            Type: "String",
            Value: {
              "Fn::Join": ["", ["{{resolve:secretsmanager:", ref("Key"), ":SecretString}}"]],
            },
          },
        },
        Queue: { Type: "AWS::SQS::Queue", Properties: {} },
        Policy: {
          Type: "AWS::SQS::QueuePolicy",
          Properties: {
            Queues: [ref("Queue")],
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: {
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: get("Queue", "Arn"),
                Condition: { ArnEquals: { "aws:SourceArn": get("Rule", "Arn") } },
              },
            },
          },
        },
        Rule: {
          Type: "AWS::Events::Rule",
          Properties: {
            EventPattern: { source: ["aws.ec2"] },
            Targets: [{ Id: "q", Arn: get("Queue", "Arn") }],
          },
        },
        Group: {
          Type: "AWS::Logs::LogGroup",
          Properties: {
            LogGroupName: "/of/all",
            RetentionInDays: { "Fn::FindInMap": ["Days", "short", "Number"] },
          },
        },
        Fact: {
          Type: "AWS::SSM::Parameter",
          Properties: {
            Name: "/fact",
            Type: "String",
            Value: { "Fn::Join": ["+", [...["a", "b"], { "Fn::Select": [1, ref("Given")] }]] },
          },
        },
      },
      Outputs: { Queue: { Value: ref("Queue") }, Role: { Value: get("Role", "Arn") } },
    });
    expect(outputs.Role).toBe("arn:aws:iam::123456789012:role/reader");
    const policy = { RoleName: "reader", PolicyName: "reads" };
    const { PolicyDocument = "" } = await region.call(GetRolePolicyCommand, policy);
    expect(decodeURIComponent(PolicyDocument)).toContain("s3:GetObject");
    const { SecretString } = await region.call(GetSecretValueCommand, { SecretId: "key" });
    expect(SecretString).toMatch(/^[A-Za-z0-9]{40}$/);
    const copy = await region.call(GetParameterCommand, { Name: "/copy" });
    expect(copy.Parameter?.Value).toBe(SecretString);
    const { Parameter } = await region.call(GetParameterCommand, { Name: "/fact" });
    expect(Parameter?.Value).toBe("a+b+b");
    await region.emitEvent({ source: "aws.ec2", detailType: "test", detail: { id: 1 } });
    const { Messages } = await region.call(ReceiveMessageCommand, { QueueUrl: outputs.Queue });
    expect(JSON.parse(Messages?.[0]?.Body ?? "{}")).toMatchObject({ detail: { id: 1 } });
    const { logGroups } = await region.call(DescribeLogGroupsCommand, {});
    expect(logGroups).toMatchObject([{ logGroupName: "/of/all", retentionInDays: 7 }]);
  });
});
