import { createHash, randomBytes } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { handle, type Service, ServiceError } from "../../contract.ts";
import { bytesOf, checkWrite, versionOf } from "./objects.ts";
import { type Buckets, current } from "./state.ts";

/** Bytes of a piece that is not the last. */
const LEAST_PART = 5 << 20;

interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly algorithm: string | undefined;
  readonly parts: Map<
    number,
    { readonly body: Buffer; readonly etag: string; readonly sum?: string }
  >;
}

/** Uploads in pieces: shown nowhere among objects until they are complete. */
export function multipartOperations(buckets: Buckets): Service["operations"] {
  const uploads = new Map<string, Upload>();
  const found = (id: string | undefined, key: string | undefined): Upload => {
    const upload = uploads.get(id ?? "");
    if (upload !== undefined && upload.key === key) return upload;
    throw new ServiceError("NoSuchUpload", "The specified upload does not exist.", 404);
  };
  return {
    CreateMultipartUpload: handle(CreateMultipartUploadCommand, (input) => {
      const { name } = buckets.get(input.Bucket);
      const UploadId = randomBytes(24).toString("base64url");
      const key = input.Key ?? "";
      uploads.set(UploadId, {
        ...{ bucket: name, key, parts: new Map() },
        algorithm: input.ChecksumAlgorithm,
      });
      return { Bucket: name, Key: key, UploadId };
    }),
    UploadPart: handle(UploadPartCommand, (input) => {
      const upload = found(input.UploadId, input.Key);
      const sum = input.ChecksumCRC32;
      if (sum !== undefined && upload.algorithm !== "CRC32") {
        throw new ServiceError(
          "InvalidRequest",
          `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm ?? "null"}, actual checksum Type: crc32`,
        );
      }
      const body = bytesOf(input.Body);
      const etag = `"${createHash("md5").update(body).digest("hex")}"`;
      upload.parts.set(input.PartNumber ?? 0, { body, etag, ...(sum && { sum }) });
      return { ETag: etag, ...(sum && { ChecksumCRC32: sum }) };
    }),
    CompleteMultipartUpload: handle(CompleteMultipartUploadCommand, (input) => {
      const bucket = buckets.get(input.Bucket);
      const upload = found(input.UploadId, input.Key);
      const wanted = input.MultipartUpload?.Parts ?? [];
      const parts = wanted.map(({ PartNumber = 0, ETag }, at) => {
        const part = upload.parts.get(PartNumber);
        if (part === undefined || part.etag !== ETag) {
          throw new ServiceError(
            "InvalidPart",
            "One or more of the specified parts could not be found.",
          );
        }
        if (at < wanted.length - 1 && part.body.length < LEAST_PART) {
          const message = "Your proposed upload is smaller than the minimum allowed size";
          throw new ServiceError("EntityTooSmall", message);
        }
        return part.body;
      });
      checkWrite(current(bucket, upload.key), input);
      const version = buckets.put(bucket, upload.key, { body: Buffer.concat(parts) });
      uploads.delete(input.UploadId ?? "");
      return { Bucket: bucket.name, Key: upload.key, ETag: version.etag, ...versionOf(version) };
    }),
    AbortMultipartUpload: handle(AbortMultipartUploadCommand, (input) => {
      found(input.UploadId, input.Key);
      uploads.delete(input.UploadId ?? "");
      return {};
    }),
    ListMultipartUploads: handle(ListMultipartUploadsCommand, (input) => {
      const { name } = buckets.get(input.Bucket);
      const begun = [...uploads].filter(([, { bucket }]) => bucket === name);
      return {
        Bucket: name,
        Uploads: begun.map(([UploadId, { key }]) => ({ UploadId, Key: key })),
      };
    }),
  };
}
