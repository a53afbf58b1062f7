import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import type { Cloud } from "@sluice/cloud";
import { administratorPolicy } from "../../../iam-policy.ts";
import type { Trial } from "./trial.ts";

/** The cloud by the credentials of somebody who has the least policy and no more. */
export async function asAdministrator({ region, cloudAs }: Trial): Promise<Cloud> {
  const PolicyDocument = JSON.stringify(administratorPolicy(region));
  await region.call(CreateUserCommand, { UserName: "ada" });
  const policy = { UserName: "ada", PolicyName: "sluice", PolicyDocument };
  await region.call(PutUserPolicyCommand, policy);
  const { AccessKey } = await region.call(CreateAccessKeyCommand, { UserName: "ada" });
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
  return cloudAs({ accessKeyId, secretAccessKey });
}
