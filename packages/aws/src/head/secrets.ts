import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { Secrets } from "@sluice/cloud";
import type { ClusterConfig } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { cloudErrorOf } from "../machines/errors.ts";

export interface SecretsOptions {
  readonly secretsManager: () => Promise<SecretsManagerClient>;
  readonly ssm: () => Promise<SSMClient>;
  readonly facts: ClusterFacts;
  readonly config: () => ClusterConfig;
}

/** The cluster's secrets: those that the stack made, and those that the file names. */
export function awsSecrets(options: SecretsOptions): Secrets {
  const { facts, config } = options;
  return {
    async read(name, { signal } = {}) {
      const arn = facts.secrets[name];
      if (arn === undefined) return undefined;
      try {
        const value = await readValue(options, arn, signal);
        if (typeof value !== "string") return value;
        // A key of one's own is kept in base64; one that the stack made is its own text.
        const isGiven = config().Scheduling.SlurmSettings.MungeKeySecretArn !== undefined;
        if (name === "munge" && isGiven) return Buffer.from(value.trim(), "base64");
        return Buffer.from(passwordIn(value));
      } catch (error) {
        signal?.throwIfAborted();
        throw cloudErrorOf(error, `secret ${name}`);
      }
    },
  };
}

/** Of a secret in Secrets Manager, or of a parameter in Systems Manager. */
export async function readValue(
  { secretsManager, ssm }: Pick<SecretsOptions, "secretsManager" | "ssm">,
  arn: string,
  signal: AbortSignal | undefined,
): Promise<string | Uint8Array> {
  const call = signal === undefined ? {} : { abortSignal: signal };
  if (/^arn:[^:]*:ssm:/.test(arn)) {
    const { GetParameterCommand } = await import("@aws-sdk/client-ssm");
    const client = await ssm();
    const input = { Name: arn, WithDecryption: true };
    const { Parameter } = await client.send(new GetParameterCommand(input), call);
    return Parameter?.Value ?? "";
  }
  const { GetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
  const client = await secretsManager();
  const { SecretString = "", SecretBinary } = await client.send(
    new GetSecretValueCommand({ SecretId: arn }),
    call,
  );
  return SecretBinary ?? SecretString;
}

/** A database's secret may be an object with its user and more. */
export function passwordIn(text: string): string {
  if (!text.startsWith("{")) return text;
  try {
    const { password } = JSON.parse(text) as { readonly password?: unknown };
    return typeof password === "string" ? password : text;
  } catch {
    return text;
  }
}
