import type { InstanceNetworkInterfaceSpecification } from "@aws-sdk/client-ec2";
import type { ClusterConfig, Ec2InstanceType } from "@sluice/model";
import type { Wanted } from "./wanted.ts";

/** Of several types, what all of them have. */
export type NetworkFacts = Pick<Ec2InstanceType, "networkCards" | "efaInterfaces">;

/**
 * The network interfaces of a machine: one, or with EFA one for each network card. Those beyond the
 * first carry no IP traffic, which a distribution would have to be told how to route, unless the
 * file wants them to.
 *
 * A public address can be asked for only where there is one interface ("RunInstances",
 * AssociatePublicIpAddress).
 *
 * @param subnetId undefined in a launch template, whose fleet names the subnets.
 */
export function networkInterfaces(
  { queue, resource }: Wanted,
  { DevSettings }: Pick<ClusterConfig, "DevSettings">,
  type: NetworkFacts | undefined,
  groups: readonly string[],
  subnetId: string | undefined,
): InstanceNetworkInterfaceSpecification[] {
  const efa = resource.Efa?.Enabled === true ? (type?.efaInterfaces ?? 1) : 0;
  const count = Math.max(1, Math.min(efa, type?.networkCards ?? 1));
  const others = DevSettings?.EfaInterfaceType ?? "efa-only";
  const isPublic = queue.Networking?.AssignPublicIp;
  return Array.from({ length: count }, (_, card) => ({
    DeviceIndex: card === 0 ? 0 : 1,
    ...(count === 1 ? {} : { NetworkCardIndex: card }),
    ...(efa === 0 ? {} : { InterfaceType: card === 0 ? "efa" : others }),
    Groups: [...groups],
    DeleteOnTermination: true,
    ...(subnetId === undefined ? {} : { SubnetId: subnetId }),
    ...(count > 1 || isPublic === undefined ? {} : { AssociatePublicIpAddress: isPublic }),
  }));
}

/** Those of a launch template of one's own, in the subnet and groups of the queue where it has none. */
export function givenInterfaces(
  given: readonly InstanceNetworkInterfaceSpecification[],
  groups: readonly string[],
  subnetId: string | undefined,
): InstanceNetworkInterfaceSpecification[] {
  return given.map((one) => ({
    ...one,
    ...(subnetId === undefined ? {} : { SubnetId: subnetId }),
    Groups: one.Groups === undefined || one.Groups.length === 0 ? [...groups] : one.Groups,
  }));
}
