import type { Clients } from "../clients.ts";
import { type Asker, oneByOne } from "./answer.ts";
import { isNamed } from "./refusal.ts";

const iamOf = (clients: Clients) =>
  clients.get("iam", async (config) => {
    const sdk = await import("@aws-sdk/client-iam");
    return { sdk, client: new sdk.IAMClient(config) };
  });

const isAbsent = isNamed("NoSuchEntity");

export const roles: Asker<"role"> = oneByOne(async ({ id }, clients, abortSignal) => {
  const { sdk, client } = await iamOf(clients);
  const command = new sdk.GetRoleCommand({ RoleName: lastOf(id) });
  const { Role } = await client.send(command, { abortSignal });
  // Written as a policy document, percent-encoded.
  const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
  return { trustsEc2: trust.includes("ec2.amazonaws.com") };
}, isAbsent);

export const instanceProfiles: Asker<"instanceProfile"> = oneByOne(
  async ({ id }, clients, abortSignal) => {
    const { sdk, client } = await iamOf(clients);
    const command = new sdk.GetInstanceProfileCommand({ InstanceProfileName: lastOf(id) });
    const { InstanceProfile } = await client.send(command, { abortSignal });
    return { roles: (InstanceProfile?.Roles ?? []).map(({ Arn = "" }) => Arn) };
  },
  isAbsent,
);

export const policies: Asker<"policy"> = oneByOne(
  async ({ id: PolicyArn }, clients, abortSignal) => {
    const { sdk, client } = await iamOf(clients);
    await client.send(new sdk.GetPolicyCommand({ PolicyArn }), { abortSignal });
    return {};
  },
  isAbsent,
);

export const kmsKeys: Asker<"kmsKey"> = oneByOne(async ({ id: KeyId }, clients, abortSignal) => {
  const kms = await clients.get("kms", async (config) => {
    const sdk = await import("@aws-sdk/client-kms");
    return { sdk, client: new sdk.KMSClient(config) };
  });
  const command = new kms.sdk.DescribeKeyCommand({ KeyId });
  const { KeyMetadata } = await kms.client.send(command, { abortSignal });
  return { enabled: KeyMetadata?.Enabled ?? false };
}, isNamed("NotFoundException"));

/** Secrets and parameters; what is in them is measured here and goes no further. */
export const secrets: Asker<"secret"> = oneByOne(
  async ({ id }, clients, abortSignal) => {
    const isParameter = /^arn:[^:]*:ssm:/.test(id);
    const text = await (isParameter
      ? parameter(id, clients, abortSignal)
      : secret(id, clients, abortSignal));
    return { bytes: decodedLength(text) };
  },
  isNamed("ResourceNotFoundException", "ParameterNotFound"),
);

async function secret(SecretId: string, clients: Clients, abortSignal: AbortSignal) {
  const manager = await clients.get("secretsmanager", async (config) => {
    const sdk = await import("@aws-sdk/client-secrets-manager");
    return { sdk, client: new sdk.SecretsManagerClient(config) };
  });
  const command = new manager.sdk.GetSecretValueCommand({ SecretId });
  return (await manager.client.send(command, { abortSignal })).SecretString ?? "";
}

async function parameter(arn: string, clients: Clients, abortSignal: AbortSignal) {
  const ssm = await clients.get("ssm", async (config) => {
    const sdk = await import("@aws-sdk/client-ssm");
    return { sdk, client: new sdk.SSMClient(config) };
  });
  const command = new ssm.sdk.GetParameterCommand({ Name: arn, WithDecryption: true });
  return (await ssm.client.send(command, { abortSignal })).Parameter?.Value ?? "";
}

function decodedLength(text: string): number | undefined {
  const bare = text.replace(/\s/g, "");
  const isBase64 = bare.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(bare);
  return isBase64 ? Buffer.from(bare, "base64").length : undefined;
}

function lastOf(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}

export const capacityReservationGroups: Asker<"capacityReservationGroup"> = oneByOne(
  async ({ id: Group }, clients, abortSignal) => {
    const groups = await clients.get("resource-groups", async (config) => {
      const sdk = await import("@aws-sdk/client-resource-groups");
      return { sdk, client: new sdk.ResourceGroupsClient(config) };
    });
    const command = new groups.sdk.ListGroupResourcesCommand({ Group });
    const { Resources = [] } = await groups.client.send(command, { abortSignal });
    const arns = Resources.map(({ Identifier }) => Identifier?.ResourceArn ?? "");
    return {
      reservationIds: arns.filter((arn) => arn.includes(":capacity-reservation/")).map(lastOf),
    };
  },
  isNamed("NotFoundException"),
);

export const hostedZones: Asker<"hostedZone"> = oneByOne(
  async ({ id: Id }, clients, abortSignal) => {
    const route53 = await clients.get("route53", async (config) => {
      const sdk = await import("@aws-sdk/client-route-53");
      return { sdk, client: new sdk.Route53Client(config) };
    });
    const command = new route53.sdk.GetHostedZoneCommand({ Id });
    const { HostedZone, VPCs = [] } = await route53.client.send(command, { abortSignal });
    return {
      name: HostedZone?.Name ?? "",
      private: HostedZone?.Config?.PrivateZone ?? false,
      vpcIds: VPCs.map(({ VPCId = "" }) => VPCId),
    };
  },
  isNamed("NoSuchHostedZone", "InvalidInput"),
);
