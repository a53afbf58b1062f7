import { Aws } from "aws-cdk-lib/core";
import { allow, type Statement } from "./statement.ts";

export interface S3Access {
  readonly BucketName: string;
  readonly KeyName?: string | undefined;
  readonly EnableWriteAccess: boolean;
}

/**
 * Buckets have names that anybody may take once they are free: what is read and written is the
 * account's own.
 */
export const OWN_BUCKET = { StringEquals: { "aws:ResourceAccount": Aws.ACCOUNT_ID } } as const;

/** What `S3Access` of the file grants, with ParallelCluster's meaning of `KeyName`. */
export function s3Statements(access: readonly S3Access[] | undefined): readonly Statement[] {
  if (access === undefined || access.length === 0) return [];
  const reading: string[] = [];
  const writing: string[] = [];
  const listing = new Set<string>();
  for (const { BucketName, KeyName, EnableWriteAccess } of access) {
    const bucket = `arn:${Aws.PARTITION}:s3:::${BucketName}`;
    const objects = `${bucket}/${KeyName ?? "*"}`;
    listing.add(bucket);
    reading.push(objects);
    if (EnableWriteAccess) writing.push(objects);
  }
  return [
    allow("S3List", ["s3:ListBucket"], [...listing]),
    allow("S3Read", ["s3:GetObject", "s3:GetObjectTagging"], reading),
    ...(writing.length === 0
      ? []
      : [
          allow("S3Write", ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], writing),
        ]),
  ];
}
