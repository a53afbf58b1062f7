import {
  DescribeAddressesCommand,
  DescribeCapacityReservationsCommand,
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeKeyPairsCommand,
  DescribePlacementGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-ec2";
import type { AccountFacts } from "@sluice/model";
import { type Asker, answersById, inBatches, oneByOne } from "./answer.ts";
import { isNamed } from "./refusal.ts";

export const keyPairs: Asker<"keyPair"> = async (questions, clients, abortSignal) => {
  const ec2 = await clients.ec2();
  const known = await inBatches(idsOf(questions), async (Values) => {
    const command = new DescribeKeyPairsCommand({ Filters: [{ Name: "key-name", Values }] });
    return (await ec2.send(command, { abortSignal })).KeyPairs ?? [];
  });
  return answersById(questions, new Map(known.map(({ KeyName = "" }) => [KeyName, {}])));
};

export const images: Asker<"image"> = async (questions, clients, abortSignal) => {
  const ec2 = await clients.ec2();
  const known = await inBatches(idsOf(questions), async (Values) => {
    const command = new DescribeImagesCommand({ Filters: [{ Name: "image-id", Values }] });
    return (await ec2.send(command, { abortSignal })).Images ?? [];
  });
  const facts = new Map<string, AccountFacts["image"]>();
  for (const image of known) {
    const root = image.BlockDeviceMappings?.find(
      ({ DeviceName }) => DeviceName === image.RootDeviceName,
    );
    facts.set(image.ImageId ?? "", {
      architecture: image.Architecture?.startsWith("arm64") ? "arm64" : "x86_64",
      state: image.State ?? "unknown",
      rootVolumeGiB: root?.Ebs?.VolumeSize,
      tags: Object.fromEntries((image.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
    });
  }
  return answersById(questions, facts);
};

export const instanceTypes: Asker<"instanceType"> = async (questions, clients, abortSignal) => {
  const ec2 = await clients.ec2();
  const known = await inBatches(idsOf(questions), async (Values) => {
    const command = new DescribeInstanceTypesCommand({
      Filters: [{ Name: "instance-type", Values }],
    });
    return (await ec2.send(command, { abortSignal })).InstanceTypes ?? [];
  });
  const zones = new Map<string, string[]>();
  for (const { InstanceType = "", Location = "" } of await inBatches(
    idsOf(questions),
    async (Values) => {
      const command = new DescribeInstanceTypeOfferingsCommand({
        LocationType: "availability-zone",
        Filters: [{ Name: "instance-type", Values }],
      });
      return (await ec2.send(command, { abortSignal })).InstanceTypeOfferings ?? [];
    },
  )) {
    zones.set(InstanceType, [...(zones.get(InstanceType) ?? []), Location]);
  }
  const facts = new Map(
    known.map(({ InstanceType = "", MemoryInfo }) => [
      String(InstanceType),
      {
        zones: (zones.get(InstanceType) ?? []).sort(),
        memoryMiB: MemoryInfo?.SizeInMiB ?? 0,
      },
    ]),
  );
  return answersById(questions, facts);
};

export const elasticIps: Asker<"elasticIp"> = async (questions, clients, abortSignal) => {
  const ec2 = await clients.ec2();
  const known = await inBatches(idsOf(questions), async (Values) => {
    const command = new DescribeAddressesCommand({ Filters: [{ Name: "allocation-id", Values }] });
    return (await ec2.send(command, { abortSignal })).Addresses ?? [];
  });
  const facts = new Map(
    known.map(({ AllocationId = "", AssociationId }) => [
      AllocationId,
      { associated: AssociationId !== undefined },
    ]),
  );
  return answersById(questions, facts);
};

/** Asked by name, or by an id that begins with `pg-`. */
export const placementGroups: Asker<"placementGroup"> = async (questions, clients, abortSignal) => {
  const ec2 = await clients.ec2();
  const facts = new Map<string, AccountFacts["placementGroup"]>();
  for (const name of ["group-name", "group-id"] as const) {
    const ids = idsOf(questions).filter((id) => id.startsWith("pg-") === (name === "group-id"));
    const known = await inBatches(ids, async (Values) => {
      const command = new DescribePlacementGroupsCommand({ Filters: [{ Name: name, Values }] });
      return (await ec2.send(command, { abortSignal })).PlacementGroups ?? [];
    });
    for (const group of known) {
      facts.set((name === "group-id" ? group.GroupId : group.GroupName) ?? "", {
        strategy: group.Strategy ?? "unknown",
        state: group.State ?? "unknown",
      });
    }
  }
  return answersById(questions, facts);
};

export const capacityReservations: Asker<"capacityReservation"> = oneByOne(
  async ({ id }, clients, abortSignal) => {
    const ec2 = await clients.ec2();
    const command = new DescribeCapacityReservationsCommand({ CapacityReservationIds: [id] });
    const [one] = (await ec2.send(command, { abortSignal })).CapacityReservations ?? [];
    if (one === undefined) return undefined;
    return {
      instanceType: one.InstanceType ?? "",
      zone: one.AvailabilityZone ?? "",
      total: one.TotalInstanceCount ?? 0,
      placementGroupArn: one.PlacementGroupArn,
      state: one.State ?? "unknown",
      isBlock: one.ReservationType === "capacity-block",
    };
  },
  isNamed("NotFound", "Malformed"),
);

export const volumes: Asker<"volume"> = async (questions, clients, abortSignal) => {
  const ec2 = await clients.ec2();
  const known = await inBatches(idsOf(questions), async (Values) => {
    const command = new DescribeVolumesCommand({ Filters: [{ Name: "volume-id", Values }] });
    return (await ec2.send(command, { abortSignal })).Volumes ?? [];
  });
  const facts = new Map(
    known.map(({ VolumeId = "", AvailabilityZone = "", Size = 0, State = "unknown" }) => [
      VolumeId,
      { zone: AvailabilityZone, sizeGiB: Size, state: String(State) },
    ]),
  );
  return answersById(questions, facts);
};

export const snapshots: Asker<"snapshot"> = async (questions, clients, abortSignal) => {
  const ec2 = await clients.ec2();
  const known = await inBatches(idsOf(questions), async (Values) => {
    const command = new DescribeSnapshotsCommand({ Filters: [{ Name: "snapshot-id", Values }] });
    return (await ec2.send(command, { abortSignal })).Snapshots ?? [];
  });
  const facts = new Map(
    known.map(({ SnapshotId = "", VolumeSize = 0, State = "unknown" }) => [
      SnapshotId,
      { sizeGiB: VolumeSize, state: String(State) },
    ]),
  );
  return answersById(questions, facts);
};

export function idsOf(questions: readonly { readonly id: string }[]): string[] {
  return [...new Set(questions.map(({ id }) => id))];
}
