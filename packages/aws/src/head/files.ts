import type { S3Client } from "@aws-sdk/client-s3";
import type { ClusterFiles, UpdateReport } from "@sluice/cloud";
import { CloudError } from "@sluice/cloud";
import type { Clock, ClusterConfig } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { cloudErrorOf } from "../machines/errors.ts";
import { OBJECTS } from "../names.ts";
import type { FileIndex } from "../objects.ts";
import { reported } from "./file-index.ts";

/** Others write the index too, seldom. */
const TRIES = 8;

export interface FilesOptions {
  readonly s3: () => Promise<S3Client>;
  readonly facts: ClusterFacts;
  readonly clock: Clock;
  /** Machines to come follow this file. */
  readonly prepare: (config: ClusterConfig) => void;
}

interface Call {
  readonly signal?: AbortSignal;
}

/** The cluster's files in the account's bucket. */
export function awsFiles({ s3, facts, clock, prepare }: FilesOptions): ClusterFiles {
  const { name: Bucket, prefix } = facts.bucket;

  async function read(key: string, { signal }: Call) {
    const { GetObjectCommand } = await import("@aws-sdk/client-s3");
    try {
      const client = await s3();
      const { Body, ETag } = await client.send(
        new GetObjectCommand({ Bucket, Key: key }),
        signal === undefined ? {} : { abortSignal: signal },
      );
      return { text: (await Body?.transformToString()) ?? "", etag: ETag };
    } catch (error) {
      signal?.throwIfAborted();
      throw cloudErrorOf(error, `${key} in bucket ${Bucket}`);
    }
  }

  /** False when somebody else was quicker. */
  async function replace(index: FileIndex, etag: string | undefined, { signal }: Call) {
    const { PutObjectCommand } = await import("@aws-sdk/client-s3");
    const Key = OBJECTS.index(prefix);
    try {
      const client = await s3();
      await client.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body: JSON.stringify(index),
          ContentType: "application/json",
          ...(etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag }),
        }),
        signal === undefined ? {} : { abortSignal: signal },
      );
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      const name = error instanceof Error ? error.name : "";
      if (/PreconditionFailed|ConditionalRequestConflict/.test(name)) return false;
      throw cloudErrorOf(error, `${Key} in bucket ${Bucket}`);
    }
  }

  async function report(update: UpdateReport, call: Call): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const { text, etag } = await read(OBJECTS.index(prefix), call);
      const index = JSON.parse(text) as FileIndex;
      const next = reported(index, update, clock.now());
      if (next === undefined || (await replace(next, etag, call))) return;
    }
    throw new CloudError("Transient", "the index of the cluster's files changes all the time");
  }

  return {
    async wanted(call = {}) {
      const { text } = await read(OBJECTS.index(prefix), call);
      const { versions } = JSON.parse(text) as FileIndex;
      const wanted = versions.findLast(({ state }) => state === "wanted" || state === "in-force");
      if (wanted === undefined) {
        throw new CloudError("NotFound", `the cluster has no file in bucket ${Bucket}`);
      }
      const { version } = wanted;
      return { version, text: (await read(OBJECTS.file(prefix, version), call)).text };
    },
    async prepare(config) {
      prepare(config);
    },
    report: (update, call = {}) => report(update, call),
  };
}
