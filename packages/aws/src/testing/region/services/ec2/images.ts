import { createHash } from "node:crypto";
import {
  DeleteKeyPairCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeKeyPairsCommand,
  type Image,
  ImportKeyPairCommand,
  type KeyPairInfo,
  ModifyImageAttributeCommand,
} from "@aws-sdk/client-ec2";
import { handle, ServiceError } from "../../contract.ts";
import { described, type Filters, fields } from "./describe.ts";
import { newId } from "./ids.ts";
import type { Ec2State, Operations } from "./state.ts";
import { tagsFor } from "./tags.ts";

type Architecture = "x86_64" | "arm64";

/** An image that the vendor of an operating system made. */
export interface PublicImage {
  /** As `Image.Os` of cluster files names it. */
  readonly os: string;
  readonly arch: Architecture;
  readonly imageId: string;
  readonly ownerId: string;
  readonly name: string;
}

const VENDORS: readonly {
  readonly os: string;
  readonly owner: string;
  readonly root: string;
  name(arch: Architecture, debArch: "amd64" | "arm64"): string;
}[] = [
  {
    os: "alinux2023",
    owner: "137112412989",
    root: "/dev/xvda",
    name: (arch) => `al2023-ami-2023.9.20260105.0-kernel-6.1-${arch}`,
  },
  {
    os: "ubuntu2204",
    owner: "099720109477",
    root: "/dev/sda1",
    name: (_, arch) => `ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-${arch}-server-20260105`,
  },
  {
    os: "ubuntu2404",
    owner: "099720109477",
    root: "/dev/sda1",
    name: (_, arch) => `ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-${arch}-server-20260105`,
  },
  {
    os: "debian12",
    owner: "136693071363",
    root: "/dev/xvda",
    name: (_, arch) => `debian-12-${arch}-20260105-2000`,
  },
  {
    os: "debian13",
    owner: "136693071363",
    root: "/dev/xvda",
    name: (_, arch) => `debian-13-${arch}-20260105-2000`,
  },
  {
    os: "rhel8",
    owner: "309956199498",
    root: "/dev/sda1",
    name: (arch) => `RHEL-8.10.0_HVM-20260105-${arch}-0-Hourly2-GP3`,
  },
  {
    os: "rhel9",
    owner: "309956199498",
    root: "/dev/sda1",
    name: (arch) => `RHEL-9.6.0_HVM-20260105-${arch}-0-Hourly2-GP3`,
  },
  {
    os: "rocky8",
    owner: "792107900819",
    root: "/dev/sda1",
    name: (arch) => `Rocky-8-EC2-Base-8.10-20260105.0.${arch === "arm64" ? "aarch64" : arch}`,
  },
  {
    os: "rocky9",
    owner: "792107900819",
    root: "/dev/sda1",
    name: (arch) => `Rocky-9-EC2-Base-9.6-20260105.0.${arch === "arm64" ? "aarch64" : arch}`,
  },
];

/** What everybody can launch; their ids are the same in each region on loopback. */
export const PUBLIC_IMAGES: readonly PublicImage[] = VENDORS.flatMap(({ os, owner, name }) =>
  (["x86_64", "arm64"] as const).map((arch) => {
    const called = name(arch, arch === "arm64" ? "arm64" : "amd64");
    const digest = createHash("sha256").update(called).digest("hex").slice(0, 16);
    return { os, arch, imageId: `ami-0${digest}`, ownerId: owner, name: called };
  }),
);

const FILTERS: Filters<Image> = {
  ...fields<Image>("ImageId", "Name", "OwnerId", "Architecture", "State", "Description"),
  ...fields<Image>("RootDeviceType", "VirtualizationType", "ImageType"),
  "owner-alias": ({ ImageOwnerAlias }) => ImageOwnerAlias,
  "is-public": ({ Public }) => Public,
};

export function addPublicImages(state: Ec2State): void {
  for (const { os, arch, imageId, ownerId, name } of PUBLIC_IMAGES) {
    const root = VENDORS.find((vendor) => vendor.os === os)?.root;
    addImage(state, { imageId, arch, name, ownerId, isPublic: true, root });
  }
}

/** An image that machines can be launched from, 8 GiB by default. */
export function addImage(
  state: Ec2State,
  image: {
    readonly imageId?: string;
    readonly arch: Architecture;
    readonly name: string;
    readonly ownerId?: string;
    readonly isPublic?: boolean;
    readonly root?: string | undefined;
    readonly sizeGiB?: number;
    readonly tags?: Readonly<Record<string, string>>;
  },
): Image {
  const { arch, name, isPublic = false, root = "/dev/xvda", sizeGiB = 8 } = image;
  const SnapshotId = state.snapshots.newId();
  const Tags = Object.entries(image.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  if (!isPublic) {
    state.snapshots.add({
      SnapshotId,
      VolumeSize: sizeGiB,
      OwnerId: state.region.account,
      Progress: "100%",
      State: "completed",
      StartTime: state.region.now(),
      Tags: [...Tags],
    });
  }
  return state.images.add({
    ImageId: image.imageId ?? state.images.newId(),
    Name: name,
    OwnerId: image.ownerId ?? state.region.account,
    Architecture: arch,
    State: "available",
    Public: isPublic,
    RootDeviceName: root,
    RootDeviceType: "ebs",
    ImageType: "machine",
    VirtualizationType: "hvm",
    EnaSupport: true,
    CreationDate: "2026-01-05T20:00:00.000Z",
    BlockDeviceMappings: [
      {
        DeviceName: root,
        Ebs: { SnapshotId, VolumeSize: sizeGiB, VolumeType: "gp3", DeleteOnTermination: true },
      },
    ],
    Tags,
  });
}

export function imageOperations(state: Ec2State): Operations {
  return {
    DescribeImages: handle(DescribeImagesCommand, (input) => {
      const owners = input.Owners?.map((owner) =>
        owner === "self" ? state.region.account : owner === "amazon" ? "137112412989" : owner,
      );
      const rows = state.images
        .values()
        .filter(({ OwnerId = "" }) => owners === undefined || owners.includes(OwnerId));
      const found = described(state.images, input.ImageIds, input, FILTERS, rows);
      return { Images: found.rows, NextToken: found.NextToken };
    }),
    DeregisterImage: handle(DeregisterImageCommand, ({ ImageId = "" }) => {
      own(state, ImageId);
      state.images.delete(ImageId);
      return { Return: true };
    }),
    DescribeImageAttribute: handle(DescribeImageAttributeCommand, ({ ImageId, Attribute }) => {
      const image = own(state, ImageId);
      if (Attribute === "description")
        return { ImageId, Description: { Value: image.Description } };
      if (Attribute !== "launchPermission") {
        throw new ServiceError(
          "InvalidParameterValue",
          `The attribute ${Attribute} is not served by the region on loopback`,
        );
      }
      return { ImageId, LaunchPermissions: [...(state.launchPermissions.get(image) ?? [])] };
    }),
    ModifyImageAttribute: handle(ModifyImageAttributeCommand, ({ ImageId, LaunchPermission }) => {
      const image = own(state, ImageId);
      const { Add = [], Remove = [] } = LaunchPermission ?? {};
      const kept = (state.launchPermissions.get(image) ?? []).filter(
        (one) => !Remove.some((gone) => gone.UserId === one.UserId && gone.Group === one.Group),
      );
      state.launchPermissions.set(image, [...kept, ...Add]);
      return {};
    }),
    ...keyPairOperations(state),
  };
}

/** @throws ServiceError when it is another account's. */
function own(state: Ec2State, ImageId: string | undefined): Image {
  const image = state.images.get(ImageId);
  if (image.OwnerId === state.region.account) return image;
  throw new ServiceError("AuthFailure", `Not authorized for image:${ImageId}`, 403);
}

const KEY_FILTERS = fields<KeyPairInfo>("KeyName", "KeyPairId", "KeyFingerprint");

function keyPairOperations(state: Ec2State): Operations {
  return {
    ImportKeyPair: handle(ImportKeyPairCommand, ({ KeyName = "", ...input }) => {
      if (state.keyPairs.find(KeyName) !== undefined) {
        throw new ServiceError(
          "InvalidKeyPair.Duplicate",
          `The keypair '${KeyName}' already exists.`,
        );
      }
      const pair: KeyPairInfo = {
        KeyName,
        KeyPairId: newId("key"),
        KeyType: "ed25519",
        KeyFingerprint: createHash("sha256")
          .update(input.PublicKeyMaterial ?? "")
          .digest("base64"),
        PublicKey: Buffer.from(input.PublicKeyMaterial ?? "").toString(),
        Tags: tagsFor(input.TagSpecifications, "key-pair"),
      };
      state.keyPairs.add(pair);
      const { KeyPairId, KeyFingerprint, Tags } = pair;
      return { KeyName, KeyPairId, KeyFingerprint, Tags };
    }),
    DeleteKeyPair: handle(DeleteKeyPairCommand, ({ KeyName = "" }) => {
      state.keyPairs.delete(KeyName);
      return { Return: true };
    }),
    DescribeKeyPairs: handle(DescribeKeyPairsCommand, (input) => {
      const { rows } = described(
        state.keyPairs,
        input.KeyNames,
        { Filters: input.Filters },
        KEY_FILTERS,
      );
      return {
        KeyPairs: rows.map((row) =>
          input.IncludePublicKey === true ? row : { ...row, PublicKey: undefined },
        ),
      };
    }),
  };
}
