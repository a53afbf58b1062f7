import { aws } from "./texts.ts";

/** Facts by `kind id`; null for a thing that does not exist. What is not here is not known. */
export type Things = Readonly<Record<string, object | null>>;

export const A = "subnet-01234567";
export const B = "subnet-76543210";
export const AMI = "ami-01234567";
export const SG = "sg-01234567";
export const subnet = (facts: object = {}): object => ({
  vpcId: "vpc-1",
  zone: "eu-central-1a",
  cidr: "10.0.0.0/24",
  freeAddresses: 200,
  assignsPublicIp: false,
  ...facts,
});
export const NETWORK: Things = {
  [`subnet ${A}`]: subnet(),
  [`subnet ${B}`]: subnet({ zone: "eu-central-1b" }),
  "vpc vpc-1": { dnsSupport: true, dnsHostnames: true },
};
export const image = (facts: object = {}): object => ({
  architecture: "x86_64",
  state: "available",
  rootVolumeGiB: 30,
  tags: { "sluice:version": "1.0.0", "sluice:os": "alinux2023" },
  ...facts,
});
export const reservation = (facts: object = {}): object => ({
  instanceType: "c5.large",
  zone: "eu-central-1a",
  total: 10,
  placementGroupArn: undefined,
  state: "active",
  isBlock: false,
  ...facts,
});
export const group = (securityGroups: readonly string[], vpcId = "vpc-1"): object => {
  const rule = { protocol: "-1", fromPort: undefined, toPort: undefined, cidrs: [] };
  const rules = [{ ...rule, securityGroups }];
  return { vpcId, inbound: rules, outbound: rules };
};
export const refused = (code: string, message: string): object => ({
  allowed: false,
  code,
  message,
});

export const QUEUE = "Scheduling.SlurmQueues[0]";
export const RESOURCE = `${QUEUE}.ComputeResources[0]`;
export const SUBNETS = `${QUEUE}.Networking.SubnetIds`;
export const inImage = (parts: Parameters<typeof aws>[0]): string =>
  aws(parts).replace("Image: {Os: alinux2023}", `Image: {Os: alinux2023, CustomAmi: ${AMI}}`);
export const ID = "CapacityReservationTarget: {CapacityReservationId: cr-1}";
export const ARN = "arn:aws:resource-groups:eu-central-1:1:group/g";
export const POOL = `CapacityReservationTarget: {CapacityReservationResourceGroupArn: '${ARN}'}`;
export const inGroups = (keys: string): string =>
  aws({ resource: "InstanceType: c5n.18xlarge, Efa: {Enabled: true}" }).replace(
    `SubnetIds: [${A}]`,
    `SubnetIds: [${A}], ${keys}`,
  );
export const FUNCTIONS = `DeploymentSettings: {LambdaFunctionsVpcConfig: {SubnetIds: [${A}, ${B}], SecurityGroupIds: [${SG}]}}`;
export const placed = (keys: string): string =>
  `InstanceType: c5.large, ${ID}, Networking: {PlacementGroup: {${keys}}}`;
export const inside = { placementGroupArn: "arn:aws:ec2:eu-central-1:1:placement-group/mine" };

/** A file and an account in which a check with an account finds something. */
export interface OnlineCase {
  readonly name: string;
  readonly file: string;
  readonly things: Things;
  /** `LEVEL Id path`. */
  readonly finds: string;
  readonly says: RegExp;
}
