import { randomUUID } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { CloudError, type Registers } from "@sluice/cloud";
import { cloudErrorOf } from "../machines/errors.ts";
import { OBJECTS } from "../names.ts";

/** As an object holds it. An ETag may be a hash of the object: `writing` makes every one another. */
interface Kept {
  readonly text: string;
  readonly writing: string;
}

interface Seen {
  readonly tag: string;
  readonly version: string;
}

/** Names that are the same in a key, in a URL and to whoever reads them. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]*(\/[A-Za-z0-9][A-Za-z0-9._:-]*)*$/;

export interface S3RegistersOptions {
  /** A client that asks once and waits for a second or two: who asks has his own way to ask again. */
  readonly s3: () => Promise<S3Client>;
  readonly bucket: { readonly name: string; readonly prefix: string };
}

/**
 * Registers as objects of the cluster's bucket, by S3's conditional writes. Tags are ETags.
 *
 * The bucket keeps former versions of objects, and a lease is written every second. Whoever writes
 * removes the version that it has written over, which S3 does for nothing.
 *
 * Whoever reads needs the right to list the bucket: without it S3 refuses what is not there, as it
 * refuses what one may not read.
 */
export function s3Registers({ s3, bucket }: S3RegistersOptions): Registers {
  /** The last version that was seen of each register, and its tag. */
  const versions = new Map<string, Seen>();
  const saw = (name: string, tag: string, version: string | undefined): void => {
    if (version !== undefined) versions.set(name, { tag, version });
  };

  /** Not waited for: one that stays goes with the rules of the bucket. */
  async function forget(Key: string, VersionId: string): Promise<void> {
    const { DeleteObjectCommand } = await import("@aws-sdk/client-s3");
    const client = await s3();
    await client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key, VersionId }));
  }

  return {
    async read(name, { signal } = {}) {
      const Key = keyOf(bucket.prefix, name);
      const { GetObjectCommand } = await import("@aws-sdk/client-s3");
      try {
        const client = await s3();
        const command = new GetObjectCommand({ Bucket: bucket.name, Key });
        const { Body, ETag = "", VersionId } = await client.send(command, abort(signal));
        saw(name, ETag, VersionId);
        return { text: textOfRegister((await Body?.transformToString()) ?? "{}"), tag: ETag };
      } catch (error) {
        if (nameOf(error) === "NoSuchKey") return undefined;
        throw failed(error, Key, signal);
      }
    },
    async write(name, text, expected, { signal } = {}) {
      const Key = keyOf(bucket.prefix, name);
      const { PutObjectCommand } = await import("@aws-sdk/client-s3");
      try {
        const client = await s3();
        const command = new PutObjectCommand({
          Bucket: bucket.name,
          Key,
          Body: objectOfRegister(text),
          ContentType: "application/json",
          ...(expected === undefined ? { IfNoneMatch: "*" } : { IfMatch: expected }),
        });
        const former = versions.get(name);
        const { ETag, VersionId } = await client.send(command, abort(signal));
        if (ETag === undefined)
          throw new CloudError("Transient", `${Key} was written without a tag`);
        if (former !== undefined && former.tag === expected) {
          forget(Key, former.version).catch(() => {});
        }
        saw(name, ETag, VersionId);
        return ETag;
      } catch (error) {
        // NoSuchKey: a tag was expected of what is not there. A conflict (409) is neither yes nor no.
        if (/^(PreconditionFailed|NoSuchKey)$/.test(nameOf(error))) return undefined;
        throw failed(error, Key, signal);
      }
    },
  };
}

/** What holds a register that says so. */
export function objectOfRegister(text: string): string {
  return JSON.stringify({ text, writing: randomUUID() } satisfies Kept);
}

/** What a register says, out of the object that holds it. */
export function textOfRegister(object: string): string {
  return (JSON.parse(object) as Kept).text;
}

function keyOf(prefix: string, name: string): string {
  if (NAME.test(name)) return OBJECTS.register(prefix, name);
  throw new CloudError("LaunchRejected", `${JSON.stringify(name)} is no name of a register`);
}

function abort(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

function failed(error: unknown, key: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof CloudError) return error;
  return signal?.aborted === true ? signal.reason : cloudErrorOf(error, `the register ${key}`);
}
