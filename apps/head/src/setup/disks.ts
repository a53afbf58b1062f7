import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HeadDisk } from "@sluice/cloud";
import { messageOf, SluiceError } from "@sluice/model";
import { exitCodeOf, run } from "../run.ts";

export interface MountDisksOptions {
  /** The first to be mounted; notes about the others are kept there. */
  readonly volume: string;
  /** Level of the RAID that several disks with that mount point are. */
  readonly raidLevel: (mountPoint: string) => 0 | 1;
}

/**
 * Mounts the cluster's disks where they belong. One that is blank gets a file system, and only that
 * one; one that has grown is used to its end. Killed at any point and run again it ends the same.
 *
 * @throws SluiceError `DISK_UNUSABLE` for a disk that holds something, but nothing that can be
 * mounted.
 */
export async function mountDisks(
  disks: readonly Omit<HeadDisk, "id">[],
  options: MountDisksOptions,
): Promise<void> {
  const byPlace = Map.groupBy(disks, ({ mountPoint }) => mountPoint);
  const depth = (path: string): number => (path === options.volume ? 0 : path.split("/").length);
  const ordered = [...byPlace].sort(([a], [b]) => depth(a) - depth(b));
  for (const [mountPoint, members] of ordered) {
    const devices = members.map(({ device }) => device).toSorted();
    const [single] = devices;
    if (single === undefined) continue;
    const device = devices.length === 1 ? single : await assembled(mountPoint, devices, options);
    await mountDisk(device, mountPoint);
  }
}

async function mountDisk(device: string, mountPoint: string): Promise<void> {
  if (!(await isMounted(mountPoint))) {
    if (await isBlank(device)) await run(["mkfs.ext4", "-q", device], "", LONG);
    if ((await typeOf(device)) === "ext4") await check(device);
    mkdirSync(mountPoint, { recursive: true });
    await mount(device, mountPoint);
  }
  await grow(device, mountPoint);
}

async function mount(device: string, mountPoint: string): Promise<void> {
  await run(["mount", "-o", "noatime", device, mountPoint]).catch((error: unknown) => {
    throw unusable(device, `it can't be mounted on ${mountPoint}`, error);
  });
}

/**
 * To the end of the disk: while it is mounted, which takes no time, or where that is refused, not.
 * A file system that stays as it was is no reason to have no head.
 */
async function grow(device: string, mountPoint: string): Promise<void> {
  const type = await typeOf(device);
  if (type !== "ext4" && type !== "xfs") return;
  const tool = type === "ext4" ? ["resize2fs", device] : ["xfs_growfs", mountPoint];
  const failure = await run(tool, "", LONG).then(() => undefined, messageOf);
  if (failure === undefined) return;
  const isDenied = type === "ext4" && /denied|not permitted/i.test(failure);
  // One that is in use grows when the next head machine mounts it.
  if (isDenied && (await isUnmounted(mountPoint))) {
    await check(device, "-f");
    await run(tool, "", LONG);
    await mount(device, mountPoint);
    return;
  }
  process.stderr.write(`sluice-head: ${device} keeps the size that it had: ${failure}\n`);
}

async function isUnmounted(mountPoint: string): Promise<boolean> {
  return run(["umount", mountPoint]).then(
    () => true,
    () => false,
  );
}

/** What takes its time on large disks. */
const LONG = { timeoutSeconds: 1800 };

export async function isMounted(path: string): Promise<boolean> {
  return run(["mountpoint", "--quiet", path]).then(
    () => true,
    () => false,
  );
}

const NOTHING_FOUND = 2;

/** Both of two programs that know different things have to say so. */
async function isBlank(device: string): Promise<boolean> {
  const signatures = await run(["wipefs", "--no-act", "--parsable", device]);
  if (signatures.trim() !== "") return false;
  return run(["blkid", "--probe", device]).then(
    () => false,
    (error: unknown) => {
      if (exitCodeOf(error) === NOTHING_FOUND) return true;
      throw error;
    },
  );
}

async function typeOf(device: string): Promise<string> {
  const tags = ["--probe", "--match-tag", "TYPE", "--output", "value"];
  return (await run(["blkid", ...tags, device]).catch(() => "")).trim();
}

const REPAIRED = 1;

async function check(device: string, ...how: readonly string[]): Promise<void> {
  await run(["e2fsck", "-p", ...how, device], "", LONG).catch((error: unknown) => {
    if (exitCodeOf(error) === REPAIRED) return;
    throw unusable(device, `its file system can't be repaired: ${messageOf(error)}`, error);
  });
}

function unusable(device: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError("DISK_UNUSABLE", "system", `the disk ${device} is of no use: ${why}`, {
    hint: "it was left as it is; look at it with blkid and e2fsck on a machine of your own",
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The RAID of those disks. That it is being made is noted first: of a making that was killed some
 * disks may know of it and some not, which else would be a RAID that has lost a disk.
 */
async function assembled(
  mountPoint: string,
  devices: readonly string[],
  { volume, raidLevel }: MountDisksOptions,
): Promise<string> {
  const name = `sluice${mountPoint.replaceAll("/", "-")}`;
  const raid = `/dev/md/${name}`;
  if (existsSync(raid)) return raid;
  const note = join(volume, `${name}.making`);
  if (!existsSync(note)) {
    const members = await Promise.all(devices.map(isMember));
    if (members.every(Boolean)) {
      await run(["mdadm", "--assemble", "--run", raid, ...devices]);
      return raid;
    }
    const blank = await Promise.all(devices.map(isBlank));
    const odd = devices.find((_device, index) => !blank[index]);
    if (odd !== undefined) {
      throw unusable(odd, `it holds something, and its RAID on ${mountPoint} is not complete`);
    }
    writeFileSync(note, "", { flush: true });
  }
  const count = ["--raid-devices", String(devices.length)];
  const level = ["--level", String(raidLevel(mountPoint))];
  for (const device of devices) {
    if (await isMember(device)) await run(["mdadm", "--zero-superblock", device]);
  }
  await run(["mdadm", "--create", raid, "--run", "--metadata=1.2", ...level, ...count, ...devices]);
  rmSync(note);
  return raid;
}

async function isMember(device: string): Promise<boolean> {
  return run(["mdadm", "--examine", device]).then(
    () => true,
    () => false,
  );
}
