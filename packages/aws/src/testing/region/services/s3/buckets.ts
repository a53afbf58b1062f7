import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import type { Buckets } from "./state.ts";

export function bucketOperations(region: Region, buckets: Buckets): Service["operations"] {
  return {
    CreateBucket: handle(CreateBucketCommand, ({ Bucket = "", CreateBucketConfiguration }) => {
      if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(Bucket)) {
        throw new ServiceError("InvalidBucketName", "The specified bucket is not valid.");
      }
      const existing = buckets.find(Bucket);
      if (existing !== undefined) {
        throw new ServiceError(
          "BucketAlreadyOwnedByYou",
          "Your previous request to create the named bucket succeeded and you already own it.",
          409,
        );
      }
      const wanted = CreateBucketConfiguration?.LocationConstraint ?? "us-east-1";
      if (wanted !== region.name) {
        throw new ServiceError(
          "IllegalLocationConstraintException",
          `The ${wanted} location constraint is incompatible for the region specific endpoint this request was sent to.`,
        );
      }
      const bucket = buckets.create(Bucket, wanted);
      bucket.tags = (CreateBucketConfiguration?.Tags ?? []).map(({ Key, Value }) => ({
        Key,
        Value,
      }));
      return { Location: `/${Bucket}` };
    }),
    HeadBucket: handle(HeadBucketCommand, ({ Bucket }) => ({
      BucketRegion: buckets.get(Bucket).region,
    })),
    DeleteBucket: handle(DeleteBucketCommand, ({ Bucket }) => {
      const bucket = buckets.get(Bucket);
      if (bucket.objects.size > 0) {
        const message = "The bucket you tried to delete is not empty";
        throw new ServiceError("BucketNotEmpty", message, 409);
      }
      buckets.delete(bucket.name);
      return {};
    }),
    PutBucketVersioning: handle(PutBucketVersioningCommand, (input) => {
      buckets.get(input.Bucket).versioning = input.VersioningConfiguration?.Status;
      return {};
    }),
    GetBucketVersioning: handle(GetBucketVersioningCommand, ({ Bucket }) => {
      const { versioning } = buckets.get(Bucket);
      return versioning === undefined ? {} : { Status: versioning };
    }),
    PutBucketEncryption: handle(PutBucketEncryptionCommand, (input) => {
      buckets.get(input.Bucket).encryption = input.ServerSideEncryptionConfiguration?.Rules;
      return {};
    }),
    GetBucketEncryption: handle(GetBucketEncryptionCommand, ({ Bucket }) => {
      const Rules = buckets.get(Bucket).encryption ?? [
        { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const } },
      ];
      return { ServerSideEncryptionConfiguration: { Rules: [...Rules] } };
    }),
    PutPublicAccessBlock: handle(PutPublicAccessBlockCommand, (input) => {
      buckets.get(input.Bucket).publicAccessBlock = input.PublicAccessBlockConfiguration;
      return {};
    }),
    GetPublicAccessBlock: handle(GetPublicAccessBlockCommand, ({ Bucket }) => ({
      PublicAccessBlockConfiguration: set(
        buckets.get(Bucket).publicAccessBlock,
        "NoSuchPublicAccessBlockConfiguration",
      ),
    })),
    DeletePublicAccessBlock: handle(DeletePublicAccessBlockCommand, ({ Bucket }) => {
      buckets.get(Bucket).publicAccessBlock = undefined;
      return {};
    }),
    PutBucketPolicy: handle(PutBucketPolicyCommand, ({ Bucket, Policy }) => {
      const bucket = buckets.get(Bucket);
      try {
        JSON.parse(Policy ?? "");
      } catch {
        throw new ServiceError("MalformedPolicy", "This policy contains invalid Json");
      }
      bucket.policy = Policy;
      return {};
    }),
    GetBucketPolicy: handle(GetBucketPolicyCommand, ({ Bucket }) => ({
      Policy: set(buckets.get(Bucket).policy, "NoSuchBucketPolicy"),
    })),
    DeleteBucketPolicy: handle(DeleteBucketPolicyCommand, ({ Bucket }) => {
      buckets.get(Bucket).policy = undefined;
      return {};
    }),
    PutBucketTagging: handle(PutBucketTaggingCommand, ({ Bucket, Tagging }) => {
      buckets.get(Bucket).tags = (Tagging?.TagSet ?? []).map(({ Key, Value }) => ({ Key, Value }));
      return {};
    }),
    GetBucketTagging: handle(GetBucketTaggingCommand, ({ Bucket }) => {
      const { tags } = buckets.get(Bucket);
      if (tags.length === 0) throw unset("NoSuchTagSet");
      return { TagSet: tags.map(({ Key, Value }) => ({ Key, Value })) };
    }),
    PutBucketLifecycleConfiguration: handle(PutBucketLifecycleConfigurationCommand, (input) => {
      buckets.get(input.Bucket).lifecycle = input.LifecycleConfiguration?.Rules;
      return {};
    }),
    GetBucketLifecycleConfiguration: handle(
      GetBucketLifecycleConfigurationCommand,
      ({ Bucket }) => ({
        Rules: [...set(buckets.get(Bucket).lifecycle, "NoSuchLifecycleConfiguration")],
      }),
    ),
    PutBucketOwnershipControls: handle(PutBucketOwnershipControlsCommand, (input) => {
      buckets.get(input.Bucket).ownership = input.OwnershipControls?.Rules;
      return {};
    }),
    GetBucketOwnershipControls: handle(GetBucketOwnershipControlsCommand, ({ Bucket }) => ({
      OwnershipControls: {
        Rules: [...set(buckets.get(Bucket).ownership, "OwnershipControlsNotFoundError")],
      },
    })),
  };
}

function set<T>(value: T | undefined, code: string): T {
  if (value === undefined) throw unset(code);
  return value;
}

function unset(code: string): ServiceError {
  return new ServiceError(code, "The configuration does not exist", 404);
}
