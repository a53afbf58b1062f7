import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import {
  type ConditionKeys,
  handle,
  type Scope,
  type Service,
  ServiceError,
} from "../../contract.ts";
import type { Region } from "../../region.ts";
import { randomPassword } from "./password.ts";
import { newVersion, type Secret, Secrets, type Tags, tagMap } from "./secrets.ts";

const DAY_MS = 86_400_000;

export function secretsManagerService(region: Region): Service {
  const secrets = new Secrets(region);
  return {
    name: "secretsmanager",
    protocol: "json",
    operations: {
      ...values(secrets),
      ...lives(secrets, region.now),
      GetRandomPassword: handle(GetRandomPasswordCommand, (input) => ({
        RandomPassword: randomPassword(input),
      })),
    },
    authorise: (operation, input) => scopeOf(secrets, operation, input),
  };
}

function values(secrets: Secrets): Service["operations"] {
  return {
    GetSecretValue: handle(GetSecretValueCommand, ({ SecretId }) => {
      const { arn, name, version } = secrets.live(SecretId);
      if (version.text === undefined && version.bytes === undefined) {
        throw new ServiceError(
          "ResourceNotFoundException",
          "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        );
      }
      return {
        ARN: arn,
        Name: name,
        VersionId: version.id,
        VersionStages: ["AWSCURRENT"],
        ...(version.text === undefined ? {} : { SecretString: version.text }),
        ...(version.bytes === undefined ? {} : { SecretBinary: version.bytes }),
      };
    }),
    PutSecretValue: handle(PutSecretValueCommand, ({ SecretId, SecretString, SecretBinary }) => {
      const secret = secrets.live(SecretId);
      secret.version = newVersion(SecretString, SecretBinary);
      return named(secret);
    }),
    UpdateSecret: handle(UpdateSecretCommand, (input) => {
      const secret = secrets.live(input.SecretId);
      secret.description = input.Description ?? secret.description;
      secret.kmsKeyId = input.KmsKeyId ?? secret.kmsKeyId;
      if (input.SecretString !== undefined || input.SecretBinary !== undefined) {
        secret.version = newVersion(input.SecretString, input.SecretBinary);
      }
      return named(secret);
    }),
    TagResource: handle(TagResourceCommand, ({ SecretId, Tags }) => {
      const secret = secrets.live(SecretId);
      secret.tags = new Map([...secret.tags, ...tagMap(Tags)]);
      return {};
    }),
    DescribeSecret: handle(DescribeSecretCommand, ({ SecretId }) => shown(secrets.known(SecretId))),
    ListSecrets: handle(ListSecretsCommand, ({ Filters = [], IncludePlannedDeletion }) => ({
      SecretList: secrets
        .all()
        .filter(({ deleteAt }) => deleteAt === undefined || IncludePlannedDeletion === true)
        .filter((secret) => Filters.every(({ Key, Values }) => fits(secret, Key, Values ?? [])))
        .map(shown),
    })),
  };
}

function lives(secrets: Secrets, now: () => Date): Service["operations"] {
  return {
    CreateSecret: handle(CreateSecretCommand, (input) => {
      const version = newVersion(input.SecretString, input.SecretBinary);
      const secret = secrets.create(input.Name ?? "", version);
      secret.description = input.Description;
      secret.kmsKeyId = input.KmsKeyId;
      secret.tags = tagMap(input.Tags);
      return named(secret);
    }),
    DeleteSecret: handle(
      DeleteSecretCommand,
      ({ SecretId, RecoveryWindowInDays = 30, ForceDeleteWithoutRecovery }) => {
        const isForced = ForceDeleteWithoutRecovery === true;
        if (isForced && secrets.find(SecretId) === undefined) return {};
        const secret = secrets.known(SecretId);
        const days = isForced ? 0 : RecoveryWindowInDays;
        secret.deleteAt = new Date(now().getTime() + days * DAY_MS);
        if (isForced) secrets.delete(secret);
        return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deleteAt };
      },
    ),
    RestoreSecret: handle(RestoreSecretCommand, ({ SecretId }) => {
      const secret = secrets.known(SecretId);
      secret.deleteAt = undefined;
      return { ARN: secret.arn, Name: secret.name };
    }),
  };
}

function scopeOf(secrets: Secrets, operation: string, input: object): Scope {
  if (operation === "ListSecrets" || operation === "GetRandomPassword") return { resources: ["*"] };
  const { SecretId, Name, Tags } = input as {
    readonly SecretId?: string;
    readonly Name?: string;
    readonly Tags?: Tags;
  };
  const secret = secrets.find(SecretId);
  const asked = SecretId?.startsWith("arn:")
    ? SecretId
    : `${secrets.arn(SecretId ?? Name ?? "")}-??????`;
  return {
    resources: [secret?.arn ?? asked],
    conditions: {
      ...keysOf("aws:RequestTag", tagMap(Tags)),
      ...keysOf("aws:ResourceTag", secret?.tags),
      ...keysOf("secretsmanager:ResourceTag", secret?.tags),
    },
  };
}

function keysOf(kind: string, tags: ReadonlyMap<string, string> = new Map()): ConditionKeys {
  return Object.fromEntries([...tags].map(([key, value]) => [`${kind}/${key}`, value]));
}

function named({ arn, name, version }: Secret) {
  return { ARN: arn, Name: name, VersionId: version.id };
}

function shown({ name, arn, description, kmsKeyId, tags, deleteAt }: Secret) {
  return {
    ARN: arn,
    Name: name,
    Tags: [...tags].map(([Key, Value]) => ({ Key, Value })),
    ...(description === undefined ? {} : { Description: description }),
    ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
    ...(deleteAt === undefined ? {} : { DeletedDate: deleteAt }),
  };
}

function fits({ name, tags }: Secret, key: string | undefined, wanted: readonly string[]): boolean {
  const starts = (text: string): boolean => wanted.some((value) => text.startsWith(value));
  switch (key) {
    case "name":
      return starts(name);
    case "tag-key":
      return [...tags.keys()].some(starts);
    case "tag-value":
      return [...tags.values()].some(starts);
    default:
      throw new ServiceError("InvalidParameterException", `no filter ${key} here`);
  }
}
