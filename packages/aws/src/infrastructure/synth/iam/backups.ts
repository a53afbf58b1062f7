import { Aws } from "aws-cdk-lib/core";
import { OBJECTS } from "../../../names.ts";
import { bucketPlace } from "../../../object-folder.ts";
import type { Scope } from "../scope.ts";
import { OWN_BUCKET } from "./s3-access.ts";
import { allow, type Statement } from "./statement.ts";

const USE = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"] as const;

/**
 * What the head needs where its cluster's backups go, and nowhere else: in the cluster's bucket, which
 * it may list in any case, and where the file says. A bucket that the file names may be another
 * account's, which has to allow it as well; a key of one's own that it encrypts with is that account's
 * to grant, too.
 */
export function backupStatements({ config, request }: Scope): readonly Statement[] {
  const { name } = request;
  const bucketArn = (bucket: string): string => `arn:${Aws.PARTITION}:s3:::${bucket}`;
  const own = `${bucketArn(request.bucket.name)}/${OBJECTS.backups(name)}/${name}-*`;
  const statements = [allow("Backups", USE, [own], OWN_BUCKET)];
  const to = config.Backup?.To;
  if (to?.startsWith("s3://") !== true) return statements;
  const { bucket, prefix } = bucketPlace(to);
  return [
    ...statements,
    allow("BackupsGiven", USE, [`${bucketArn(bucket)}/${prefix}${name}-*`]),
    allow("BackupsGivenList", ["s3:ListBucket"], [bucketArn(bucket)], {
      StringLike: { "s3:prefix": `${prefix}${name}-*` },
    }),
  ];
}
