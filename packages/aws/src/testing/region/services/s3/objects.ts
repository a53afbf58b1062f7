import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { sdkStreamMixin } from "@smithy/core/serde";
import { type Call, handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { type Bucket, type Buckets, current, type ObjectVersion } from "./state.ts";

export function objectOperations(region: Region, buckets: Buckets): Service["operations"] {
  const found = (
    input: { Bucket: string | undefined; Key: string | undefined; VersionId?: string | undefined },
    call: Call,
  ): ObjectVersion & { readonly body: Buffer } => {
    const bucket = buckets.get(input.Bucket);
    const key = input.Key ?? "";
    const version =
      input.VersionId === undefined
        ? current(bucket, key)
        : bucket.objects.get(key)?.find(({ versionId }) => versionId === input.VersionId);
    if (version?.body !== undefined) return { ...version, body: version.body };
    // Only who may list the bucket is told that there is no such key; a right to list what begins with
    // something is of no use, since who gets an object names no prefix.
    region.authorise(call, {
      actions: ["s3:ListBucket"],
      resources: [`arn:aws:s3:::${bucket.name}`],
    });
    throw new ServiceError("NoSuchKey", "The specified key does not exist.", 404);
  };
  return {
    PutObject: handle(PutObjectCommand, (input) => {
      const bucket = buckets.get(input.Bucket);
      const key = input.Key ?? "";
      checkWrite(current(bucket, key), input);
      const version = buckets.put(bucket, key, {
        body: bytesOf(input.Body),
        ...(input.ContentType === undefined ? {} : { contentType: input.ContentType }),
        metadata: input.Metadata ?? {},
      });
      return { ETag: version.etag, ...versionOf(version) };
    }),
    HeadObject: handle(HeadObjectCommand, (input, call) => {
      const version = found(input, call);
      checkRead(version, input);
      return described(version, version.body.length);
    }),
    GetObject: handle(GetObjectCommand, (input, call) => {
      const version = found(input, call);
      checkRead(version, input);
      const range = rangeOf(input.Range, version.body.length);
      const body = range === undefined ? version.body : version.body.subarray(range[0], range[1]);
      return {
        ...described(version, body.length),
        Body: sdkStreamMixin(Readable.from([body])) as NonNullable<GetObjectCommandOutput["Body"]>,
        ...(range === undefined
          ? {}
          : { ContentRange: `bytes ${range[0]}-${range[1] - 1}/${version.body.length}` }),
      };
    }),
    DeleteObject: handle(DeleteObjectCommand, ({ Bucket, Key = "", VersionId }) => {
      const bucket = buckets.get(Bucket);
      return removed(bucket, buckets.remove(bucket, Key, VersionId));
    }),
    DeleteObjects: handle(DeleteObjectsCommand, ({ Bucket, Delete }) => {
      const bucket = buckets.get(Bucket);
      const objects = Delete?.Objects ?? [];
      if (objects.length > 1000) {
        throw new ServiceError("MalformedXML", "no more than 1000 objects can be deleted at once");
      }
      return {
        Deleted: objects.map(({ Key = "", VersionId }) => {
          buckets.remove(bucket, Key, VersionId);
          return { Key, ...(VersionId === undefined ? {} : { VersionId }) };
        }),
      };
    }),
  };
}

export function bytesOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body);
  throw new Error("without the wire, objects are put as text or bytes");
}

export function versionOf({ versionId }: ObjectVersion): { readonly VersionId?: string } {
  return versionId === "null" ? {} : { VersionId: versionId };
}

function removed(
  { versioning }: Bucket,
  version: ObjectVersion | undefined,
): { readonly DeleteMarker?: boolean; readonly VersionId?: string } {
  if (versioning === undefined || version === undefined) return {};
  return { DeleteMarker: version.body === undefined, VersionId: version.versionId };
}

interface Conditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
}

export function checkWrite(
  existing: ObjectVersion | undefined,
  { IfMatch, IfNoneMatch }: Conditions,
) {
  if (IfMatch !== undefined && existing === undefined) {
    throw new ServiceError("NoSuchKey", "The specified key does not exist.", 404);
  }
  const isOther = IfMatch !== undefined && !isSame(IfMatch, existing);
  if (isOther || (IfNoneMatch === "*" && existing !== undefined)) throw unmet();
}

function checkRead(version: ObjectVersion, { IfMatch, IfNoneMatch }: Conditions): void {
  if (IfMatch !== undefined && !isSame(IfMatch, version)) throw unmet();
  if (IfNoneMatch !== undefined && isSame(IfNoneMatch, version)) {
    throw new ServiceError("NotModified", "Not Modified", 304);
  }
}

function isSame(etag: string, version: ObjectVersion | undefined): boolean {
  return etag.replaceAll('"', "") === version?.etag.replaceAll('"', "");
}

function unmet(): ServiceError {
  const message = "At least one of the pre-conditions you specified did not hold";
  return new ServiceError("PreconditionFailed", message, 412);
}

function described(version: ObjectVersion, length: number) {
  return {
    ETag: version.etag,
    LastModified: version.lastModified,
    ContentLength: length,
    ContentType: version.contentType,
    Metadata: { ...version.metadata },
    AcceptRanges: "bytes",
    ServerSideEncryption: "AES256" as const,
    ...versionOf(version),
  };
}

/** First byte and the one after the last. */
function rangeOf(range: string | undefined, size: number): readonly [number, number] | undefined {
  if (range === undefined) return undefined;
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (from >= to) {
    throw new ServiceError("InvalidRange", "The requested range is not satisfiable", 416);
  }
  return [from, to];
}
