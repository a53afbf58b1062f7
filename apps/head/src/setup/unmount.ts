import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "@sluice/model";
import { run } from "../run.ts";

const TRIES = 5;
const PAUSE_MILLISECONDS = 500;

/**
 * Unmounts it; from those who work there only when they end, because an update must not wait for a
 * shell that somebody left open.
 */
async function unmount(path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const failure = await run(["umount", path], "", UNMOUNTING).then(() => undefined, messageOf);
    if (failure === undefined) return;
    if (tries < TRIES) await delay(PAUSE_MILLISECONDS);
    else {
      process.stderr.write(`sluice-head: ${path} goes when nobody uses it: ${failure}\n`);
      await run(["umount", "--lazy", path]);
      return;
    }
  }
}

/** What was written is written out first. */
const UNMOUNTING = { timeoutSeconds: 300 };

/** Where a disk, or the RAID that it is of, is mounted. */
export function placesOf(device: string): readonly string[] {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8");
  return [device, ...raidsOf(device)].flatMap((path) => mountPoints(mounts, numberOf(path)));
}

/**
 * Takes a disk out of use. False while somebody still uses it, whose data would be lost without it.
 */
export async function freeDisk(device: string): Promise<boolean> {
  for (const path of [...placesOf(device)].reverse()) await unmount(path);
  for (const raid of raidsOf(device)) {
    if (isInUse(raid)) return false;
    await run(["mdadm", "--stop", raid]);
  }
  return !isInUse(device);
}

/**
 * Mount points of the file system with that device number, as the kernel has it in `mountinfo`.
 *
 * @internal
 */
export function mountPoints(mountinfo: string, number: string): readonly string[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [, , device, , path] = line.split(" ");
    if (device !== number || path === undefined) return [];
    return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
  });
}

/** As Linux makes it from the numbers of driver and device. */
function numberOf(device: string): string {
  const { rdev } = statSync(device);
  return `${(rdev >>> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >>> 12) & 0xfff00)}`;
}

function raidsOf(device: string): readonly string[] {
  const holders = `/sys/class/block/${basename(realpathSync(device))}/holders`;
  return existsSync(holders) ? readdirSync(holders).map((name) => `/dev/${name}`) : [];
}

/** A disk that is mounted, even where nobody sees it any more, is nobody else's alone. */
function isInUse(device: string): boolean {
  try {
    closeSync(openSync(device, constants.O_RDONLY | constants.O_EXCL));
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return true;
    throw error;
  }
}
