import { randomBytes, randomInt, randomUUID } from "node:crypto";
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
import { type ConditionKeys, handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";

interface Secret {
  readonly name: string;
  readonly arn: string;
  description: string | undefined;
  kmsKeyId: string | undefined;
  tags: ReadonlyMap<string, string>;
  /** Of the current version. */
  value: {
    readonly id: string;
    readonly text?: string | undefined;
    readonly bytes?: Uint8Array | undefined;
  };
  deleteAt: Date | undefined;
}

const DAY_MS = 86_400_000;
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const MOST_BYTES = 65_536;

type Tags = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[];

export function secretsManagerService(region: Region): Service {
  const secrets = new Map<string, Secret>();
  /** @param reference name, ARN, or ARN without its random end. */
  const find = (reference: string | undefined): Secret | undefined => {
    for (const secret of secrets.values()) {
      if (secret.deleteAt !== undefined && secret.deleteAt <= region.now()) {
        secrets.delete(secret.name);
      }
    }
    return [...secrets.values()].find(({ name, arn }) =>
      [name, arn, arn.slice(0, -RANDOM_END)].includes(reference ?? ""),
    );
  };
  const known = (reference: string | undefined): Secret => {
    const secret = find(reference);
    if (secret !== undefined) return secret;
    const message = "Secrets Manager can't find the specified secret.";
    throw new ServiceError("ResourceNotFoundException", message);
  };
  const live = (reference: string | undefined): Secret => {
    const secret = known(reference);
    if (secret.deleteAt === undefined) return secret;
    throw new ServiceError(
      "InvalidRequestException",
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  };

  return {
    name: "secretsmanager",
    protocol: "json",
    operations: {
      CreateSecret: handle(CreateSecretCommand, (input) => {
        const { Name = "", SecretString, SecretBinary } = input;
        const before = find(Name);
        if (before?.deleteAt !== undefined) {
          throw new ServiceError(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
          );
        }
        if (before !== undefined) {
          const message = `The operation failed because the secret ${Name} already exists.`;
          throw new ServiceError("ResourceExistsException", message);
        }
        const end = randomBytes(RANDOM_END).toString("hex").slice(1, RANDOM_END);
        const secret: Secret = {
          name: Name,
          arn: `arn:aws:secretsmanager:${region.name}:${region.account}:secret:${Name}-${end}`,
          description: input.Description,
          kmsKeyId: input.KmsKeyId,
          tags: tagMap(input.Tags),
          value: newVersion(SecretString, SecretBinary),
          deleteAt: undefined,
        };
        secrets.set(Name, secret);
        return { ARN: secret.arn, Name, VersionId: secret.value.id };
      }),
      DescribeSecret: handle(DescribeSecretCommand, ({ SecretId }) => shown(known(SecretId))),
      ListSecrets: handle(ListSecretsCommand, ({ Filters = [], IncludePlannedDeletion }) => ({
        SecretList: [...secrets.values()]
          .filter(({ deleteAt }) => deleteAt === undefined || IncludePlannedDeletion === true)
          .filter((secret) => Filters.every(({ Key, Values }) => fits(secret, Key, Values ?? [])))
          .map(shown),
      })),
      GetSecretValue: handle(GetSecretValueCommand, ({ SecretId }) => {
        const { arn, name, value } = live(SecretId);
        if (value.text === undefined && value.bytes === undefined) {
          throw new ServiceError(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
          );
        }
        return {
          ARN: arn,
          Name: name,
          VersionId: value.id,
          VersionStages: ["AWSCURRENT"],
          ...(value.text === undefined ? {} : { SecretString: value.text }),
          ...(value.bytes === undefined ? {} : { SecretBinary: value.bytes }),
        };
      }),
      PutSecretValue: handle(PutSecretValueCommand, ({ SecretId, SecretString, SecretBinary }) => {
        const secret = live(SecretId);
        secret.value = newVersion(SecretString, SecretBinary);
        return { ARN: secret.arn, Name: secret.name, VersionId: secret.value.id };
      }),
      UpdateSecret: handle(UpdateSecretCommand, (input) => {
        const secret = live(input.SecretId);
        secret.description = input.Description ?? secret.description;
        secret.kmsKeyId = input.KmsKeyId ?? secret.kmsKeyId;
        if (input.SecretString !== undefined || input.SecretBinary !== undefined) {
          secret.value = newVersion(input.SecretString, input.SecretBinary);
        }
        return { ARN: secret.arn, Name: secret.name, VersionId: secret.value.id };
      }),
      TagResource: handle(TagResourceCommand, ({ SecretId, Tags }) => {
        const secret = live(SecretId);
        secret.tags = new Map([...secret.tags, ...tagMap(Tags)]);
        return {};
      }),
      DeleteSecret: handle(
        DeleteSecretCommand,
        ({ SecretId, RecoveryWindowInDays = 30, ForceDeleteWithoutRecovery }) => {
          const isForced = ForceDeleteWithoutRecovery === true;
          if (isForced && find(SecretId) === undefined) return {};
          const secret = known(SecretId);
          const days = isForced ? 0 : RecoveryWindowInDays;
          secret.deleteAt = new Date(region.now().getTime() + days * DAY_MS);
          if (isForced) secrets.delete(secret.name);
          return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deleteAt };
        },
      ),
      RestoreSecret: handle(RestoreSecretCommand, ({ SecretId }) => {
        const secret = known(SecretId);
        secret.deleteAt = undefined;
        return { ARN: secret.arn, Name: secret.name };
      }),
      GetRandomPassword: handle(GetRandomPasswordCommand, (input) => ({
        RandomPassword: randomPassword(input),
      })),
    },
    authorise(operation, input) {
      const { SecretId, Name, Tags } = input as {
        readonly SecretId?: string;
        readonly Name?: string;
        readonly Tags?: Tags;
      };
      if (operation === "ListSecrets" || operation === "GetRandomPassword") {
        return { resources: ["*"] };
      }
      const secret = find(SecretId);
      const prefix = `arn:aws:secretsmanager:${region.name}:${region.account}:secret:`;
      return {
        resources: [
          secret?.arn ??
            (SecretId?.startsWith("arn:") ? SecretId : `${prefix}${SecretId ?? Name}-??????`),
        ],
        conditions: {
          ...keysOf("aws:RequestTag", tagMap(Tags)),
          ...keysOf("aws:ResourceTag", secret?.tags ?? new Map()),
          ...keysOf("secretsmanager:ResourceTag", secret?.tags ?? new Map()),
        },
      };
    },
  };
}

/** A hyphen and six characters, that a secret's ARN ends in. */
const RANDOM_END = 7;

function newVersion(text: string | undefined, bytes: Uint8Array | undefined): Secret["value"] {
  if (Buffer.byteLength(text ?? bytes ?? "") > MOST_BYTES) {
    throw new ServiceError("InvalidParameterException", `more than ${MOST_BYTES} bytes`);
  }
  return { id: randomUUID(), text, bytes };
}

function tagMap(tags: Tags | undefined): ReadonlyMap<string, string> {
  return new Map((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}

function keysOf(kind: string, tags: ReadonlyMap<string, string>): ConditionKeys {
  return Object.fromEntries([...tags].map(([key, value]) => [`${kind}/${key}`, value]));
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

function fits({ name, tags }: Secret, key: string | undefined, values: readonly string[]): boolean {
  const starts = (text: string): boolean => values.some((value) => text.startsWith(value));
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

function randomPassword(input: {
  readonly PasswordLength?: number | undefined;
  readonly ExcludeCharacters?: string | undefined;
  readonly ExcludeNumbers?: boolean | undefined;
  readonly ExcludePunctuation?: boolean | undefined;
  readonly ExcludeUppercase?: boolean | undefined;
  readonly ExcludeLowercase?: boolean | undefined;
  readonly IncludeSpace?: boolean | undefined;
  readonly RequireEachIncludedType?: boolean | undefined;
}): string {
  const { PasswordLength = 32, ExcludeCharacters = "", RequireEachIncludedType = true } = input;
  const types = [
    input.ExcludeLowercase === true ? "" : "abcdefghijklmnopqrstuvwxyz",
    input.ExcludeUppercase === true ? "" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    input.ExcludeNumbers === true ? "" : "0123456789",
    input.ExcludePunctuation === true ? "" : PUNCTUATION,
    input.IncludeSpace === true ? " " : "",
  ]
    .map((characters) => [...characters].filter((one) => !ExcludeCharacters.includes(one)))
    .filter((characters) => characters.length > 0);
  const any = types.flat();
  const pick = (from: readonly string[]): string => from[randomInt(from.length)] ?? "";
  const first = RequireEachIncludedType ? types.map(pick) : [];
  const rest = Array.from({ length: PasswordLength - first.length }, () => pick(any));
  return [...first, ...rest].join("");
}
