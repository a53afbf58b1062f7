import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  ModifyVolumeCommand,
  type Snapshot,
  type Volume,
} from "@aws-sdk/client-ec2";
import { handle, ServiceError } from "../../contract.ts";
import { described, type Filters, fields } from "./describe.ts";
import type { Instances } from "./instances.ts";
import type { Ec2State, Operations } from "./state.ts";
import { tagsFor } from "./tags.ts";

const VOLUME_FILTERS: Filters<Volume> = {
  ...fields<Volume>(
    "VolumeId",
    "AvailabilityZone",
    "Size",
    "SnapshotId",
    "VolumeType",
    "Encrypted",
  ),
  status: ({ State }) => State,
  "attachment.instance-id": ({ Attachments = [] }) => Attachments.map((one) => one.InstanceId),
  "attachment.device": ({ Attachments = [] }) => Attachments.map(({ Device }) => Device),
  "attachment.status": ({ Attachments = [] }) => Attachments.map(({ State }) => State),
};

const SNAPSHOT_FILTERS: Filters<Snapshot> = {
  ...fields<Snapshot>("SnapshotId", "VolumeId", "VolumeSize", "Description", "OwnerId"),
  status: ({ State }) => State,
};

/** GiB of a volume, by its type: the least and the most. */
const SIZES: Readonly<Record<string, readonly [number, number]>> = {
  gp2: [1, 16384],
  gp3: [1, 65536],
  io1: [4, 16384],
  io2: [4, 65536],
  st1: [125, 16384],
  sc1: [125, 16384],
  standard: [1, 1024],
};

export function volumeOperations(state: Ec2State, instances: Instances): Operations {
  return { ...volumes(state, instances), ...snapshots(state) };
}

function volumes(state: Ec2State, instances: Instances): Operations {
  return {
    CreateVolume: handle(CreateVolumeCommand, (input) => {
      const snapshot =
        input.SnapshotId === undefined ? undefined : state.snapshots.get(input.SnapshotId);
      const zone = input.AvailabilityZone ?? "";
      if (!state.zones.includes(zone)) {
        throw new ServiceError("InvalidZone.NotFound", `The zone '${zone}' does not exist.`);
      }
      const type = input.VolumeType ?? "gp2";
      const size = input.Size ?? snapshot?.VolumeSize ?? 0;
      const [least, most] = SIZES[type] ?? [1, 0];
      if (size < least || size > most) {
        throw new ServiceError(
          "InvalidParameterValue",
          `Volume of ${size}GiB is invalid. Volume size must be between ${least} and ${most} GiB for volume type ${type}.`,
        );
      }
      return state.volumes.add({
        VolumeId: state.volumes.newId(),
        AvailabilityZone: zone,
        Size: size,
        SnapshotId: input.SnapshotId ?? "",
        VolumeType: type,
        Encrypted: input.Encrypted ?? false,
        KmsKeyId: input.KmsKeyId,
        Iops: input.Iops ?? (type === "gp3" ? 3000 : undefined),
        Throughput: input.Throughput ?? (type === "gp3" ? 125 : undefined),
        CreateTime: new Date(),
        State: "available",
        Attachments: [],
        Tags: tagsFor(input.TagSpecifications, "volume"),
      });
    }),
    DeleteVolume: handle(DeleteVolumeCommand, async ({ VolumeId = "" }) => {
      const volume = state.volumes.get(VolumeId);
      if (volume.State === "in-use") {
        const instance = volume.Attachments?.[0]?.InstanceId;
        throw new ServiceError(
          "VolumeInUse",
          `Volume ${VolumeId} is currently attached to ${instance}`,
        );
      }
      state.volumes.delete(VolumeId);
      await state.region.hypervisor.deleteVolume(VolumeId);
      return {};
    }),
    AttachVolume: handle(AttachVolumeCommand, async ({ VolumeId, InstanceId, Device }) => {
      const volume = state.volumes.get(VolumeId);
      const machine = instances.get(InstanceId);
      if (volume.State !== "available") {
        throw new ServiceError("VolumeInUse", `${VolumeId} is already attached to an instance`);
      }
      if (volume.AvailabilityZone !== machine.zone) {
        throw new ServiceError(
          "InvalidVolume.ZoneMismatch",
          `The volume '${VolumeId}' is not in the same availability zone as instance '${InstanceId}'`,
        );
      }
      if (machine.state !== "running" && machine.state !== "stopped") {
        throw new ServiceError("IncorrectState", `Instance '${InstanceId}' is not 'running'.`);
      }
      if ([...machine.volumes].some((one) => one.Attachments?.[0]?.Device === Device)) {
        throw new ServiceError(
          "InvalidParameterValue",
          `Invalid value '${Device}' for unixDevice. Attachment point ${Device} is already in use`,
        );
      }
      const attachment = {
        VolumeId,
        InstanceId,
        Device,
        AttachTime: new Date(),
        DeleteOnTermination: false,
      };
      volume.State = "in-use";
      volume.Attachments = [{ ...attachment, State: "attaching" }];
      instances.attach(machine, volume);
      return { ...attachment, State: "attaching" as const };
    }),
    DetachVolume: handle(DetachVolumeCommand, async ({ VolumeId = "", InstanceId }) => {
      const volume = state.volumes.get(VolumeId);
      const attachment = volume.Attachments?.[0];
      if (
        attachment === undefined ||
        (InstanceId ?? attachment.InstanceId) !== attachment.InstanceId
      ) {
        throw new ServiceError(
          "IncorrectState",
          `Volume '${VolumeId}' is in the '${volume.State}' state.`,
        );
      }
      attachment.State = "detaching";
      instances.detach(volume);
      return { ...attachment };
    }),
    ModifyVolume: handle(ModifyVolumeCommand, (input) => {
      const volume = state.volumes.get(input.VolumeId);
      if ((input.Size ?? volume.Size ?? 0) < (volume.Size ?? 0)) {
        throw new ServiceError(
          "InvalidParameterValue",
          "New size cannot be smaller than existing size",
        );
      }
      const OriginalSize = volume.Size;
      volume.Size = input.Size ?? volume.Size;
      volume.VolumeType = input.VolumeType ?? volume.VolumeType;
      volume.Iops = input.Iops ?? volume.Iops;
      volume.Throughput = input.Throughput ?? volume.Throughput;
      return {
        VolumeModification: {
          VolumeId: volume.VolumeId,
          ModificationState: "completed" as const,
          OriginalSize,
          TargetSize: volume.Size,
          Progress: 100,
        },
      };
    }),
    DescribeVolumes: handle(DescribeVolumesCommand, (input) => {
      const found = described(state.volumes, input.VolumeIds, input, VOLUME_FILTERS);
      return { Volumes: found.rows, NextToken: found.NextToken };
    }),
  };
}

function snapshots(state: Ec2State): Operations {
  return {
    CreateSnapshot: handle(CreateSnapshotCommand, (input) => {
      const volume = state.volumes.get(input.VolumeId);
      return state.snapshots.add({
        SnapshotId: state.snapshots.newId(),
        VolumeId: volume.VolumeId,
        VolumeSize: volume.Size,
        Description: input.Description ?? "",
        Encrypted: volume.Encrypted,
        OwnerId: state.region.account,
        Progress: "100%",
        StartTime: new Date(),
        State: "completed",
        Tags: tagsFor(input.TagSpecifications, "snapshot"),
      });
    }),
    DeleteSnapshot: handle(DeleteSnapshotCommand, ({ SnapshotId = "" }) => {
      state.snapshots.get(SnapshotId);
      const image = state.images
        .values()
        .find(({ BlockDeviceMappings = [] }) =>
          BlockDeviceMappings.some(({ Ebs }) => Ebs?.SnapshotId === SnapshotId),
        );
      if (image !== undefined) {
        throw new ServiceError(
          "InvalidSnapshot.InUse",
          `The snapshot ${SnapshotId} is currently in use by ${image.ImageId}`,
        );
      }
      state.snapshots.delete(SnapshotId);
      return {};
    }),
    DescribeSnapshots: handle(DescribeSnapshotsCommand, (input) => {
      const found = described(state.snapshots, input.SnapshotIds, input, SNAPSHOT_FILTERS);
      return { Snapshots: found.rows, NextToken: found.NextToken };
    }),
  };
}
