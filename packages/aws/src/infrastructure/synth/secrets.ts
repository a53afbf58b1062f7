import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import { CfnOutput } from "aws-cdk-lib/core";
import { JWT_KEY_OUTPUT, secretName } from "../../names.ts";
import { idOf } from "./logical-id.ts";
import type { Scope } from "./scope.ts";

/** ARNs in Secrets Manager. */
export interface Secrets {
  readonly munge: string;
  readonly jwt: string;
  readonly gateway: string;
}

/** Keys of the cluster, which Secrets Manager thinks of: nobody ever holds them but the head, and servers those of
 * its gateway. */
export function makeSecrets(scope: Scope): Secrets {
  const { MungeKeySecretArn, JwtKeySecretArn } = scope.config.Scheduling.SlurmSettings;
  if (JwtKeySecretArn !== undefined) {
    const description = "Secret with the key that tokens of Slurm are signed with";
    new CfnOutput(scope.stack, JWT_KEY_OUTPUT, { description, value: JwtKeySecretArn });
  }
  return {
    munge: MungeKeySecretArn ?? makeSecret(scope, "munge", "Munge key of the cluster"),
    jwt: JwtKeySecretArn ?? makeSecret(scope, "jwt", "Key that tokens of Slurm are signed with"),
    gateway: makeSecret(scope, "gateway", "Key of the head's gateway"),
  };
}

/** @param length letters and digits, of six bits of chance each. @returns its ARN. */
export function makeSecret(
  { stack, request }: Scope,
  name: string,
  description: string,
  length = 64,
): string {
  return new CfnSecret(stack, idOf("Secret", name), {
    name: secretName(request.name, request.unique, name),
    description,
    generateSecretString: { passwordLength: length, excludePunctuation: true },
  }).ref;
}

/** The value of a secret, which CloudFormation puts in and no template shows. */
export function secretValue(arn: string): string {
  return `{{resolve:secretsmanager:${arn}:SecretString}}`;
}
