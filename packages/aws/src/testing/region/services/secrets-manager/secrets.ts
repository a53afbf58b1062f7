import { randomBytes, randomUUID } from "node:crypto";
import { ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";

export type Tags = readonly {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}[];

interface Version {
  readonly id: string;
  readonly text: string | undefined;
  readonly bytes: Uint8Array | undefined;
}

export interface Secret {
  readonly name: string;
  readonly arn: string;
  description: string | undefined;
  kmsKeyId: string | undefined;
  tags: ReadonlyMap<string, string>;
  /** The current one. */
  version: Version;
  /** Set while it waits for its end. */
  deleteAt: Date | undefined;
}

const MOST_BYTES = 65_536;
/** A hyphen and six characters, that a secret's ARN ends in. */
const RANDOM_END = 7;

export class Secrets {
  readonly #region: Region;
  readonly #secrets = new Map<string, Secret>();

  constructor(region: Region) {
    this.#region = region;
  }

  all(): readonly Secret[] {
    for (const { name, deleteAt } of this.#secrets.values()) {
      if (deleteAt !== undefined && deleteAt <= this.#region.now()) this.#secrets.delete(name);
    }
    return [...this.#secrets.values()];
  }

  /** What the ARN of a secret with that name begins with. */
  arn(name: string): string {
    return `arn:aws:secretsmanager:${this.#region.name}:${this.#region.account}:secret:${name}`;
  }

  /** @param reference name, ARN, or ARN without its random end. */
  find(reference: string | undefined): Secret | undefined {
    return this.all().find(({ name, arn }) =>
      [name, arn, arn.slice(0, -RANDOM_END)].includes(reference ?? ""),
    );
  }

  /** @throws ServiceError when there is none. */
  known(reference: string | undefined): Secret {
    const secret = this.find(reference);
    if (secret !== undefined) return secret;
    const message = "Secrets Manager can't find the specified secret.";
    throw new ServiceError("ResourceNotFoundException", message);
  }

  /** @throws ServiceError when there is none, or one that waits for its end. */
  live(reference: string | undefined): Secret {
    const secret = this.known(reference);
    if (secret.deleteAt === undefined) return secret;
    throw new ServiceError(
      "InvalidRequestException",
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }

  create(name: string, version: Version): Secret {
    const before = this.find(name);
    if (before?.deleteAt !== undefined) {
      throw new ServiceError(
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (before !== undefined) {
      const message = `The operation failed because the secret ${name} already exists.`;
      throw new ServiceError("ResourceExistsException", message);
    }
    const end = randomBytes(RANDOM_END).toString("hex").slice(1, RANDOM_END);
    const secret: Secret = {
      name,
      arn: `${this.arn(name)}-${end}`,
      description: undefined,
      kmsKeyId: undefined,
      tags: new Map(),
      version,
      deleteAt: undefined,
    };
    this.#secrets.set(name, secret);
    return secret;
  }

  delete({ name }: Secret): void {
    this.#secrets.delete(name);
  }
}

export function newVersion(text: string | undefined, bytes: Uint8Array | undefined): Version {
  if (Buffer.byteLength(text ?? bytes ?? "") > MOST_BYTES) {
    throw new ServiceError("InvalidParameterException", `more than ${MOST_BYTES} bytes`);
  }
  return { id: randomUUID(), text, bytes };
}

export function tagMap(tags: Tags | undefined): ReadonlyMap<string, string> {
  return new Map((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}
