import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageRecord } from "@sluice/cloud";
import { isAlive, type ProcessRef, processRef } from "../host/processes.ts";

/** An image that was built for somebody, as it is written down beside it. */
export interface KeptImage {
  readonly id: string;
  readonly status: "BUILD_IN_PROGRESS" | "BUILD_COMPLETE" | "BUILD_FAILED";
  readonly reason?: string;
  readonly os: string;
  readonly arch: string;
  readonly createdAt: string;
  readonly slurmVersion?: string;
  readonly sluiceVersion: string;
  readonly configText: string;
  /** Who builds it; a build without them is dead. */
  readonly builder?: ProcessRef;
}

/**
 * The built images of a folder, one folder each: `record.json`, `build.log` and, once it is
 * complete, the system itself in `root`. Services of several states may share them.
 */
export class KeptImages {
  readonly #directory: string;

  /** @param images of all images, see `StatePaths`. */
  constructor(images: string) {
    this.#directory = join(images, "built");
  }

  folder(id: string): string {
    return join(this.#directory, id);
  }

  root(id: string): string {
    return join(this.folder(id), "root");
  }

  logFile(id: string): string {
    return join(this.folder(id), "build.log");
  }

  /** By id; builds that were killed are removed when they are found. */
  async list(): Promise<readonly KeptImage[]> {
    const names = existsSync(this.#directory) ? await readdir(this.#directory) : [];
    const found: KeptImage[] = [];
    for (const name of names.toSorted()) {
      if (name.startsWith(".")) await this.#tidy(name);
      else {
        const image = await this.find(name);
        if (image !== undefined) found.push(image);
      }
    }
    return found;
  }

  async find(id: string): Promise<KeptImage | undefined> {
    if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(id)) return undefined;
    const text = await readFile(join(this.folder(id), "record.json"), "utf8").catch(() => "");
    if (text === "") return undefined;
    const image = JSON.parse(text) as KeptImage;
    const { status, builder } = image;
    if (status !== "BUILD_IN_PROGRESS" || (builder !== undefined && isAlive(builder))) return image;
    await this.remove(id);
    return undefined;
  }

  /** False when there is an image of that id. */
  async begin(image: KeptImage): Promise<boolean> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    // It comes to be with its record, or a service beside this one would take it for a dead one.
    const made = join(this.#directory, `.new-${process.pid}-${image.id}`);
    await rm(made, { recursive: true, force: true });
    await mkdir(made, { mode: 0o700 });
    await writeFile(join(made, "record.json"), JSON.stringify(image));
    try {
      await rename(made, this.folder(image.id));
      return true;
    } catch (error) {
      await rm(made, { recursive: true, force: true });
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOTEMPTY" || code === "EEXIST") return false;
      throw error;
    }
  }

  async write(image: KeptImage): Promise<void> {
    const path = join(this.folder(image.id), "record.json");
    await writeFile(`${path}.new`, JSON.stringify(image));
    await rename(`${path}.new`, path);
  }

  /** The id is free at once; what is in the folder goes after it. */
  async remove(id: string): Promise<void> {
    const gone = join(this.#directory, `.gone-${process.pid}-${id}`);
    await rm(gone, { recursive: true, force: true });
    try {
      await rename(this.folder(id), gone);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    await rm(gone, { recursive: true, force: true });
  }

  /** What a service that was killed in the middle left. */
  async #tidy(name: string): Promise<void> {
    const pid = Number(/^\.(?:new|gone)-(\d+)-/.exec(name)?.[1]);
    if (pid === process.pid || processRef(pid) !== undefined) return;
    await rm(join(this.#directory, name), { recursive: true, force: true });
  }
}

/** As the contract has it. There is no reference: a cluster file gives the id. */
export function imageRecord(image: KeptImage): ImageRecord {
  return {
    id: image.id,
    status: image.status,
    statusReason: image.reason,
    os: image.os,
    arch: image.arch,
    reference: undefined,
    createdAt: new Date(image.createdAt),
    slurmVersion: image.slurmVersion,
    sluiceVersion: image.sluiceVersion,
    configText: image.configText,
  };
}
