import type {
  AutoScalingGroup,
  CreateAutoScalingGroupCommandInput,
  Tag,
  TagDescription,
} from "@aws-sdk/client-auto-scaling";
import { type Call, type Scope, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { authoriseTagging, launchScope } from "../ec2/authorise.ts";
import { type LaunchRequest, withTemplate } from "../ec2/launch-request.ts";
import { profileOf } from "../ec2/profiles.ts";
import { Group, noMember } from "./group.ts";
import { launchInput } from "./launch-input.ts";

/** All groups, by name. */
export class Groups {
  readonly region: Region;
  readonly #byName = new Map<string, Group>();

  constructor(region: Region) {
    this.region = region;
    const stopListening = region.ec2.instances.onChange(({ id }) => {
      for (const group of this.#byName.values()) if (group.has(id)) group.look();
    });
    region.onClose(() => {
      stopListening();
      for (const group of this.#byName.values()) group.close();
    });
  }

  values(): Group[] {
    return [...this.#byName.values()];
  }

  find(name: string | undefined): Group | undefined {
    return this.#byName.get(name ?? "");
  }

  get(name: string | undefined): Group {
    const group = this.find(name);
    if (group !== undefined) return group;
    throw invalid(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
  }

  /** The group that a machine is of. */
  of(instanceId: string | undefined): Group {
    const group = this.values().find((one) => one.has(instanceId));
    if (group === undefined) throw noMember(instanceId ?? "");
    return group;
  }

  add(row: AutoScalingGroup): Group {
    const group = new Group(this.region, row, ({ name }) => this.#byName.delete(name));
    this.#byName.set(group.name, group);
    return group;
  }

  remove(group: Group): void {
    group.close();
    this.#byName.delete(group.name);
  }

  arn(name: string, id: string): string {
    const { name: region, account } = this.region;
    return `arn:aws:autoscaling:${region}:${account}:autoScalingGroup:${id}:autoScalingGroupName/${name}`;
  }

  scopeOf(input: object): Scope {
    const asked = input as {
      readonly AutoScalingGroupName?: string;
      readonly InstanceId?: string;
      readonly Tags?: readonly Tag[];
    };
    const group =
      this.find(asked.AutoScalingGroupName ?? asked.Tags?.[0]?.ResourceId) ??
      this.values().find((one) => one.has(asked.InstanceId));
    const name = group?.name ?? asked.AutoScalingGroupName;
    if (name === undefined) return { resources: ["*"] };
    const own = group?.row.Tags?.flatMap(({ Key, Value = "" }) => [
      [`aws:ResourceTag/${Key}`, Value],
      [`autoscaling:ResourceTag/${Key}`, Value],
    ]);
    const requested = asked.Tags?.map(({ Key, Value = "" }) => [`aws:RequestTag/${Key}`, Value]);
    return {
      resources: [group?.row.AutoScalingGroupARN ?? this.arn(name, "*")],
      conditions: Object.fromEntries([...(own ?? []), ...(requested ?? [])]),
    };
  }
}

export function tagRows(name: string, tags: readonly Tag[]): TagDescription[] {
  return tags.map(({ Key, Value, PropagateAtLaunch = false }) => ({
    ResourceId: name,
    ResourceType: "auto-scaling-group",
    Key,
    Value,
    PropagateAtLaunch,
  }));
}

type Places = Pick<CreateAutoScalingGroupCommandInput, "AvailabilityZones" | "VPCZoneIdentifier">;

/** The zones, which are those of the subnets when there are subnets. */
export function placesOf(
  groups: Groups,
  { AvailabilityZones, VPCZoneIdentifier = "" }: Places,
): { readonly AvailabilityZones: string[]; readonly VPCZoneIdentifier: string } {
  const { subnets } = groups.region.ec2.state;
  const ids = VPCZoneIdentifier.split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
  const absent = ids.filter((id) => subnets.find(id) === undefined);
  if (absent.length > 0) throw invalid(`The subnet ID '${absent.join(",")}' does not exist`);
  const zones = ids.map((id) => subnets.get(id).AvailabilityZone ?? "");
  const unknown = AvailabilityZones?.find(
    (zone) => !groups.region.zones.some((one) => one === zone),
  );
  if (unknown !== undefined) throw invalid(`Invalid Availability Zones: [${unknown}]`);
  if (ids.length === 0 && (AvailabilityZones ?? []).length === 0) {
    throw invalid("At least one Availability Zone or VPC Subnet is required.");
  }
  return {
    AvailabilityZones: ids.length === 0 ? (AvailabilityZones ?? []) : [...new Set(zones)],
    VPCZoneIdentifier: ids.join(","),
  };
}

export function checkSizes({
  MinSize = 0,
  MaxSize = 0,
  DesiredCapacity = 0,
}: AutoScalingGroup): void {
  if (MinSize > MaxSize)
    throw invalid(`Max bound, ${MaxSize}, must be greater than or equal to min bound, ${MinSize}`);
  if (DesiredCapacity < MinSize || DesiredCapacity > MaxSize) {
    throw invalid(
      `Desired capacity:${DesiredCapacity} must be between the specified min size:${MinSize} and max size:${MaxSize}`,
    );
  }
}

/**
 * Whoever gives a group its launch template must have the right to launch by it.
 *
 * @throws ServiceError when there is no such template, or the caller may not use it.
 */
export async function checkTemplate(
  region: Region,
  row: AutoScalingGroup,
  call: Call,
): Promise<void> {
  const { state } = region.ec2;
  try {
    const input = launchInput(region, row, row.AvailabilityZones?.[0] ?? "");
    const request = withTemplate(state, input);
    checkInterfaces(request, row);
    const scope = launchScope(state, request, input.LaunchTemplate);
    region.authorise(call, { ...scope, actions: ["ec2:RunInstances"] });
    authoriseTagging(state, call, request.TagSpecifications, "RunInstances");
    await profileOf(state, request.IamInstanceProfile, call);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === "InvalidQueryParameter") throw error;
    if (error.code !== "AccessDenied") throw invalid(error.message);
    throw new ServiceError(
      "AccessDenied",
      `You are not authorized to use launch template: ${error.message}`,
      403,
    );
  }
}

/** Groups look at a template's interfaces before they launch anything by it. */
function checkInterfaces(
  { NetworkInterfaces: networks = [], SecurityGroupIds }: LaunchRequest,
  row: AutoScalingGroup,
): void {
  if (networks.length > 0 && SecurityGroupIds !== undefined) {
    throw new ServiceError(
      "InvalidQueryParameter",
      "Invalid launch template: When a network interface is provided, the security groups must be a part of it.",
    );
  }
  const isGiven = networks.some(({ NetworkInterfaceId }) => NetworkInterfaceId !== undefined);
  if (isGiven && row.VPCZoneIdentifier !== "") {
    throw invalid(
      "You must use a valid fully-formed launch template. A network interface may not specify both a network interface ID and a subnet ID",
    );
  }
}

export function invalid(message: string): ServiceError {
  return new ServiceError("ValidationError", message);
}
