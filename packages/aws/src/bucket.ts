import { createHash } from "node:crypto";
import { SluiceError } from "@sluice/model";
import type { Clients } from "./clients.ts";
import { urlSuffix } from "./names.ts";
import { s3 } from "./sdk.ts";

/** An object and the ETag by which it is recognised. */
export interface StoredObject {
  readonly text: string;
  readonly etag: string;
}

/** Objects of one bucket. Every call is signed and encrypted by the bucket's own settings. */
export class ObjectStore {
  readonly bucket: string;
  readonly #clients: Clients;

  constructor(clients: Clients, bucket: string) {
    this.#clients = clients;
    this.bucket = bucket;
  }

  /** Undefined when there is no such object. */
  async read(key: string): Promise<StoredObject | undefined> {
    const { sdk, client } = await s3(this.#clients);
    try {
      const command = new sdk.GetObjectCommand({ Bucket: this.bucket, Key: key });
      const { Body, ETag = "" } = await client.send(command);
      return { text: (await Body?.transformToString()) ?? "", etag: ETag };
    } catch (error) {
      if (isNamed(error, "NoSuchKey", "NoSuchBucket", "NotFound")) return undefined;
      throw error;
    }
  }

  /**
   * @param when `absent`: only where there is none; an ETag: only over what has it.
   * @returns false when that did not hold, and nothing was written.
   */
  async write(
    key: string,
    body: string | Uint8Array,
    when?: "absent" | { readonly etag: string },
  ): Promise<boolean> {
    const { sdk, client } = await s3(this.#clients);
    const condition =
      when === "absent" ? { IfNoneMatch: "*" } : when === undefined ? {} : { IfMatch: when.etag };
    try {
      const input = { Bucket: this.bucket, Key: key, Body: body, ...condition };
      await client.send(new sdk.PutObjectCommand(input));
      return true;
    } catch (error) {
      if (isNamed(error, "PreconditionFailed", "ConditionalRequestConflict")) return false;
      throw error;
    }
  }

  async has(key: string): Promise<boolean> {
    const { sdk, client } = await s3(this.#clients);
    try {
      await client.send(new sdk.HeadObjectCommand({ Bucket: this.bucket, Key: key }));
      return true;
    } catch (error) {
      if (isNamed(error, "NotFound", "NoSuchKey", "NoSuchBucket")) return false;
      throw error;
    }
  }

  /** Names of what looks like folders directly below a prefix. Empty without the bucket. */
  async folders(prefix: string): Promise<readonly string[]> {
    const { sdk, client } = await s3(this.#clients);
    const found: string[] = [];
    let token: string | undefined;
    try {
      do {
        const page = await client.send(
          new sdk.ListObjectsV2Command({
            Bucket: this.bucket,
            Prefix: prefix,
            Delimiter: "/",
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        );
        found.push(...(page.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix ?? []));
        token = page.NextContinuationToken;
      } while (token !== undefined);
    } catch (error) {
      if (!isNamed(error, "NoSuchBucket")) throw error;
    }
    return found;
  }

  /** Removes every version of every object below a prefix. Nothing there is fine. */
  async removeAll(prefix: string): Promise<void> {
    const { sdk, client } = await s3(this.#clients);
    try {
      for (;;) {
        const { Versions = [], DeleteMarkers = [] } = await client.send(
          new sdk.ListObjectVersionsCommand({ Bucket: this.bucket, Prefix: prefix }),
        );
        const Objects = [...Versions, ...DeleteMarkers].flatMap(({ Key, VersionId }) =>
          Key === undefined ? [] : [{ Key, ...(VersionId === undefined ? {} : { VersionId }) }],
        );
        if (Objects.length === 0) return;
        const { Errors = [] } = await client.send(
          new sdk.DeleteObjectsCommand({
            Bucket: this.bucket,
            Delete: { Objects, Quiet: true },
          }),
        );
        const [failed] = Errors;
        if (failed !== undefined) {
          throw new SluiceError(
            "AWS_REFUSED",
            "cloud",
            `${failed.Key} in the bucket ${this.bucket} can't be removed: ${failed.Message ?? failed.Code}`,
          );
        }
      }
    } catch (error) {
      if (!isNamed(error, "NoSuchBucket")) throw error;
    }
  }

  url(key: string, region: string): string {
    const path = key.split("/").map(encodeURIComponent).join("/");
    return `https://${this.bucket}.s3.${region}.${urlSuffix(region)}/${path}`;
  }
}

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/**
 * By which people know what the bucket is for, and we that all was done for it: it is written last.
 */
const PURPOSE = {
  Key: "sluice:purpose",
  Value: "cluster files, templates and programs of Sluice",
} as const;

/** Days that what was written over is kept. */
const KEEP_FORMER_DAYS = 90;

export interface BucketPlace {
  readonly bucket: string;
  readonly region: string;
  readonly account: string;
  readonly partition: string;
}

/**
 * Whether the bucket is there.
 *
 * @throws SluiceError `BUCKET_UNUSABLE` when it is another account's or another region's.
 */
export async function findBucket(
  clients: Clients,
  { bucket, region, account }: BucketPlace,
): Promise<boolean> {
  const { sdk, client } = await s3(clients);
  try {
    const input = { Bucket: bucket, ExpectedBucketOwner: account };
    const { BucketRegion = region } = await client.send(new sdk.HeadBucketCommand(input));
    if (BucketRegion === region) return true;
    throw unusable(bucket, `is in ${BucketRegion}, and the cluster in ${region}`);
  } catch (error) {
    if (isNamed(error, "NotFound", "NoSuchBucket")) return false;
    // A bucket of another account looks like one that may not be read.
    if (isStatus(error, 403))
      throw unusable(bucket, "belongs to another account, or is closed to you");
    if (isStatus(error, 301)) throw unusable(bucket, "is in another region");
    throw error;
  }
}

/** False while it has only some of its settings: whoever made it was killed, or is at it now. */
async function isReady(clients: Clients, { bucket, account }: BucketPlace): Promise<boolean> {
  const { sdk, client } = await s3(clients);
  try {
    const input = { Bucket: bucket, ExpectedBucketOwner: account };
    const { TagSet = [] } = await client.send(new sdk.GetBucketTaggingCommand(input));
    return TagSet.some(({ Key }) => Key === PURPOSE.Key);
  } catch (error) {
    if (isNamed(error, "NoSuchTagSet")) return false;
    throw error;
  }
}

/**
 * Makes the account's bucket: encrypted, versioned, closed to the public and to plain HTTP. One that
 * another makes at the same time, or that was left half made, is fine; settings of one that was made
 * long ago are its owner's.
 */
export async function ensureBucket(clients: Clients, place: BucketPlace): Promise<void> {
  const { sdk, client } = await s3(clients);
  const { bucket, region, account, partition } = place;
  if ((await findBucket(clients, place)) && (await isReady(clients, place))) return;
  const Bucket = bucket;
  try {
    const elsewhere = region === "us-east-1" ? {} : { LocationConstraint: region as never };
    await client.send(
      new sdk.CreateBucketCommand({
        Bucket,
        ObjectOwnership: "BucketOwnerEnforced",
        ...(region === "us-east-1" ? {} : { CreateBucketConfiguration: elsewhere }),
      }),
    );
  } catch (error) {
    if (isNamed(error, "BucketAlreadyExists")) {
      throw unusable(bucket, "belongs to another account");
    }
    if (!isNamed(error, "BucketAlreadyOwnedByYou", "OperationAborted")) throw error;
  }
  const owner = { Bucket, ExpectedBucketOwner: account };
  await client.send(
    new sdk.PutPublicAccessBlockCommand({
      ...owner,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    }),
  );
  await client.send(
    new sdk.PutBucketEncryptionCommand({
      ...owner,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
    }),
  );
  await client.send(
    new sdk.PutBucketVersioningCommand({
      ...owner,
      VersioningConfiguration: { Status: "Enabled" },
    }),
  );
  await client.send(
    new sdk.PutBucketLifecycleConfigurationCommand({
      ...owner,
      LifecycleConfiguration: {
        Rules: [
          {
            ID: "former-versions",
            Status: "Enabled",
            Filter: { Prefix: "" },
            NoncurrentVersionExpiration: { NoncurrentDays: KEEP_FORMER_DAYS },
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
          },
        ],
      },
    }),
  );
  await client.send(
    new sdk.PutBucketPolicyCommand({ ...owner, Policy: tlsOnly(partition, bucket) }),
  );
  await client.send(new sdk.PutBucketTaggingCommand({ ...owner, Tagging: { TagSet: [PURPOSE] } }));
}

function tlsOnly(partition: string, bucket: string): string {
  const arn = `arn:${partition}:s3:::${bucket}`;
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

function unusable(bucket: string, why: string): SluiceError {
  return new SluiceError("BUCKET_UNUSABLE", "user", `the bucket ${bucket} ${why}`, {
    hint: "name one of this account and region as CustomS3Bucket in the cluster file; the policy that suffices for Sluice's own is printed by: sluice iam-policy",
  });
}

function isStatus(error: unknown, status: number): boolean {
  const metadata = (error as { readonly $metadata?: { readonly httpStatusCode?: number } })
    .$metadata;
  return metadata?.httpStatusCode === status;
}

/** As S3 names what it holds by its content. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
