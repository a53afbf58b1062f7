import type * as S3 from "@aws-sdk/client-s3";
import type { ObjectFolder } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { isNamed } from "./bucket.ts";

/** Bytes of a piece; S3 takes no smaller one but the last. */
const PART_BYTES = 8 << 20;
/** After so many pieces they are twice as large: S3 takes 10 000 of them. */
const PARTS_OF_A_SIZE = 1000;
/** The largest are eight times the first: all together are half a terabyte. */
const DOUBLINGS = 3;
/** Of one call that removes. */
const MOST_REMOVED = 1000;

export interface ObjectFolderOptions {
  readonly sdk: typeof S3;
  readonly client: S3.S3Client;
  /** `s3://bucket/prefix`. */
  readonly place: string;
  /** For tests. */
  readonly partBytes?: number;
}

/** See `ObjectFolder`. Errors: `BUCKET_PLACE_INVALID`, and S3's own. */
export function s3ObjectFolder(options: ObjectFolderOptions): ObjectFolder {
  const { sdk, client, partBytes = PART_BYTES } = options;
  const { bucket: Bucket, prefix } = bucketPlace(options.place);
  const keyOf = (name: string): string => `${prefix}${name}`;

  return {
    place: `s3://${Bucket}${prefix === "" ? "" : `/${prefix.slice(0, -1)}`}`,

    async list(begin) {
      const found = new Map<string, number>();
      const pages = sdk.paginateListObjectsV2({ client }, { Bucket, Prefix: keyOf(begin) });
      for await (const { Contents = [] } of pages) {
        for (const { Key = "", Size = 0 } of Contents) found.set(Key.slice(prefix.length), Size);
      }
      return found;
    },

    async *read(name) {
      const Key = keyOf(name);
      let size = Number.POSITIVE_INFINITY;
      let tag: string | undefined;
      // In ranges: what breaks off is asked for again, and one object is all that is read.
      for (let at = 0; at < size; ) {
        const piece = await client
          .send(
            new sdk.GetObjectCommand({
              ...{ Bucket, Key, Range: `bytes=${at}-${at + partBytes - 1}` },
              ...(tag === undefined ? {} : { IfMatch: tag }),
            }),
          )
          .catch((error: unknown) => {
            // Of nothing there is no range.
            if (isNamed(error, "InvalidRange") && at === 0) return undefined;
            throw error;
          });
        if (piece === undefined) return;
        tag = piece.ETag;
        size = Number(piece.ContentRange?.split("/")[1] ?? piece.ContentLength ?? 0);
        const bytes = (await piece.Body?.transformToByteArray()) ?? new Uint8Array();
        if (bytes.length === 0) throw new Error(`${Key} of ${Bucket} ended at ${at} of ${size}`);
        at += bytes.length;
        yield bytes;
      }
    },

    async write(name, content) {
      const pieces = inParts(content, partBytes);
      const first = await pieces.next();
      const body = first.done === true ? Buffer.alloc(0) : first.value;
      const second = await pieces.next();
      const upload = { sdk, client, Bucket, Key: keyOf(name) };
      try {
        if (second.done === true) await putWhole(upload, body);
        else await putParts(upload, joined([body, second.value], pieces));
      } catch (error) {
        if (isNamed(error, "PreconditionFailed")) throw exists(Bucket, keyOf(name), error);
        throw error;
      }
    },

    async remove(names) {
      for (let at = 0; at < names.length; at += MOST_REMOVED) {
        const Objects = names.slice(at, at + MOST_REMOVED).map((name) => ({ Key: keyOf(name) }));
        const { Errors = [] } = await client.send(
          new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
        );
        const [failed] = Errors;
        if (failed === undefined) continue;
        throw new SluiceError(
          "AWS_REFUSED",
          "cloud",
          `${failed.Key} in the bucket ${Bucket} can't be removed: ${failed.Message ?? failed.Code}`,
        );
      }
    },
  };
}

/** Bucket, and what keys begin with: nothing, or a path with a slash at its end. */
export function bucketPlace(place: string): { readonly bucket: string; readonly prefix: string } {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()/-]*))?$/.exec(place);
  if (match === null) {
    throw new SluiceError(
      "BUCKET_PLACE_INVALID",
      "user",
      `${JSON.stringify(place)} is no place in a bucket`,
      { hint: "write it as s3://bucket/prefix" },
    );
  }
  const [, bucket = "", path = ""] = match;
  const folder = path.replace(/\/+$/, "");
  return { bucket, prefix: folder === "" ? "" : `${folder}/` };
}

interface Upload {
  readonly sdk: typeof S3;
  readonly client: S3.S3Client;
  readonly Bucket: string;
  readonly Key: string;
}

async function putWhole({ sdk, client, ...object }: Upload, Body: Uint8Array): Promise<void> {
  await client.send(new sdk.PutObjectCommand({ ...object, Body, IfNoneMatch: "*" }));
}

async function putParts(
  { sdk, client, ...object }: Upload,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  // S3 compares the sums of the pieces with those that it is given at the end.
  const ChecksumAlgorithm = "CRC32" as const;
  const begin = new sdk.CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm });
  const { UploadId } = await client.send(begin);
  try {
    const Parts: S3.CompletedPart[] = [];
    for await (const Body of pieces) {
      const PartNumber = Parts.length + 1;
      const { ETag, ChecksumCRC32 } = await client.send(
        new sdk.UploadPartCommand({ ...object, UploadId, PartNumber, Body, ChecksumAlgorithm }),
      );
      Parts.push({ PartNumber, ETag, ChecksumCRC32 });
    }
    const MultipartUpload = { Parts };
    await client.send(
      new sdk.CompleteMultipartUploadCommand({
        ...{ ...object, UploadId, MultipartUpload },
        IfNoneMatch: "*",
      }),
    );
  } catch (error) {
    // Pieces that stay are paid for and shown nowhere; a rule of the bucket can remove them.
    await client.send(new sdk.AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => {});
    throw error;
  }
}

async function* joined(
  first: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}

/** In pieces of the size that their number asks for; the last one is what is left. */
async function* inParts(
  content: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  let count = 0;
  for await (const chunk of content) {
    // The caller may use its memory again.
    chunks.push(Uint8Array.from(chunk));
    bytes += chunk.length;
    const doublings = Math.min(DOUBLINGS, Math.floor(count / PARTS_OF_A_SIZE));
    if (bytes < partBytes * 2 ** doublings) continue;
    yield Buffer.concat(chunks);
    [chunks, bytes] = [[], 0];
    count += 1;
  }
  if (bytes > 0) yield Buffer.concat(chunks);
}

function exists(bucket: string, key: string, cause: unknown): SluiceError {
  return new SluiceError("OBJECT_EXISTS", "user", `s3://${bucket}/${key} is there already`, {
    hint: "repeat it: another second gives another name",
    cause,
  });
}
