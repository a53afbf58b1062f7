import { createHash, randomBytes } from "node:crypto";
import type {
  LifecycleRule,
  OwnershipControlsRule,
  PublicAccessBlockConfiguration,
  ServerSideEncryptionRule,
} from "@aws-sdk/client-s3";
import { ServiceError } from "../../contract.ts";

/** One version of an object; without a body it marks a deletion. */
export interface ObjectVersion {
  readonly versionId: string;
  readonly body: Buffer | undefined;
  /** In quotation marks. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Bucket {
  readonly name: string;
  readonly region: string;
  readonly createdAt: Date;
  versioning: "Enabled" | "Suspended" | undefined;
  encryption: readonly ServerSideEncryptionRule[] | undefined;
  publicAccessBlock: PublicAccessBlockConfiguration | undefined;
  ownership: readonly OwnershipControlsRule[] | undefined;
  lifecycle: readonly LifecycleRule[] | undefined;
  policy: string | undefined;
  tags: readonly { readonly Key: string | undefined; readonly Value: string | undefined }[];
  /** Versions by key, the newest last. */
  readonly objects: Map<string, ObjectVersion[]>;
}

export class Buckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  all(): readonly Bucket[] {
    return [...this.#buckets.values()];
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  get(name: string | undefined): Bucket {
    const bucket = this.#buckets.get(name ?? "");
    if (bucket !== undefined) return bucket;
    throw new ServiceError("NoSuchBucket", "The specified bucket does not exist", 404);
  }

  create(name: string, region: string): Bucket {
    const bucket: Bucket = {
      name,
      region,
      createdAt: this.#now(),
      versioning: undefined,
      encryption: undefined,
      publicAccessBlock: undefined,
      ownership: undefined,
      lifecycle: undefined,
      policy: undefined,
      tags: [],
      objects: new Map(),
    };
    this.#buckets.set(name, bucket);
    return bucket;
  }

  delete(name: string): void {
    this.#buckets.delete(name);
  }

  put(
    bucket: Bucket,
    key: string,
    content: {
      readonly body: Buffer | undefined;
      readonly contentType?: string;
      readonly metadata?: Readonly<Record<string, string>>;
    },
  ): ObjectVersion {
    const { body, contentType = "application/octet-stream", metadata = {} } = content;
    const version: ObjectVersion = {
      versionId: bucket.versioning === "Enabled" ? randomBytes(16).toString("base64url") : "null",
      body,
      etag: `"${createHash("md5")
        .update(body ?? "")
        .digest("hex")}"`,
      lastModified: this.#now(),
      contentType,
      metadata,
    };
    const versions = bucket.objects.get(key) ?? [];
    const kept =
      version.versionId === "null" ? versions.filter((one) => one.versionId !== "null") : versions;
    bucket.objects.set(key, [...kept, version]);
    return version;
  }

  /** Deletes a version for good, or marks the object as deleted where versions are kept. */
  remove(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion | undefined {
    const versions = bucket.objects.get(key) ?? [];
    if (versionId === undefined && bucket.versioning === "Enabled") {
      return this.put(bucket, key, { body: undefined });
    }
    const left = versions.filter((one) => one.versionId !== (versionId ?? "null"));
    if (left.length > 0) bucket.objects.set(key, left);
    else bucket.objects.delete(key);
    return versions.find((one) => one.versionId === versionId);
  }
}

/** The newest version, unless it is a deletion. */
export function current(bucket: Bucket, key: string): ObjectVersion | undefined {
  const newest = bucket.objects.get(key)?.at(-1);
  return newest?.body === undefined ? undefined : newest;
}
