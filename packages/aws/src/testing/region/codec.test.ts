import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeStackEventsCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CreateFleetCommand,
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateFileSystemCommand,
  DescribeFileSystemsCommand,
  EFSClient,
} from "@aws-sdk/client-efs";
import { CreateImageRecipeCommand, ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { GetHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import {
  GetBucketLifecycleConfigurationCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from "@aws-sdk/client-ssm";
import { HttpResponse } from "@smithy/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Protocol, readInput, writeOutput } from "./codec.ts";
import type { CommandClass } from "./contract.ts";
import { operationOf } from "./operation.ts";
import { Router } from "./router.ts";
import { bucketOf } from "./services/s3/address.ts";
import type { WireReply, WireRequest } from "./wire.ts";

/** Text that XML, too, can carry. */
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).map((one) => `<${one}>`);

/** Values that fit a schema. */
function fitting(schema: NormalizedSchema, depth: number): fc.Arbitrary<unknown> {
  if (schema.isStructSchema()) {
    const members = membersOf(schema, depth);
    const values = Object.fromEntries(
      members.map(([name, member]) => [name, fitting(member, depth - 1)]),
    );
    if (schema.isUnionSchema()) {
      return fc
        .constantFrom(...Object.keys(values))
        .chain((name) => (values[name] ?? fc.constant("")).map((value) => ({ [name]: value })));
    }
    const required = members.filter(([, member]) => isWanted(member)).map(([name]) => name);
    // A structure without members has no form in the query protocols.
    const requiredKeys = required.length > 0 ? required : Object.keys(values).slice(0, 1);
    return fc.record(values, { requiredKeys });
  }
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    return fc.array(fitting(item, depth), { minLength: 1, maxLength: 2 });
  }
  if (schema.isMapSchema()) {
    return fc.dictionary(
      fc.stringMatching(/^[a-z][a-z.]{0,8}$/),
      fitting(schema.getValueSchema(), depth),
      { minKeys: 1, maxKeys: 2 },
    );
  }
  if (schema.isBooleanSchema()) return fc.boolean();
  if (schema.isNumericSchema()) return fc.integer();
  if (schema.isBlobSchema()) return fc.uint8Array({ minLength: 1, maxLength: 9 });
  if (schema.isTimestampSchema()) {
    return fc.integer({ min: 0, max: 4e9 }).map((seconds) => new Date(seconds * 1000));
  }
  return text;
}

function membersOf(
  schema: NormalizedSchema,
  depth: number,
): readonly (readonly [string, NormalizedSchema])[] {
  return [...schema.structIterator()].filter(
    ([, member]) => !isElsewhere(member) && hasContent(member, depth - 1),
  );
}

function hasContent(schema: NormalizedSchema, depth: number): boolean {
  if (schema.isDocumentSchema()) return false;
  if (schema.isStructSchema()) return depth >= 0 && membersOf(schema, depth).length > 0;
  if (!schema.isListSchema() && !schema.isMapSchema()) return true;
  return depth >= 0 && hasContent(schema.getValueSchema(), depth);
}

/** In a part of the message that has its own rules, tested with the service. */
function isElsewhere(member: NormalizedSchema): boolean {
  const { httpHeader, httpPrefixHeaders, xmlAttribute } = member.getMergedTraits();
  return httpHeader !== undefined || httpPrefixHeaders !== undefined || Boolean(xmlAttribute);
}

/** Without which the SDK would make one up, or not send anything. */
function isWanted(member: NormalizedSchema): boolean {
  const { httpLabel, httpPayload } = member.getMergedTraits();
  return member.isIdempotencyToken() || Boolean(httpLabel) || Boolean(httpPayload);
}

interface Wire {
  request?: WireRequest;
  reply?: WireReply;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The SDK's bytes may be a class of their own, that minds being taken for text. */
function bytesOf(body: Sent["body"]): Buffer {
  return body instanceof Uint8Array ? Buffer.concat([body]) : Buffer.from(body ?? "");
}

/** What the SDK's clients are made with to speak to `wire` instead of a network. */
function over(wire: Wire) {
  return {
    region: "eu-central-1",
    credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
    maxAttempts: 1,
    forcePathStyle: true,
    requestHandler: {
      async handle(sent: Sent) {
        const query = Object.entries(sent.query ?? {}).flatMap(([name, values]) =>
          [values]
            .flat()
            .map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
        );
        wire.request = {
          method: sent.method,
          path: sent.path,
          query: query.join("&"),
          headers: sent.headers,
          body: bytesOf(sent.body),
        };
        const { status = 200, headers = {}, body = "" } = wire.reply ?? {};
        const response = new HttpResponse({
          statusCode: status,
          headers: { ...headers },
          body: new Blob([body as string]).stream(),
        });
        return { response };
      },
    },
  };
}

interface Client {
  send(command: object): Promise<object>;
}

const EC2 = ["ec2Query", (wire: Wire) => new EC2Client(over(wire))] as const;
const SCALING = ["query", (wire: Wire) => new AutoScalingClient(over(wire))] as const;
const STACKS = ["query", (wire: Wire) => new CloudFormationClient(over(wire))] as const;
const SSM = ["json", (wire: Wire) => new SSMClient(over(wire))] as const;
const SECRETS = ["json", (wire: Wire) => new SecretsManagerClient(over(wire))] as const;
const S3 = ["restXml", (wire: Wire) => new S3Client(over(wire))] as const;
const ROUTE53 = ["restXml", (wire: Wire) => new Route53Client(over(wire))] as const;
const EFS = ["restJson", (wire: Wire) => new EFSClient(over(wire))] as const;
const BUILDER = ["restJson", (wire: Wire) => new ImagebuilderClient(over(wire))] as const;

type Speaker = readonly [Protocol, (wire: Wire) => unknown];

describe("what the SDK asks is read as it was meant", () => {
  test.each<[string, CommandClass, Speaker]>([
    ["ec2:RunInstances", RunInstancesCommand, EC2],
    ["ec2:CreateFleet", CreateFleetCommand, EC2],
    ["autoscaling:CreateAutoScalingGroup", CreateAutoScalingGroupCommand, SCALING],
    ["cloudformation:CreateChangeSet", CreateChangeSetCommand, STACKS],
    ["ssm:SendCommand", SendCommandCommand, SSM],
    ["secretsmanager:CreateSecret", CreateSecretCommand, SECRETS],
    ["s3:PutBucketLifecycleConfiguration", PutBucketLifecycleConfigurationCommand, S3],
    ["elasticfilesystem:CreateFileSystem", CreateFileSystemCommand, EFS],
    ["imagebuilder:CreateImageRecipe", CreateImageRecipeCommand, BUILDER],
  ])("%s", async (_, command, [protocol, speak]) => {
    const operation = operationOf(command);
    const router = new Router([operation]);
    const Command = command as unknown as new (input: object) => object;
    await fc.assert(
      fc.asyncProperty(fitting(operation.input, 4), async (value) => {
        const input = operation.name.includes("Bucket")
          ? { ...(value as object), Bucket: "bucket" }
          : (value as object);
        const wire: Wire = {};
        const client = speak(wire) as Client;
        // The answer is empty, which not every client likes.
        await client.send(new Command(input)).catch(() => undefined);
        const { request } = wire;
        if (request === undefined) throw new Error("nothing was sent");
        const isRest = protocol === "restXml" || protocol === "restJson";
        const { bucket, path } =
          protocol === "restXml" ? bucketOf(request) : { bucket: undefined, path: request.path };
        const labels = isRest ? (router.find(request, path)?.labels ?? {}) : {};
        const read = readInput(protocol, operation, request, labels);
        expect(bucket === undefined ? read : { ...read, Bucket: bucket }).toEqual(input);
      }),
      { numRuns: 25 },
    );
  });
});

describe("what is answered is read by the SDK as it was meant", () => {
  test.each<[string, CommandClass, object, Speaker]>([
    ["ec2:DescribeInstances", DescribeInstancesCommand, {}, EC2],
    ["ec2:CreateFleet", CreateFleetCommand, {}, EC2],
    ["autoscaling:DescribeAutoScalingGroups", DescribeAutoScalingGroupsCommand, {}, SCALING],
    ["cloudformation:DescribeStackEvents", DescribeStackEventsCommand, {}, STACKS],
    ["ssm:GetCommandInvocation", GetCommandInvocationCommand, {}, SSM],
    ["s3:ListObjectsV2", ListObjectsV2Command, { Bucket: "b" }, S3],
    [
      "s3:GetBucketLifecycleConfiguration",
      GetBucketLifecycleConfigurationCommand,
      { Bucket: "b" },
      S3,
    ],
    ["route53:GetHostedZone", GetHostedZoneCommand, { Id: "Z1" }, ROUTE53],
    ["elasticfilesystem:DescribeFileSystems", DescribeFileSystemsCommand, {}, EFS],
  ])("%s", async (_, command, input, [protocol, speak]) => {
    const operation = operationOf(command);
    const Command = command as unknown as new (input: object) => object;
    await fc.assert(
      fc.asyncProperty(fitting(operation.output, 4), async (output) => {
        const reply = await writeOutput(protocol, operation, output as object, "request-1");
        const client = speak({ reply }) as Client;
        const { $metadata: __, ...read } = (await client.send(new Command(input))) as {
          $metadata: object;
        };
        expect(read).toEqual(output);
      }),
      { numRuns: 25 },
    );
  });
});
