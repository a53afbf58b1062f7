import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DetachInternetGatewayCommand,
  DisassociateAddressCommand,
  EC2Client,
  ReleaseAddressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../eventually.ts";
import { type Ground, layGround } from "../../ground.ts";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

let region: Region;
let ground: Ground;
let ec2: EC2Client;

beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  ground = await layGround(region);
  const { name, endpoint, credentials } = region;
  ec2 = new EC2Client({ region: name, endpoint, credentials, maxAttempts: 1 });
});

afterEach(async () => {
  ec2.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

describe("a fixed network interface", () => {
  test("is one machine's at a time, and outlives it with its address", async () => {
    const { NetworkInterface } = await ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: ground.subnetIds[0],
        Groups: [ground.securityGroupId],
        PrivateIpAddress: "10.0.0.10",
      }),
    );
    const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId ?? "";
    const launch = (more: { Groups?: string[] } = {}) =>
      ec2.send(
        new RunInstancesCommand({
          ImageId: ground.imageId,
          InstanceType: "c5.large",
          MinCount: 1,
          MaxCount: 1,
          NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId, ...more }],
        }),
      );
    const status = async () => {
      const NetworkInterfaceIds = [NetworkInterfaceId];
      const command = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds });
      return (await ec2.send(command)).NetworkInterfaces?.[0]?.Status;
    };
    const [first] = (await launch()).Instances ?? [];
    expect(first?.PrivateIpAddress).toBe("10.0.0.10");
    expect(await status()).toBe("in-use");
    await expect(launch()).rejects.toMatchObject({ name: "InvalidNetworkInterface.InUse" });
    const Groups = [ground.securityGroupId];
    await expect(launch({ Groups })).rejects.toMatchObject({ name: "InvalidParameterCombination" });
    await expect(
      ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })),
    ).rejects.toMatchObject({ name: "InvalidNetworkInterface.InUse" });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [first?.InstanceId ?? ""] }));
    await eventually(async () => expect(await status()).toBe("available"));
    const [second] = (await launch()).Instances ?? [];
    expect(second?.PrivateIpAddress).toBe("10.0.0.10");
  });

  test("has an address of its subnet that nobody else has", async () => {
    const make = (PrivateIpAddress: string) =>
      ec2.send(
        new CreateNetworkInterfaceCommand({ SubnetId: ground.subnetIds[0], PrivateIpAddress }),
      );
    await make("10.0.0.9");
    await expect(make("10.0.0.9")).rejects.toMatchObject({ name: "InvalidIPAddress.InUse" });
    await expect(make("10.0.16.9")).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });
});

test("an address follows its interface, and the machine says so", async () => {
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      ImageId: ground.imageId,
      InstanceType: "c5.large",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: ground.subnetIds[0],
    }),
  );
  const InstanceId = Instances[0]?.InstanceId ?? "";
  const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({}));
  const { AssociationId } = await ec2.send(
    new AssociateAddressCommand({ AllocationId, InstanceId }),
  );
  const described = async () => {
    const command = new DescribeInstancesCommand({ InstanceIds: [InstanceId] });
    const [instance] = (await ec2.send(command)).Reservations?.[0]?.Instances ?? [];
    const [network] = instance?.NetworkInterfaces ?? [];
    return [instance?.PublicIpAddress, network?.Association?.PublicIp];
  };
  expect(await described()).toEqual([PublicIp, PublicIp]);
  await ec2.send(new DisassociateAddressCommand({ AssociationId }));
  expect(await described()).toEqual([undefined, undefined]);
  await ec2.send(new ReleaseAddressCommand({ AllocationId }));
});

test("a subnet gives what addresses it has, and says when there are too few", async () => {
  const { Subnet } = await region.call(CreateSubnetCommand, {
    VpcId: ground.vpcId,
    CidrBlock: "10.0.255.0/28",
    AvailabilityZone: "eu-central-1a",
  });
  const SubnetId = Subnet?.SubnetId;
  expect(Subnet?.AvailableIpAddressCount).toBe(11);
  const { imageId: ImageId } = ground;
  const run = (MinCount: number) =>
    ec2.send(
      new RunInstancesCommand({
        ImageId,
        InstanceType: "c5.large",
        MinCount,
        MaxCount: 12,
        SubnetId,
      }),
    );
  await expect(run(12)).rejects.toMatchObject({ name: "InsufficientFreeAddressesInSubnet" });
  const addresses = (await run(1)).Instances?.map((one) => one.PrivateIpAddress);
  expect(addresses).toEqual(Array.from({ length: 11 }, (_, at) => `10.0.255.${at + 4}`));
});

test("machines get several interfaces, of EFA too, where their type has them", async () => {
  const efa = (at: number) => ({
    DeviceIndex: at === 0 ? 0 : 1,
    NetworkCardIndex: at,
    InterfaceType: at === 0 ? "efa" : "efa-only",
    SubnetId: ground.subnetIds[0],
    Groups: [ground.securityGroupId],
  });
  const run = (InstanceType: "p4d.24xlarge" | "c5.large", cards: number) =>
    ec2.send(
      new RunInstancesCommand({
        ImageId: ground.imageId,
        InstanceType,
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: Array.from({ length: cards }, (_, at) => efa(at)),
      }),
    );
  const { Instances } = await run("p4d.24xlarge", 4);
  expect(Instances?.[0]?.NetworkInterfaces?.map((one) => one.InterfaceType)).toEqual([
    "efa",
    "efa-only",
    "efa-only",
    "efa-only",
  ]);
  await expect(run("c5.large", 1)).rejects.toMatchObject({ name: "InvalidParameterCombination" });
  await expect(run("p4d.24xlarge", 5)).rejects.toMatchObject({ name: "InvalidParameterValue" });
});

test("a network can only be taken down in the order of its dependencies", async () => {
  const { vpcId: VpcId, subnetIds, securityGroupId: GroupId } = ground;
  const gateway = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = gateway.InternetGateway?.InternetGatewayId ?? "";
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  const table = await ec2.send(new CreateRouteTableCommand({ VpcId }));
  const RouteTableId = table.RouteTable?.RouteTableId ?? "";
  const SubnetId = subnetIds[0] ?? "";
  await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
  const DestinationCidrBlock = "0.0.0.0/0";
  await ec2.send(
    new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, GatewayId: InternetGatewayId }),
  );
  const { AllocationId = "" } = await ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
  const nat = await ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId }));
  const NatGatewayId = nat.NatGateway?.NatGatewayId ?? "";

  const refusal = { name: "DependencyViolation" };
  await expect(ec2.send(new DeleteVpcCommand({ VpcId }))).rejects.toMatchObject(refusal);
  await expect(ec2.send(new DeleteSubnetCommand({ SubnetId }))).rejects.toMatchObject(refusal);
  await expect(
    ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId })),
  ).rejects.toMatchObject(refusal);
  await expect(
    ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId })),
  ).rejects.toMatchObject(refusal);
  await expect(ec2.send(new ReleaseAddressCommand({ AllocationId }))).rejects.toMatchObject({
    name: "InvalidIPAddress.InUse",
  });

  await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }));
  await ec2.send(new ReleaseAddressCommand({ AllocationId }));
  await ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
  for (const id of subnetIds) await ec2.send(new DeleteSubnetCommand({ SubnetId: id }));
  const Filters = [{ Name: "vpc-id", Values: [VpcId] }];
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
  expect(RouteTables.map(({ Associations = [] }) => Associations.length)).toEqual([1, 0]);
  await region.call(DeleteSecurityGroupCommand, { GroupId });
  await expect(ec2.send(new DeleteVpcCommand({ VpcId }))).rejects.toMatchObject(refusal);
});

test("security groups hold rules one by one, and each other", async () => {
  const { securityGroupId: GroupId, vpcId } = ground;
  const allow = (IpPermissions: object[]) =>
    ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  const nfs = { IpProtocol: "tcp", FromPort: 2049, ToPort: 2049, UserIdGroupPairs: [{ GroupId }] };
  await allow([nfs]);
  await expect(allow([nfs])).rejects.toMatchObject({ name: "InvalidPermission.Duplicate" });
  const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  expect(SecurityGroups.map((group) => [group.GroupName, group.IpPermissions?.length])).toEqual([
    ["default", 1],
    ["machines", 1],
  ]);
  const other = SecurityGroups.find(({ GroupName }) => GroupName === "default")?.GroupId ?? "";
  await region.call(AuthorizeSecurityGroupIngressCommand, {
    GroupId: other,
    IpPermissions: [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId }] }],
  });
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId }))).rejects.toMatchObject({
    name: "DependencyViolation",
  });
});
