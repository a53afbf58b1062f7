import type {
  CreateFleetCommandInput,
  Instance,
  RunInstancesCommandInput,
  Tag,
  TagSpecification,
} from "@aws-sdk/client-ec2";
import type { Call, ConditionKeys, Scope } from "../../contract.ts";
import { type LaunchRequest, withTemplate } from "./launch-request.ts";
import { type TemplateName, templateOf } from "./launch-templates.ts";
import type { Ec2State } from "./state.ts";
import type { Tagged } from "./table.ts";
import { tagConditions, tagsFor } from "./tags.ts";

type Resource = Scope["resources"][number];

/** What operations make, as ARNs of policies name it. */
const MADE: Readonly<Record<string, string>> = {
  AllocateAddress: "elastic-ip",
  CreateCapacityReservation: "capacity-reservation",
  CreateFleet: "fleet",
  CreateInternetGateway: "internet-gateway",
  CreateLaunchTemplate: "launch-template",
  CreateNatGateway: "natgateway",
  CreateNetworkInterface: "network-interface",
  CreatePlacementGroup: "placement-group",
  CreateRouteTable: "route-table",
  CreateSecurityGroup: "security-group",
  CreateSnapshot: "snapshot",
  CreateSubnet: "subnet",
  CreateVolume: "volume",
  CreateVpc: "vpc",
  CreateVpcEndpoint: "vpc-endpoint",
  ImportKeyPair: "key-pair",
};

interface NamedInput {
  readonly TagSpecifications?: readonly TagSpecification[];
  readonly Tags?: readonly Tag[];
  readonly GroupName?: string;
  readonly LaunchTemplateName?: string;
  readonly SubnetId?: string;
  readonly VpcId?: string;
}

/**
 * What a call is about, as AWS's service authorization reference lists it: what it names by id, with
 * its tags, and what it makes, with the tags that are asked for. Lists of everything are about `*`.
 */
export function scopeOf(state: Ec2State, operation: string, input: object): Scope {
  if (operation === "RunInstances") {
    const asked = input as RunInstancesCommandInput;
    return launchScope(state, withTemplate(state, asked), asked.LaunchTemplate);
  }
  if (operation === "CreateFleet") return fleetScope(state, input as CreateFleetCommandInput);
  if (operation.startsWith("Describe")) return { resources: ["*"] };
  const named = input as NamedInput;
  const made = MADE[operation];
  const resources: Resource[] = idsIn(input).map((id) => known(state, id));
  if (made !== undefined) {
    const name = made === "placement-group" ? (named.GroupName ?? "*") : "*";
    const place = placeOf(state, [named.SubnetId, named.VpcId]);
    resources.push(wanted(state, made, named.TagSpecifications, { name, place }));
  } else if (operation === "DeletePlacementGroup") {
    resources.push(groupResource(state, named.GroupName ?? ""));
  } else if (named.LaunchTemplateName !== undefined) {
    resources.push(known(state, templateOf(state, named).LaunchTemplateId ?? ""));
  }
  const conditions = named.Tags === undefined ? {} : requested(named.Tags);
  return { resources: resources.length === 0 ? ["*"] : resources, conditions };
}

/**
 * Of one launch: what is made, what it is made of, and where.
 *
 * @param template the launch template that the request came out of.
 */
export function launchScope(
  state: Ec2State,
  request: LaunchRequest,
  template?: TemplateName,
): Scope {
  const networks = request.NetworkInterfaces ?? [];
  const ids = [
    request.ImageId,
    request.SubnetId,
    ...(request.SecurityGroupIds ?? []),
    ...networks.flatMap((one) => [one.NetworkInterfaceId, one.SubnetId, ...(one.Groups ?? [])]),
    request.CapacityReservationSpecification?.CapacityReservationTarget?.CapacityReservationId,
    template && templateOf(state, template).LaunchTemplateId,
  ].filter((id) => id !== undefined);
  const specifications = request.TagSpecifications;
  const place = placeOf(state, ids);
  const makesInterface = networks.some((one) => one.NetworkInterfaceId === undefined);
  const resources: Resource[] = [
    wanted(state, "instance", specifications),
    wanted(state, "volume", specifications),
    ...(makesInterface || networks.length === 0
      ? [wanted(state, "network-interface", specifications, { place })]
      : []),
    ...[...new Set(ids)].map((id) => known(state, id)),
    ...(request.KeyName === undefined ? [] : [state.arn("key-pair", request.KeyName)]),
    ...(request.Placement?.GroupName === undefined
      ? []
      : [groupResource(state, request.Placement.GroupName)]),
  ];
  const { Arn, Name } = request.IamInstanceProfile ?? {};
  const profile = Arn ?? (Name && `arn:aws:iam::${state.region.account}:instance-profile/${Name}`);
  const conditions: ConditionKeys = {
    ...(request.InstanceType === undefined ? {} : { "ec2:InstanceType": request.InstanceType }),
    ...(profile ? { "ec2:InstanceProfile": profile } : {}),
    "ec2:MetadataHttpTokens": request.MetadataOptions?.HttpTokens ?? "optional",
    "ec2:InstanceMarketType": request.InstanceMarketOptions?.MarketType ?? "on-demand",
  };
  return { resources, conditions };
}

function fleetScope(state: Ec2State, input: CreateFleetCommandInput): Scope {
  const templates = (input.LaunchTemplateConfigs ?? []).map(
    ({ LaunchTemplateSpecification = {} }) =>
      known(state, templateOf(state, LaunchTemplateSpecification).LaunchTemplateId ?? ""),
  );
  return { resources: [wanted(state, "fleet", input.TagSpecifications), ...templates] };
}

/**
 * Whoever makes something with tags needs the right to tag it as well.
 *
 * @throws ServiceError `UnauthorizedOperation`
 */
export function authoriseTagging(
  state: Ec2State,
  call: Call,
  specifications: readonly TagSpecification[] = [],
  createAction = call.operation,
): void {
  for (const { ResourceType = "", Tags = [] } of specifications) {
    if (Tags.length === 0) continue;
    state.region.authorise(call, {
      actions: ["ec2:CreateTags"],
      resources: [arnOf(state, ResourceType, "*")],
      conditions: { "ec2:CreateAction": createAction, ...requested(Tags) },
    });
  }
}

function wanted(
  state: Ec2State,
  kind: string,
  specifications: readonly TagSpecification[] | undefined,
  { name = "*", place = {} }: { readonly name?: string; readonly place?: ConditionKeys } = {},
): Resource {
  const conditions = { ...place, ...requested(tagsFor(specifications, kind)) };
  return { arn: arnOf(state, kind, name), conditions };
}

/** Where something is made: in the first subnet that is named, or else in the VPC. */
function placeOf(state: Ec2State, ids: readonly (string | undefined)[]): ConditionKeys {
  const subnet = ids.map((id) => state.subnets.find(id)).find((row) => row !== undefined);
  if (subnet !== undefined) {
    return { ...ofVpc(state, subnet), "ec2:Subnet": state.arn("subnet", subnet.SubnetId ?? "") };
  }
  const vpc = ids.map((id) => state.vpcs.find(id)).find((row) => row !== undefined);
  return ofVpc(state, vpc);
}

function requested(tags: readonly Tag[]): ConditionKeys {
  if (tags.length === 0) return {};
  return {
    ...tagConditions(tags, "aws:RequestTag"),
    "aws:TagKeys": tags.map(({ Key = "" }) => Key),
  };
}

function known(state: Ec2State, id: string): Resource {
  const table = state.tables().find(({ kind }) => id.startsWith(`${kind.prefix}-`));
  if (table === undefined) return "*";
  const row = table.find(id);
  const own = { ...ofVpc(state, row), ...ofInstance(state.instances.find(id)) };
  return tagged(arnOf(state, table.kind.resource, id), row, own);
}

function ofInstance(row: Instance | undefined): ConditionKeys {
  const { InstanceType, IamInstanceProfile } = row ?? {};
  return {
    ...(InstanceType === undefined ? {} : { "ec2:InstanceType": InstanceType }),
    ...(IamInstanceProfile?.Arn === undefined
      ? {}
      : { "ec2:InstanceProfile": IamInstanceProfile.Arn }),
  };
}

/** The network that something is in. */
function ofVpc(state: Ec2State, row: object | undefined): ConditionKeys {
  const { VpcId } = (row ?? {}) as { readonly VpcId?: string };
  return VpcId === undefined ? {} : { "ec2:Vpc": state.arn("vpc", VpcId) };
}

function groupResource(state: Ec2State, name: string): Resource {
  const group = state.placementGroups.values().find(({ GroupName }) => GroupName === name);
  return tagged(state.arn("placement-group", name), group);
}

function tagged(arn: string, row: Tagged | undefined, more: ConditionKeys = {}): Resource {
  const tags = tagConditions(row?.Tags, "aws:ResourceTag");
  const own = Object.entries(tags).map(([key, value]) => [key.replace(/^aws:/, "ec2:"), value]);
  return { arn, conditions: { ...tags, ...Object.fromEntries(own), ...more } };
}

/** Images and snapshots may be anybody's: their ARNs name no account. */
function arnOf(state: Ec2State, kind: string, id: string): string {
  const arn = state.arn(kind, id);
  const isShared = kind === "image" || kind === "snapshot";
  return isShared ? arn.replace(`:${state.region.account}:`, "::") : arn;
}

/** Ids that a call names itself, in whatever field. */
function idsIn(input: object): string[] {
  return Object.values(input)
    .flat()
    .filter((value): value is string => typeof value === "string")
    .filter((text) => /^[a-z]+-0?[0-9a-f]{8,17}$/.test(text));
}
