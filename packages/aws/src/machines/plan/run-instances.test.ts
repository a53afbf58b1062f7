import type { LaunchRequest, Market } from "@sluice/cloud";
import type { ClusterConfig } from "@sluice/model";
import { describe, expect, test } from "vitest";
import { FACTS } from "../testing/facts.ts";
import { queueFile } from "../testing/world.ts";
import { batchesOf } from "./batch.ts";
import { createFleetInput, launchTemplateData } from "./create-fleet.ts";
import type { LaunchGround } from "./launch-content.ts";
import { runInstancesInput } from "./run-instances.ts";
import { groupOf, imageOf, securityGroupsOf, subnetsOf, wantedOf } from "./wanted.ts";

const POOL = { queue: "q", computeResource: "c" };

function groundOf(config: ClusterConfig, more: Partial<LaunchGround> = {}): LaunchGround {
  const wanted = wantedOf(config, POOL);
  if (wanted === undefined) throw new Error("no such pool");
  return { config, facts: FACTS, wanted, imageId: "ami-1", rootDevice: "/dev/xvda", ...more };
}

function request(more: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    token: "t",
    node: "q-dy-c-1",
    pool: POOL,
    offering: { instanceType: "c5.large", zone: "eu-central-1a", market: "on-demand" },
    userData: "#!/bin/sh\ntrue\n",
    tags: {},
    ...more,
  };
}

/** What RunInstances is sent for two machines. */
function input(
  resource: string,
  { queue = "", file = "", type = "c5.large", market = "on-demand" as Market, ground = {} } = {},
) {
  const config = queueFile(`${queue} ComputeResources: [{Name: c, ${resource}}]`, file);
  const offering = { instanceType: type, zone: "eu-central-1a", market };
  const [batch] = batchesOf([request({ offering }), request({ offering, token: "u" })], {
    atomic: false,
  });
  if (batch === undefined) throw new Error("no batch");
  const call = { id: "batch", subnetId: "subnet-a", atomic: false };
  return runInstancesInput(groundOf(config, ground), batch, call);
}

describe("a launch", () => {
  test("has all in one call, by default", () => {
    const { TagSpecifications, ...rest } = input("InstanceType: c5.large");
    expect(TagSpecifications?.map(({ ResourceType }) => ResourceType)).toEqual([
      "instance",
      "volume",
      "network-interface",
    ]);
    expect(rest).toEqual({
      ClientToken: "batch",
      MinCount: 1,
      MaxCount: 2,
      InstanceType: "c5.large",
      ImageId: "ami-1",
      IamInstanceProfile: { Name: "compute" },
      UserData: Buffer.from("#!/bin/sh\ntrue\n").toString("base64"),
      InstanceInitiatedShutdownBehavior: "terminate",
      MetadataOptions: {
        HttpEndpoint: "enabled",
        HttpTokens: "required",
        HttpPutResponseHopLimit: 1,
      },
      NetworkInterfaces: [
        { DeviceIndex: 0, Groups: ["sg-compute"], DeleteOnTermination: true, SubnetId: "subnet-a" },
      ],
      BlockDeviceMappings: [
        {
          DeviceName: "/dev/xvda",
          Ebs: { DeleteOnTermination: true, Encrypted: true, VolumeType: "gp3" },
        },
      ],
    });
  });

  test("asks for a spot machine once, and pays no more than the file says", () => {
    const given = input("InstanceType: c5.large, SpotPrice: 0.07", {
      queue: "CapacityType: SPOT,",
      market: "spot",
    });
    expect(given.InstanceMarketOptions).toEqual({
      MarketType: "spot",
      SpotOptions: {
        SpotInstanceType: "one-time",
        InstanceInterruptionBehavior: "terminate",
        MaxPrice: "0.07",
      },
    });
    expect(input("InstanceType: c5.large").InstanceMarketOptions).toBeUndefined();
  });

  test("comes out of the reservation, but not where it is the fallback", () => {
    const target = "CapacityReservationTarget: {CapacityReservationId: cr-0a}";
    const resource = `InstanceType: c5.large, ${target}`;
    expect(input(resource, { market: "reserved" })).toMatchObject({
      CapacityReservationSpecification: {
        CapacityReservationTarget: { CapacityReservationId: "cr-0a" },
      },
    });
    expect(input(resource, { market: "block" })).toMatchObject({
      InstanceMarketOptions: { MarketType: "capacity-block" },
      CapacityReservationSpecification: {
        CapacityReservationTarget: { CapacityReservationId: "cr-0a" },
      },
    });
    expect(input(resource).CapacityReservationSpecification).toBeUndefined();
  });

  test("with EFA has an interface for each network card, and no public address", () => {
    const queue = "Networking: {AssignPublicIp: true},";
    const efa = input("InstanceType: p4d.24xlarge, Efa: {Enabled: true}", {
      queue,
      type: "p4d.24xlarge",
    });
    expect(efa.NetworkInterfaces).toMatchObject([
      { DeviceIndex: 0, NetworkCardIndex: 0, InterfaceType: "efa" },
      { DeviceIndex: 1, NetworkCardIndex: 1, InterfaceType: "efa-only" },
      { DeviceIndex: 1, NetworkCardIndex: 2, InterfaceType: "efa-only" },
      { DeviceIndex: 1, NetworkCardIndex: 3, InterfaceType: "efa-only" },
    ]);
    expect(JSON.stringify(efa)).not.toContain("AssociatePublicIpAddress");
    const routed = input("InstanceType: p4d.24xlarge, Efa: {Enabled: true}", {
      type: "p4d.24xlarge",
      file: "DevSettings: {EfaInterfaceType: efa}",
    });
    expect(routed.NetworkInterfaces?.map(({ InterfaceType }) => InterfaceType)).toEqual(
      Array.from({ length: 4 }, () => "efa"),
    );
    const plain = input("InstanceType: p4d.24xlarge", { queue, type: "p4d.24xlarge" });
    expect(plain.NetworkInterfaces).toMatchObject([
      { DeviceIndex: 0, AssociatePublicIpAddress: true },
    ]);
    expect(plain.NetworkInterfaces).toHaveLength(1);
  });

  test("has one thread a core where the file wants it and the machine has more", () => {
    const one = "DisableSimultaneousMultithreading: true";
    expect(input(`InstanceType: c5.xlarge, ${one}`, { type: "c5.xlarge" }).CpuOptions).toEqual({
      CoreCount: 2,
      ThreadsPerCore: 1,
    });
    const arm = input(`InstanceType: c7g.xlarge, ${one}`, { type: "c7g.xlarge" });
    expect(arm.CpuOptions).toBeUndefined();
  });

  test("has the disks of the file, and those of old types that have to be asked for", () => {
    const queue =
      "ComputeSettings: {LocalStorage: {RootVolume: {VolumeType: gp3, Size: 50, Iops: 4000, Throughput: 250, Encrypted: false}}},";
    expect(input("InstanceType: c5.large", { queue }).BlockDeviceMappings).toEqual([
      {
        DeviceName: "/dev/xvda",
        Ebs: {
          DeleteOnTermination: true,
          Encrypted: false,
          VolumeType: "gp3",
          VolumeSize: 50,
          Iops: 4000,
          Throughput: 250,
        },
      },
    ]);
    const old = input("InstanceType: c3.large", { type: "c3.large" });
    expect(old.BlockDeviceMappings?.[1]).toEqual({
      DeviceName: "/dev/xvdba",
      VirtualName: "ephemeral0",
    });
  });

  test("follows the file in the rest", () => {
    const queue =
      "Iam: {InstanceProfile: 'arn:aws:iam::123456789012:instance-profile/own'}, Networking: {AdditionalSecurityGroups: [sg-0123456789abcdef0]},";
    const file = "Monitoring: {DetailedMonitoring: true}\nImds: {ImdsSupport: v1.0}";
    const given = input("InstanceType: c5.large", { queue, file, ground: { group: "close" } });
    expect(given).toMatchObject({
      IamInstanceProfile: { Arn: "arn:aws:iam::123456789012:instance-profile/own" },
      MetadataOptions: { HttpTokens: "optional" },
      Monitoring: { Enabled: true },
      Placement: { GroupName: "close" },
      NetworkInterfaces: [{ Groups: ["sg-compute", "sg-0123456789abcdef0"] }],
    });
  });

  test("takes the interfaces of a template of one's own, in our subnet", () => {
    const given = input("InstanceType: c5.large", {
      ground: { givenInterfaces: [{ DeviceIndex: 0, InterfaceType: "efa", Groups: ["sg-own"] }] },
    });
    expect(given.NetworkInterfaces).toEqual([
      { DeviceIndex: 0, InterfaceType: "efa", Groups: ["sg-own"], SubnetId: "subnet-a" },
    ]);
  });
});

describe("a fleet", () => {
  const config = (strategy: string, market = "SPOT") =>
    queueFile(
      `CapacityType: ${market}, AllocationStrategy: ${strategy}, ComputeResources: [{Name: c, SpotPrice: 0.5, Instances: [{InstanceType: c5.large}, {InstanceType: m5.large}]}]`,
    );
  const [batch] = batchesOf(
    [
      request({
        offering: { instanceType: "c5.large", zone: "eu-central-1a", market: "spot" },
        alternatives: [{ instanceType: "m5.large", zone: "eu-central-1b", market: "spot" }],
      }),
    ],
    { atomic: true },
  );
  if (batch === undefined) throw new Error("no batch");
  const call = {
    id: "batch",
    template: { name: "template" },
    subnetIds: new Map([
      ["eu-central-1a", "subnet-a"],
      ["eu-central-1b", "subnet-b"],
    ]),
    atomic: true,
  };

  test("names each choice with its subnet and its price", () => {
    const given = createFleetInput(groundOf(config("price-capacity-optimized")), batch, call);
    expect(given.LaunchTemplateConfigs?.[0]?.Overrides).toEqual([
      { InstanceType: "c5.large", SubnetId: "subnet-a", Priority: 0, MaxPrice: "0.5" },
      { InstanceType: "m5.large", SubnetId: "subnet-b", Priority: 1, MaxPrice: "0.5" },
    ]);
    expect(given.SpotOptions).toEqual({
      AllocationStrategy: "price-capacity-optimized",
      InstanceInterruptionBehavior: "terminate",
      SingleAvailabilityZone: true,
      MinTargetCapacity: 1,
    });
    expect(given.TargetCapacitySpecification).toMatchObject({
      TotalTargetCapacity: 1,
      DefaultTargetCapacityType: "spot",
    });
  });

  test("carries all tags of its machines, which its template has not", () => {
    const { TagSpecifications = [] } = createFleetInput(
      groundOf(config("price-capacity-optimized")),
      batch,
      call,
    );
    const [machines, fleet] = TagSpecifications;
    expect(machines?.ResourceType).toBe("instance");
    expect(machines?.Tags).toContainEqual({ Key: "sluice:batch", Value: "batch" });
    expect(machines?.Tags).toContainEqual({ Key: "sluice:cluster-id", Value: "0a1b2c3d" });
    expect(machines?.Tags).toContainEqual({ Key: "sluice:role", Value: "compute" });
    expect(fleet).toEqual({
      ResourceType: "fleet",
      Tags: [
        { Key: "sluice:cluster-name", Value: "c" },
        { Key: "sluice:cluster-id", Value: "0a1b2c3d" },
      ],
    });
  });

  test("has in its template what is the same for all, and no subnet", () => {
    const data = launchTemplateData(groundOf(config("price-capacity-optimized")), batch);
    expect(data.NetworkInterfaces).toEqual([
      { DeviceIndex: 0, Groups: ["sg-compute"], DeleteOnTermination: true },
    ]);
    expect(data).not.toHaveProperty("InstanceType");
    expect(data.TagSpecifications?.map(({ ResourceType }) => ResourceType)).toEqual([
      "volume",
      "network-interface",
    ]);
  });
});

describe("requests", () => {
  test("that are alike are one call, and no more than 500 unless all or nothing", () => {
    const many = Array.from({ length: 1201 }, (_, index) => request({ token: `t${index}` }));
    const sizes = (atomic: boolean) =>
      batchesOf(many, { atomic }).map((batch) => batch.requests.length);
    expect(sizes(false)).toEqual([500, 500, 201]);
    expect(sizes(true)).toEqual([1201]);
  });

  test("that differ in anything are calls of their own", () => {
    const differing = [
      request(),
      request({ userData: "other" }),
      request({ tags: { a: "b" } }),
      request({ pool: { ...POOL, queue: "r" } }),
      request({ offering: { ...request().offering, market: "spot" } }),
      request({ alternatives: [request().offering] }),
    ];
    expect(batchesOf(differing, { atomic: true })).toHaveLength(differing.length);
    expect(
      batchesOf([request({ tags: { a: "1", b: "2" } }), request({ tags: { b: "2", a: "1" } })], {
        atomic: true,
      }),
    ).toHaveLength(1);
  });
});

describe("what a queue says counts more than the cluster", () => {
  const of = (queue: string, resource = "InstanceType: c5.large", file = "") => {
    const config = queueFile(`${queue} ComputeResources: [{Name: c, ${resource}}]`, file);
    const wanted = wantedOf(config, POOL);
    if (wanted === undefined) throw new Error("no such pool");
    return { config, wanted };
  };

  test("in images", () => {
    const ami = "Image: {CustomAmi: ami-0123456789abcdef0},";
    const { config, wanted } = of(ami);
    expect(imageOf(wanted, config, FACTS, "x86_64")).toBe("ami-0123456789abcdef0");
    const plain = of("");
    expect(imageOf(plain.wanted, plain.config, FACTS, "arm64")).toBe("ami-arm");
    expect(imageOf(plain.wanted, plain.config, FACTS, "riscv")).toBeUndefined();
  });

  test("in security groups and subnets", () => {
    const own = "Networking: {SecurityGroups: [sg-0123456789abcdef0]},";
    expect(securityGroupsOf(of(own).wanted, FACTS)).toEqual(["sg-0123456789abcdef0"]);
    expect(subnetsOf(of(own).wanted, FACTS)).toEqual(["subnet-a", "subnet-b"]);
  });

  test("in placement groups, which are ours where none is named", () => {
    const groups = (text: string) =>
      groupOf(of(`Networking: {PlacementGroup: {${text}}},`).wanted, FACTS, "eu-central-1a");
    expect(groups("Enabled: true")).toEqual({
      name: "sluice-c-0a1b2c3d-q-c-eu-central-1a",
      isOurs: true,
    });
    expect(groups("Name: theirs")).toEqual({ name: "theirs", isOurs: false });
    expect(groups("Enabled: false")).toBeUndefined();
  });

  test("a compute resource that the file has no more is none", () => {
    expect(wantedOf(of("").config, { queue: "q", computeResource: "gone" })).toBeUndefined();
  });
});
