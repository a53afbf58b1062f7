import { Aws } from "aws-cdk-lib/core";
import { allow, type Statement } from "./statement.ts";

/** DCV is free on EC2, which its server proves by reading this bucket of AWS's. */
export function dcvStatements(
  dcv: { readonly Enabled?: boolean | undefined } | undefined,
): readonly Statement[] {
  if (dcv?.Enabled !== true) return [];
  const bucket = `arn:${Aws.PARTITION}:s3:::dcv-license.${Aws.REGION}`;
  return [allow("DcvLicense", ["s3:GetObject"], [`${bucket}/*`])];
}
