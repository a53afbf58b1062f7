import { GATEWAY_PORT } from "@sluice/boot";
import type { GatewayAccess, Machine } from "@sluice/cloud";
import { ObjectStore } from "./bucket.ts";
import type { Clients } from "./clients.ts";
import type { ClusterStack } from "./infrastructure/deploy/stack.ts";
import { JWT_KEY_OUTPUT, OBJECTS, secretName } from "./names.ts";
import { secretsManager } from "./sdk.ts";

/**
 * The way in by the head's fixed interface, or of two heads by the address of whichever leads; its
 * keys are in Secrets Manager, and its certificate is where login machines find it too. Undefined when the stack is from before heads had gateways, or
 * its head has not said yet what it shows.
 */
export async function gatewayAccess(
  clients: Clients,
  { cluster, unique, bucket, outputs }: ClusterStack,
  { address }: Machine,
  hasTwo: boolean,
): Promise<GatewayAccess | undefined> {
  const own = (name: string): string => secretName(cluster, unique, name);
  const [key, jwtKey, published] = await Promise.all([
    readSecret(clients, own("gateway")),
    readSecret(clients, outputs[JWT_KEY_OUTPUT] ?? own("jwt")),
    new ObjectStore(clients, bucket.name).read(OBJECTS.join(bucket.prefix)),
  ]);
  if (key === undefined || jwtKey === undefined || published === undefined) return undefined;
  const [announced = "", ...certificate] = published.text.split("\n");
  return {
    host: hasTwo ? announced : (address ?? announced),
    port: GATEWAY_PORT,
    certificate: certificate.join("\n"),
    key,
    // As its text is, which is what Slurm has in its file.
    jwtKey: Buffer.from(jwtKey),
  };
}

async function readSecret(clients: Clients, SecretId: string): Promise<string | undefined> {
  const { sdk, client } = await secretsManager(clients);
  try {
    const { SecretString } = await client.send(new sdk.GetSecretValueCommand({ SecretId }));
    return SecretString;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}
