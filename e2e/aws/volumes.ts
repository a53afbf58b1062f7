import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../packages/local/src/host/run.ts";

/** A block device of this host. */
export interface BlockDevice {
  readonly path: string;
  readonly major: number;
  readonly minor: number;
}

interface Volume {
  readonly file: string;
  readonly device: BlockDevice;
  readonly descriptor: number;
  sizeGiB: number;
}

/**
 * The volumes of a region: sparse files behind loop devices. A volume keeps its device from its first
 * use to its end, whichever machines it is attached to, so that a file system is never mounted by way
 * of two devices. The devices are let go by the kernel when this process ends, by whatever hand.
 */
export class Volumes {
  readonly #folder: string;
  readonly #volumes = new Map<string, Promise<Volume>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The volume's device, made when there is none, and grown when it is to be larger. */
  async device(volumeId: string, sizeGiB: number): Promise<BlockDevice> {
    let made = this.#volumes.get(volumeId);
    if (made === undefined) {
      made = this.#make(volumeId, sizeGiB);
      this.#volumes.set(volumeId, made);
      made.catch(() => this.#volumes.delete(volumeId));
    }
    const volume = await made;
    if (sizeGiB > volume.sizeGiB) {
      truncateSync(volume.file, sizeGiB * 2 ** 30);
      await run(["losetup", "--set-capacity", volume.device.path]);
      volume.sizeGiB = sizeGiB;
    }
    return volume.device;
  }

  /** What has it mounted keeps it until it is unmounted there. */
  async delete(volumeId: string): Promise<void> {
    const volume = await this.#volumes.get(volumeId);
    this.#volumes.delete(volumeId);
    if (volume === undefined) return;
    closeSync(volume.descriptor);
    await rm(volume.file, { force: true });
  }

  async close(): Promise<void> {
    for (const volumeId of this.#volumes.keys()) await this.delete(volumeId);
  }

  async #make(volumeId: string, sizeGiB: number): Promise<Volume> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = join(this.#folder, volumeId);
    writeFileSync(file, "", { flag: "wx", mode: 0o600 });
    truncateSync(file, sizeGiB * 2 ** 30);
    const path = (await run(["losetup", "--find", "--show", file])).trim();
    const descriptor = openSync(path, "r");
    // Busy as it is, it goes when the last that has it open or mounted lets it go.
    await run(["losetup", "--detach", path]);
    const { rdev } = statSync(path);
    const device = {
      path,
      major: (rdev >> 8) & 0xfff,
      minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00),
    };
    return { file, device, descriptor, sizeGiB };
  }
}

/** Loop devices of this host whose files are, or were, in a folder. */
export function loopsBelow(folder: string): readonly string[] {
  return readdirSync("/sys/block").filter((name) => {
    try {
      return readFileSync(`/sys/block/${name}/loop/backing_file`, "utf8").startsWith(`${folder}/`);
    } catch {
      return false;
    }
  });
}
