import { type Scope, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { bucketOperations } from "./buckets.ts";
import { listOperations } from "./lists.ts";
import { multipartOperations } from "./multipart.ts";
import { objectOperations } from "./objects.ts";
import type { Buckets } from "./state.ts";

export function s3Service(region: Region): Service {
  const { buckets } = region;
  return {
    name: "s3",
    protocol: "restXml",
    operations: withRedirects(buckets, {
      ...bucketOperations(region, buckets),
      ...listOperations(buckets),
      ...objectOperations(region, buckets),
      ...multipartOperations(buckets),
    }),
    authorise: (operation, input) => scopeOf(operation, input as S3Input),
  };
}

/** Requests for buckets of other regions are sent there, by the region that they are signed for. */
function withRedirects(buckets: Buckets, operations: Service["operations"]): Service["operations"] {
  return Object.fromEntries(
    Object.entries(operations).map(([name, { command, handler }]) => [
      name,
      {
        command,
        handler: (input: S3Input, call) => {
          const signed = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(
            call.headers.authorization ?? "",
          )?.[1];
          const home = buckets.find(input.Bucket ?? "")?.region;
          if (signed !== undefined && home !== undefined && signed !== home) {
            throw new ServiceError("PermanentRedirect", `the bucket is in ${home}`, 301, {
              "x-amz-bucket-region": home,
            });
          }
          return handler(input, call);
        },
      },
    ]),
  );
}

interface S3Input {
  readonly Bucket?: string;
  readonly Key?: string;
  readonly VersionId?: string;
  readonly Prefix?: string;
  readonly Tagging?: unknown;
  readonly IfMatch?: string;
  readonly Delete?: {
    readonly Objects?: readonly { readonly Key?: string; readonly VersionId?: string }[];
  };
}

/** Operations whose right has another name. */
const ACTIONS: Readonly<Record<string, string>> = {
  ListBuckets: "ListAllMyBuckets",
  HeadBucket: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListObjectVersions: "ListBucketVersions",
  ListMultipartUploads: "ListBucketMultipartUploads",
  HeadObject: "GetObject",
  PutBucketEncryption: "PutEncryptionConfiguration",
  GetBucketEncryption: "GetEncryptionConfiguration",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
};

function scopeOf(operation: string, input: S3Input): Scope {
  const bucket = `arn:aws:s3:::${input.Bucket ?? ""}`;
  const prefix: Scope = { resources: [], conditions: { "s3:prefix": input.Prefix ?? "" } };
  switch (operation) {
    case "ListBuckets":
      return { actions: ["s3:ListAllMyBuckets"], resources: ["*"] };
    case "DeleteObjects": {
      const objects = input.Delete?.Objects ?? [];
      const isVersion = objects.some(({ VersionId }) => VersionId !== undefined);
      return {
        actions: [isVersion ? "s3:DeleteObjectVersion" : "s3:DeleteObject"],
        resources: objects.map(({ Key }) => `${bucket}/${Key}`),
      };
    }
    case "GetObject":
    case "HeadObject":
    case "DeleteObject": {
      const verb = ACTIONS[operation] ?? operation;
      return {
        actions: [`s3:${verb}${input.VersionId === undefined ? "" : "Version"}`],
        resources: [`${bucket}/${input.Key}`],
      };
    }
    case "CreateMultipartUpload":
    case "UploadPart":
    case "CompleteMultipartUpload":
      return { actions: ["s3:PutObject"], resources: [`${bucket}/${input.Key}`] };
    case "AbortMultipartUpload":
      return { resources: [`${bucket}/${input.Key}`] };
    case "PutObject":
      return {
        actions: [
          "s3:PutObject",
          ...(input.Tagging === undefined ? [] : ["s3:PutObjectTagging"]),
          // Who compares what is there is taken to read it.
          ...(input.IfMatch === undefined ? [] : ["s3:GetObject"]),
        ],
        resources: [`${bucket}/${input.Key}`],
      };
    default:
      return {
        ...(input.Prefix === undefined ? {} : prefix),
        actions: [`s3:${ACTIONS[operation] ?? operation}`],
        resources: [bucket],
      };
  }
}
