import { readFile } from "node:fs/promises";
import type { ApplyOptions, BuildImageRequest, ImageRecord } from "@sluice/cloud";
import { type ClusterConfig, SluiceError } from "@sluice/model";
import { ensureImage, findImage, isMounted } from "../images/build.ts";
import { buildKept } from "../images/build-kept.ts";
import { imageRecord, KeptImages } from "../images/kept.ts";
import { type ImageRecipe, recipeFor } from "../images/recipe.ts";
import { storedConfig } from "./cluster-config.ts";
import type { LocalStore } from "./store.ts";

/** What the machines of a cluster boot. */
export interface ClusterImage {
  /** For people. */
  readonly title: string;
  readonly isThere: boolean;
  /** @returns its root, made when it is not there. */
  ensure(options: {
    readonly signal: AbortSignal;
    readonly onProgress: (message: string) => void;
  }): Promise<string>;
}

/** Images of machines: the standard one of each operating system, and those that were built. */
export class MachineImages {
  readonly #directory: string;
  readonly #store: LocalStore;
  readonly #kept: KeptImages;

  constructor(directory: string, store: LocalStore) {
    this.#directory = directory;
    this.#store = store;
    this.#kept = new KeptImages(directory);
  }

  /** Throws `IMAGE_UNKNOWN_OS`, `IMAGE_NOT_FOUND`, `IMAGE_UNUSABLE`. */
  async ofCluster(config: ClusterConfig): Promise<ClusterImage> {
    const recipe = requireRecipe(config);
    const id = config.Local?.Image;
    if (id === undefined) {
      const directory = this.#directory;
      return {
        title: `${recipe.os} with Slurm ${recipe.slurmVersion}`,
        isThere: findImage(recipe, directory) !== undefined,
        ensure: async (options) => (await ensureImage(recipe, { ...options, directory })).root,
      };
    }
    const image = await this.#kept.find(id);
    if (image === undefined) {
      throw new SluiceError("IMAGE_NOT_FOUND", "user", `there is no image ${id}`, {
        hint: "correct Local.Image, or build it with: sluice build-image",
      });
    }
    const fault =
      image.status !== "BUILD_COMPLETE"
        ? `is ${image.status}`
        : image.os !== config.Image.Os
          ? `is ${image.os}, and Image.Os is ${config.Image.Os}`
          : image.slurmVersion === undefined
            ? "has no Slurm in it"
            : undefined;
    if (fault !== undefined) {
      throw new SluiceError("IMAGE_UNUSABLE", "user", `the image ${id} ${fault}`, {
        hint: "correct Local.Image or Image.Os",
      });
    }
    return {
      title: `${id}, ${image.os} with Slurm ${image.slurmVersion}`,
      isThere: true,
      ensure: async () => this.#kept.root(id),
    };
  }

  build(request: BuildImageRequest, options: ApplyOptions): Promise<ImageRecord> {
    return buildKept(this.#kept, this.#directory, request, options);
  }

  async list(): Promise<readonly ImageRecord[]> {
    return (await this.#kept.list()).map(imageRecord);
  }

  async describe(id: string): Promise<ImageRecord | undefined> {
    const image = await this.#kept.find(id);
    return image === undefined ? undefined : imageRecord(image);
  }

  /** An image that machines run on goes in no case: they would lose their files. */
  async remove(id: string, { force }: { readonly force: boolean }): Promise<void> {
    const image = await this.#kept.find(id);
    if (image?.status === "BUILD_IN_PROGRESS") {
      throw inUse(id, "is being built", "call its build off, or wait until it has ended");
    }
    if (isMounted(this.#kept.root(id))) {
      throw inUse(id, "has machines that run on it", "stop or delete their clusters");
    }
    const users = this.#store
      .clusters()
      .filter((row) => {
        const stored = storedConfig(row);
        return stored.ok && stored.config.Local?.Image === id;
      })
      .map(({ name }) => name);
    if (users.length > 0 && !force) {
      const hint = "delete them first, or repeat it with --force: they can't be started then";
      throw inUse(id, `is that of ${users.join(", ")}`, hint);
    }
    await this.#kept.remove(id);
  }

  /** Newest lines; empty where nothing is kept. */
  async log(id: string, lines: number): Promise<string> {
    const text = await readFile(this.#kept.logFile(id), "utf8").catch(() => "");
    const all = text.trimEnd().split("\n");
    return text === "" ? "" : `${all.slice(-lines).join("\n")}\n`;
  }
}

function inUse(id: string, why: string, hint: string): SluiceError {
  return new SluiceError("IMAGE_IN_USE", "user", `the image ${id} ${why}`, { hint });
}

function requireRecipe(config: ClusterConfig): ImageRecipe {
  const recipe = recipeFor(config.Image.Os);
  if (recipe !== undefined) return recipe;
  throw new SluiceError(
    "IMAGE_UNKNOWN_OS",
    "user",
    `the local cloud has no image for Image.Os ${config.Image.Os}`,
    {
      hint: "write debian13, debian12 or debian14",
    },
  );
}
