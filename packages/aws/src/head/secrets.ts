import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SecretName, Secrets } from "@sluice/cloud";
import type { ClusterConfig } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { cloudErrorOf } from "../machines/errors.ts";

/** Secrets of the cluster in Secrets Manager: those that the stack made, and those that the file names. */
export function awsSecrets(
  secretsManager: () => Promise<SecretsManagerClient>,
  facts: ClusterFacts,
  config: () => ClusterConfig,
): Secrets {
  return {
    async read(name, { signal } = {}) {
      const arn = (facts.secrets as Readonly<Partial<Record<SecretName, string>>>)[name];
      if (arn === undefined) return undefined;
      const { GetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
      try {
        const client = await secretsManager();
        const { SecretString, SecretBinary } = await client.send(
          new GetSecretValueCommand({ SecretId: arn }),
          signal === undefined ? {} : { abortSignal: signal },
        );
        if (SecretBinary !== undefined) return SecretBinary;
        const text = SecretString ?? "";
        // A key of one's own is kept in base64; one that the stack made is its own text.
        const isGiven = config().Scheduling.SlurmSettings.MungeKeySecretArn !== undefined;
        if (name === "munge" && isGiven) return Buffer.from(text.trim(), "base64");
        return Buffer.from(passwordIn(text));
      } catch (error) {
        signal?.throwIfAborted();
        throw cloudErrorOf(error, `secret ${name}`);
      }
    },
  };
}

/** A database's secret may be an object with its user and more. */
function passwordIn(text: string): string {
  if (!text.startsWith("{")) return text;
  try {
    const { password } = JSON.parse(text) as { readonly password?: unknown };
    return typeof password === "string" ? password : text;
  } catch {
    return text;
  }
}
