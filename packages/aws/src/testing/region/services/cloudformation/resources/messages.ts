import { randomBytes } from "node:crypto";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as secrets from "@aws-sdk/client-secrets-manager";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import {
  given,
  hashOf,
  madeUpName,
  number,
  type ResourceHandler,
  tagsOf,
  text,
  unlessGone,
} from "../handler.ts";
import type { JsonObject } from "../template.ts";

const QUEUE: ResourceHandler = {
  replacedBy: ["QueueName", "FifoQueue"],
  async create(properties, context) {
    const QueueName = text(properties.QueueName) ?? madeUpName(context, 80);
    const { QueueUrl = "" } = await context.call(sqs.CreateQueueCommand, {
      QueueName,
      Attributes: queueAttributes(properties),
    });
    const { Attributes = {} } = await context.call(sqs.GetQueueAttributesCommand, {
      QueueUrl,
      AttributeNames: ["QueueArn"],
    });
    return {
      id: QueueUrl,
      attributes: { Arn: Attributes.QueueArn ?? "", QueueName, QueueUrl },
    };
  },
  async update(made, properties, context) {
    await context.call(sqs.SetQueueAttributesCommand, {
      QueueUrl: made.id,
      Attributes: queueAttributes(properties),
    });
    return made;
  },
  delete: ({ id }, _, context) =>
    unlessGone(() => context.call(sqs.DeleteQueueCommand, { QueueUrl: id })),
};

const QUEUE_ATTRIBUTES = [
  "VisibilityTimeout",
  "MessageRetentionPeriod",
  "ReceiveMessageWaitTimeSeconds",
  "SqsManagedSseEnabled",
  "KmsMasterKeyId",
] as const;

function queueAttributes(properties: JsonObject): Record<string, string> {
  return given(
    Object.fromEntries(QUEUE_ATTRIBUTES.map((name) => [name, text(properties[name])])),
  ) as Record<string, string>;
}

const QUEUE_POLICY: ResourceHandler = {
  async create(properties, context) {
    await setQueuePolicies(properties, JSON.stringify(properties.PolicyDocument), context.call);
    return { id: madeUpName(context) };
  },
  delete: (_, properties, context) =>
    unlessGone(() => setQueuePolicies(properties, "", context.call)),
};

async function setQueuePolicies(
  { Queues }: JsonObject,
  Policy: string,
  call: Parameters<ResourceHandler["create"]>[1]["call"],
): Promise<void> {
  for (const QueueUrl of (Queues ?? []) as unknown as readonly string[]) {
    await call(sqs.SetQueueAttributesCommand, { QueueUrl, Attributes: { Policy } });
  }
}

const SSM_PARAMETER: ResourceHandler = {
  replacedBy: ["Name"],
  async create(properties, context) {
    const Name = text(properties.Name) ?? madeUpName(context);
    await context.call(ssm.PutParameterCommand, {
      Name,
      Value: text(properties.Value),
      Type: text(properties.Type) as ssm.ParameterType,
      ...given({ Tier: text(properties.Tier) as ssm.ParameterTier | undefined }),
      Overwrite: false,
    });
    return { id: Name, attributes: { Type: properties.Type ?? "", Value: properties.Value ?? "" } };
  },
  async update(made, properties, context) {
    await context.call(ssm.PutParameterCommand, {
      Name: made.id,
      Value: text(properties.Value),
      Overwrite: true,
    });
    return made;
  },
  delete: ({ id }, _, context) =>
    unlessGone(() => context.call(ssm.DeleteParameterCommand, { Name: id })),
};

const SECRET: ResourceHandler = {
  replacedBy: ["Name"],
  async create(properties, context) {
    const generate = properties.GenerateSecretString as JsonObject | undefined;
    const SecretString = text(properties.SecretString) ?? generated(generate ?? {});
    const { ARN = "", Name = "" } = await context.call(secrets.CreateSecretCommand, {
      Name: text(properties.Name) ?? madeUpName(context),
      SecretString,
      ...given({ Description: text(properties.Description), KmsKeyId: text(properties.KmsKeyId) }),
      Tags: tagsOf(properties, context),
    });
    return { id: ARN, attributes: { Id: ARN, Name } };
  },
  // What it holds is never generated anew.
  update: async (made) => made,
  delete: ({ id }, _, context) =>
    unlessGone(() =>
      context.call(secrets.DeleteSecretCommand, { SecretId: id, ForceDeleteWithoutRecovery: true }),
    ),
};

const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** A password by the rules of GenerateSecretString, put into its JSON template where there is one. */
function generated(rules: JsonObject): string {
  const kinds: readonly (readonly [string, string])[] = [
    ["ExcludeLowercase", LETTERS],
    ["ExcludeUppercase", LETTERS.toUpperCase()],
    ["ExcludeNumbers", "0123456789"],
    ["ExcludePunctuation", PUNCTUATION],
  ];
  const excluded = text(rules.ExcludeCharacters) ?? "";
  const letters = [
    ...kinds.map(([rule, some]) => (String(rules[rule]) === "true" ? "" : some)).join(""),
  ].filter((letter) => !excluded.includes(letter));
  const length = number(rules.PasswordLength) ?? 32;
  const password = [...randomBytes(length)]
    .map((byte) => letters[byte % letters.length] ?? "")
    .join("");
  const key = text(rules.GenerateStringKey);
  if (key === undefined) return password;
  const template = JSON.parse(text(rules.SecretStringTemplate) ?? "{}") as Record<string, string>;
  return JSON.stringify({ ...template, [key]: password });
}

const LOG_GROUP: ResourceHandler = {
  replacedBy: ["LogGroupName"],
  async create(properties, context) {
    const logGroupName = text(properties.LogGroupName) ?? madeUpName(context, 512);
    await context.call(logs.CreateLogGroupCommand, {
      logGroupName,
      tags: Object.fromEntries(tagsOf(properties, context).map(({ Key, Value }) => [Key, Value])),
    });
    const days = number(properties.RetentionInDays);
    if (days !== undefined) {
      const input = { logGroupName, retentionInDays: days };
      await context.call(logs.PutRetentionPolicyCommand, input);
    }
    const { name, account } = context.region;
    const Arn = `arn:aws:logs:${name}:${account}:log-group:${logGroupName}:*`;
    return { id: logGroupName, attributes: { Arn } };
  },
  async update(made, properties, context) {
    const retentionInDays = number(properties.RetentionInDays);
    const logGroupName = made.id;
    await (retentionInDays === undefined
      ? context.call(logs.DeleteRetentionPolicyCommand, { logGroupName })
      : context.call(logs.PutRetentionPolicyCommand, { logGroupName, retentionInDays }));
    return made;
  },
  delete: ({ id }, _, context) =>
    unlessGone(() => context.call(logs.DeleteLogGroupCommand, { logGroupName: id })),
};

/** What made a name unique in an ARN of a service that gives its ids by chance. */
export function chanceOf(context: Parameters<typeof madeUpName>[0]): string {
  return hashOf(`${context.stack.id}/${context.logicalId}`, 16);
}

export const MESSAGES: Readonly<Record<string, ResourceHandler>> = {
  "AWS::SQS::Queue": QUEUE,
  "AWS::SQS::QueuePolicy": QUEUE_POLICY,
  "AWS::SSM::Parameter": SSM_PARAMETER,
  "AWS::SecretsManager::Secret": SECRET,
  "AWS::Logs::LogGroup": LOG_GROUP,
};
