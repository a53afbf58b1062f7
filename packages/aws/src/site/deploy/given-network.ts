import { type SiteConfig, SluiceError } from "@sluice/model";
import type { Clients } from "../../clients.ts";
import type { AccountPlace } from "../../infrastructure/deploy/account.ts";
import { parameterValues } from "../../infrastructure/deploy/parameters.ts";
import { ec2 } from "../../sdk.ts";
import type { GivenSiteNetwork } from "../synth/contract.ts";

/**
 * The network that a site file names, as the account has it; undefined where one is made.
 *
 * Errors: `SITE_NETWORK_OTHER` where the account has it otherwise, `RESOURCE_NOT_FOUND`.
 */
export async function givenNetwork(
  clients: Clients,
  place: AccountPlace,
  { Vpc }: SiteConfig,
): Promise<GivenSiteNetwork | undefined> {
  if (Vpc?.Id === undefined) return undefined;
  const vpcId = Vpc.Id;
  const subnets = await Promise.all(
    Vpc.Subnets.map(async ({ Zone: zone, SubnetId: subnetId }) => {
      // Asked one by one, so that the one which is missing is named.
      const found = await parameterValues(clients, place, [
        { name: "scheme", kind: "load-balancer-scheme", subnetId },
      ]);
      const { sdk, client } = await ec2(clients);
      const command = new sdk.DescribeSubnetsCommand({ SubnetIds: [subnetId] });
      const [row] = (await client.send(command)).Subnets ?? [];
      if (row?.VpcId !== vpcId) throw other(subnetId, `in ${row?.VpcId}, and not in ${vpcId}`);
      if (row.AvailabilityZone !== zone) {
        throw other(subnetId, `in ${row.AvailabilityZone}, and not in ${zone}`);
      }
      const isPublic = found.scheme === "internet-facing";
      return { zone, subnetId, cidr: row.CidrBlock ?? "", isPublic };
    }),
  );
  return {
    vpcId,
    subnets: subnets.map(({ isPublic: _, ...subnet }) => subnet),
    // A balancer that the world reaches in one zone only would lose it with that.
    isPublic: subnets.every(({ isPublic }) => isPublic),
  };
}

function other(subnet: string, where: string): SluiceError {
  return new SluiceError("SITE_NETWORK_OTHER", "user", `the subnet ${subnet} is ${where}`, {
    hint: "correct Vpc in the site file",
  });
}
