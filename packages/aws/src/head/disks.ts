import { existsSync } from "node:fs";
import type { EC2Client, Volume } from "@aws-sdk/client-ec2";
import { HEAD_LAYOUT } from "@sluice/boot";
import { CloudError, type HeadDisk, type HeadDisks } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { cloudErrorOf, codeOf } from "../machines/errors.ts";
import { mountState } from "./state-folder.ts";

const PAUSE_MILLISECONDS = 1000;
/** A former head may need minutes to shut down. */
const MOST_SECONDS = 600;
/** After so long a volume that a machine on its way out still holds is taken from it by force. */
const FORCE_SECONDS = 60;
/** "Recommended for data volumes: /dev/sd[f-p]", then the others that machines of EC2 may have. */
const NAMES = [
  ...[..."fghijklmnopqrstuvwxyzbcde"].map((letter) => `/dev/sd${letter}`),
  ...[..."abcdefghijklmnopqrstuvwxyz"].map((letter) => `/dev/xvdb${letter}`),
];

export interface DisksOptions {
  readonly ec2: () => Promise<EC2Client>;
  readonly disks: ClusterFacts["disks"];
  /** These, and those of former files. */
  readonly known: ClusterFacts["disks"];
  readonly instanceId: () => Promise<string>;
  readonly clock: Clock;
  /** DNS name of the file system that two heads have their state on, instead of a volume. */
  readonly state?: string;
  /** A command of this machine; for tests. */
  readonly run?: (argv: readonly string[]) => Promise<void>;
  /** Path of a volume's block device once it is there; `asked` is what it was attached as. */
  readonly deviceOf?: (volumeId: string, asked: string) => string | undefined;
}

/**
 * The cluster's EBS volumes, which the head that is there takes for itself. A file system that two
 * heads share is no disk of either: it is mounted before the disks are told of.
 */
export function awsDisks(options: DisksOptions): HeadDisks {
  const { clock, disks, known, deviceOf = deviceOnLinux, run, state } = options;
  const folder = HEAD_LAYOUT.volume;
  return {
    async attach({ only, signal } = {}) {
      if (state !== undefined && (only === undefined || only === folder)) {
        const given = { clock, ...(run && { run }), ...(signal && { signal }) };
        await mountState({ dnsName: state, folder }, given);
      }
      const instanceId = await options.instanceId();
      const wanted = disks.filter(({ mountPoint }) => only === undefined || mountPoint === only);
      const taken = new Set((await volumesOf(await options.ec2(), instanceId)).values());
      const free = NAMES.filter((name) => !taken.has(name));
      return Promise.all(
        wanted.map(async ({ volumeId, mountPoint }, index): Promise<HeadDisk> => {
          const asked = free[index] ?? "";
          const device = await attach(options, { volumeId, asked, instanceId }, signal);
          return { id: volumeId, device, mountPoint };
        }),
      );
    },
    async leaving() {
      const kept = new Set(disks.map(({ volumeId }) => volumeId));
      const former = known.filter(({ volumeId }) => !kept.has(volumeId));
      if (former.length === 0) return [];
      const instanceId = await options.instanceId();
      const here = await volumesOf(await options.ec2(), instanceId);
      return former.flatMap(({ volumeId: id, mountPoint }) => {
        const asked = here.get(id);
        const device = asked === undefined ? undefined : deviceOf(id, asked);
        return device === undefined ? [] : { id, device, mountPoint };
      });
    },
    async detach(id, { signal } = {}) {
      const instanceId = await options.instanceId();
      const client = await options.ec2();
      await takeFrom(client, { volumeId: id, instanceId, isForced: false });
      const began = options.clock.now().getTime();
      while ((await volumesOf(client, instanceId)).has(id)) {
        signal?.throwIfAborted();
        if (options.clock.now().getTime() - began > FORCE_SECONDS * 1000) {
          throw new CloudError("Transient", `volume ${id} is not detached in ${FORCE_SECONDS} s`);
        }
        await options.clock.sleep(PAUSE_MILLISECONDS, signal);
      }
    },
  };
}

/** Where the kernel shows a volume: on Nitro by its id, on Xen as it was asked for. */
export function deviceOnLinux(volumeId: string, asked: string): string | undefined {
  return [
    `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volumeId.replace("-", "")}`,
    asked,
    asked.replace("/dev/sd", "/dev/xvd"),
  ].find((path) => existsSync(path));
}

async function attach(
  { ec2, clock, deviceOf = deviceOnLinux }: DisksOptions,
  want: { readonly volumeId: string; readonly asked: string; readonly instanceId: string },
  signal: AbortSignal | undefined,
): Promise<string> {
  const { volumeId, asked, instanceId } = want;
  const client = await ec2();
  const began = clock.now().getTime();
  const seconds = () => (clock.now().getTime() - began) / 1000;
  while (true) {
    signal?.throwIfAborted();
    const volume = await describe(client, volumeId);
    const attachment = volume.Attachments?.find(({ State }) => State !== "detached");
    if (attachment === undefined) await tryAttach(client, want);
    else if (attachment.InstanceId === instanceId) {
      const device = deviceOf(volumeId, attachment.Device ?? asked);
      if (attachment.State === "attached" && device !== undefined) return device;
    } else await release(client, volumeId, attachment.InstanceId ?? "", seconds());
    if (seconds() > MOST_SECONDS) {
      throw new CloudError("Transient", `volume ${volumeId} could not be had in ${MOST_SECONDS} s`);
    }
    await clock.sleep(PAUSE_MILLISECONDS, signal);
  }
}

/** A machine's volumes, and the names by which it has them. */
async function volumesOf(
  client: EC2Client,
  instanceId: string,
): Promise<ReadonlyMap<string, string>> {
  const { DescribeVolumesCommand } = await import("@aws-sdk/client-ec2");
  const Filters = [{ Name: "attachment.instance-id", Values: [instanceId] }];
  try {
    const { Volumes = [] } = await client.send(new DescribeVolumesCommand({ Filters }));
    return new Map(
      Volumes.flatMap(({ VolumeId = "", Attachments = [] }) =>
        Attachments.map(({ Device = "" }) => [VolumeId, Device] as const),
      ),
    );
  } catch (error) {
    throw cloudErrorOf(error, `the volumes of ${instanceId}`);
  }
}

async function describe(client: EC2Client, volumeId: string): Promise<Volume> {
  const { DescribeVolumesCommand } = await import("@aws-sdk/client-ec2");
  try {
    const { Volumes = [] } = await client.send(
      new DescribeVolumesCommand({ VolumeIds: [volumeId] }),
    );
    return Volumes[0] ?? {};
  } catch (error) {
    throw cloudErrorOf(error, `volume ${volumeId}`);
  }
}

/** One that is detaching still, or was attached in this moment, is looked at again. */
async function tryAttach(
  client: EC2Client,
  want: { readonly volumeId: string; readonly asked: string; readonly instanceId: string },
): Promise<void> {
  const { AttachVolumeCommand } = await import("@aws-sdk/client-ec2");
  try {
    await client.send(
      new AttachVolumeCommand({
        VolumeId: want.volumeId,
        InstanceId: want.instanceId,
        Device: want.asked,
      }),
    );
  } catch (error) {
    if (!/^(IncorrectState|VolumeInUse)$/.test(codeOf(error))) {
      throw cloudErrorOf(error, `volume ${want.volumeId}`);
    }
  }
}

/**
 * A head that runs keeps its volume: it is its group's, which ends it before it makes another. What is
 * shutting down gives it up by itself, and by force when that takes too long.
 */
async function release(
  client: EC2Client,
  volumeId: string,
  holder: string,
  seconds: number,
): Promise<void> {
  const { DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
  const state = await client
    .send(new DescribeInstancesCommand({ InstanceIds: [holder] }))
    .then(({ Reservations = [] }) => Reservations[0]?.Instances?.[0]?.State?.Name ?? "terminated")
    .catch((error: unknown) => {
      if (codeOf(error) === "InvalidInstanceID.NotFound") return "terminated";
      throw cloudErrorOf(error, `machine ${holder}`);
    });
  if (state === "running" || state === "pending" || state === "stopping") return;
  const isLeaving = state === "shutting-down";
  if (isLeaving && seconds < FORCE_SECONDS) return;
  await takeFrom(client, { volumeId, instanceId: holder, isForced: isLeaving });
}

async function takeFrom(
  client: EC2Client,
  {
    volumeId,
    instanceId,
    isForced,
  }: { readonly volumeId: string; readonly instanceId: string; readonly isForced: boolean },
): Promise<void> {
  const { DetachVolumeCommand } = await import("@aws-sdk/client-ec2");
  try {
    await client.send(
      new DetachVolumeCommand({ VolumeId: volumeId, InstanceId: instanceId, Force: isForced }),
    );
  } catch (error) {
    if (!/^(IncorrectState|InvalidAttachment\.NotFound)$/.test(codeOf(error))) {
      throw cloudErrorOf(error, `volume ${volumeId}`);
    }
  }
}
