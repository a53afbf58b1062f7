import { appendFile, copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import { IMAGE_WORK, imageFailure, imageSlurm, renderImageScript } from "@sluice/boot";
import type { ApplyOptions, BuildImageRequest, ImageRecord } from "@sluice/cloud";
import { type ImageBuildConfig, messageOf, type Os, SluiceError } from "@sluice/model";
import { processRef } from "../host/processes.ts";
import { run } from "../host/run.ts";
import { VERSION } from "../version.ts";
import { bootstrap, finish, NEEDED_BYTES, requireSpace } from "./build.ts";
import { runInSystem } from "./chroot.ts";
import { imageRecord, type KeptImage, type KeptImages } from "./kept.ts";
import { type ImageRecipe, recipeFor } from "./recipe.ts";

/** What the script needs before it has brought its packages, or without them. */
const MINIMAL = ["ca-certificates", "curl"];

/** Fetches what `Build.Components` names; files of the host have been copied. */
const FETCH = `#!/bin/sh
case $1 in
  file://*) cp "\${1#file://}" "$2" ;;
  *) curl -fsSL --proto =https --retry 3 --output "$2" "$1" ;;
esac
`;

interface Parent {
  readonly recipe: ImageRecipe;
  /** A system to begin as a copy of; without it there is none yet. */
  readonly root: string | undefined;
  /** The Slurm that it has. */
  readonly slurm: string | undefined;
}

/** See `Images.build`. */
export async function buildKept(
  kept: KeptImages,
  images: string,
  request: BuildImageRequest,
  { onProgress, signal }: ApplyOptions,
): Promise<ImageRecord> {
  const { id, config, configText } = request;
  const parent = await parentOf(kept, config);
  await mkdir(images, { recursive: true, mode: 0o700 });
  await requireSpace(images, NEEDED_BYTES);
  const builder = processRef(process.pid);
  const begun: KeptImage = {
    id,
    status: "BUILD_IN_PROGRESS",
    os: parent.recipe.os,
    arch: arch() === "arm64" ? "arm64" : "x86_64",
    createdAt: new Date().toISOString(),
    sluiceVersion: VERSION,
    configText,
    ...(builder === undefined ? {} : { builder }),
  };
  // What is left of a build that failed is in nobody's way.
  if ((await kept.find(id))?.status === "BUILD_FAILED") await kept.remove(id);
  if (!(await kept.begin(begun))) {
    throw new SluiceError("IMAGE_EXISTS", "user", `there is an image ${id} already`, {
      hint: `choose another id, or remove it with: sluice delete-image -i ${id}`,
    });
  }
  const { builder: _, ...image } = begun;
  const say = (status: "started" | "info" | "done" | "failed", message: string): void =>
    onProgress({ time: new Date(), resource: "image", status, message });
  say("started", `${id}, ${parent.recipe.os}`);
  try {
    const slurmVersion = await make(kept, begun, config, parent, { signal, say });
    const complete: KeptImage = {
      ...image,
      status: "BUILD_COMPLETE",
      ...(slurmVersion === undefined ? {} : { slurmVersion }),
    };
    await kept.write(complete);
    say("done", id);
    return imageRecord(complete);
  } catch (error) {
    if (signal.aborted) await kept.remove(id);
    else {
      await rm(join(kept.folder(id), "work"), { recursive: true, force: true });
      await kept.write({ ...image, status: "BUILD_FAILED", reason: messageOf(error) });
    }
    throw error;
  }
}

async function parentOf(kept: KeptImages, config: ImageBuildConfig): Promise<Parent> {
  const name = config.Build.ParentImage;
  const recipe = recipeFor(name);
  if (recipe !== undefined) return { recipe, root: undefined, slurm: undefined };
  const image = await kept.find(name);
  const parent = image === undefined ? undefined : recipeFor(image.os);
  if (image?.status === "BUILD_COMPLETE" && parent !== undefined) {
    const wanted = config.Image?.Os;
    if (wanted !== undefined && wanted !== image.os) {
      const message = `the image ${name} is ${image.os}, and Image.Os is ${wanted}`;
      throw new SluiceError("IMAGE_UNUSABLE", "user", message, { hint: "leave out Image.Os" });
    }
    return { recipe: parent, root: kept.root(name), slurm: image.slurmVersion };
  }
  const why = image === undefined ? "there is none of that id" : `it is ${image.status}`;
  throw new SluiceError("IMAGE_NOT_FOUND", "user", `no image can begin as ${name}: ${why}`, {
    hint: "write debian13, debian12, debian14, or an image of sluice list-images --provider local",
  });
}

/** @returns the Slurm that the image has. */
async function make(
  kept: KeptImages,
  { id, createdAt }: KeptImage,
  config: ImageBuildConfig,
  { recipe, root: parent, slurm }: Parent,
  options: {
    readonly signal: AbortSignal;
    readonly say: (status: "info", message: string) => void;
  },
): Promise<string | undefined> {
  const { signal, say } = options;
  const work = join(kept.folder(id), "work");
  const log = new BuildLog(kept.logFile(id), (step) => say("info", step));
  const onOutput = (text: string): void => log.add(text);
  if (parent === undefined) {
    say("info", "a minimal system");
    const minimal = { ...recipe, packages: MINIMAL };
    await bootstrap(minimal, work, {
      directory: kept.folder(id),
      signal,
      onOutput,
      onProgress: () => {},
      keepsLists: true,
    });
  } else {
    say("info", `a copy of ${config.Build.ParentImage}`);
    const argv = ["cp", "--archive", "--reflink=auto", parent, work];
    await run(argv, { signal, timeoutMs: 600_000 });
  }
  const given = await placeFiles(work, config);
  const script = renderImageScript({
    id,
    os: recipe.os as Os,
    sluiceVersion: VERSION,
    builtAt: createdAt,
    config: given,
    fetchUrlCommand: `${IMAGE_WORK}/fetch`,
  });
  await writeFile(join(work, IMAGE_WORK, "build.sh"), script, { mode: 0o700 });
  const code = await runInSystem(work, ["sh", `${IMAGE_WORK}/build.sh`], { signal, onOutput });
  await log.written;
  const said = await readFile(kept.logFile(id), "utf8");
  if (code !== 0) {
    const why = imageFailure(said) ?? "its script was killed";
    throw new SluiceError("IMAGE_BUILD_FAILED", "system", `building ${id} failed: ${why}`, {
      hint: `see all it said with: sluice get-image-log-events -i ${id}`,
    });
  }
  await finish(withAllRoles(recipe), work);
  await rename(work, kept.root(id));
  return imageSlurm(said) ?? slurm;
}

/** Units of packages for a cloud's machines, which have a kernel of their own and a door to it. */
function withAllRoles(recipe: ImageRecipe): ImageRecipe {
  return {
    ...recipe,
    disabled: [...recipe.disabled, "ssh.service"],
    masked: [
      ...recipe.masked,
      ...["e2scrub_reap.service", "nfs-blkmap.service", "rpc-gssd.service"],
      ...["rpc-statd-notify.service", "rpcbind.service", "rpcbind.socket", "run-rpc_pipefs.mount"],
    ],
  };
}

/** Puts the host's own files into the system. @returns the file with their addresses there. */
async function placeFiles(root: string, config: ImageBuildConfig): Promise<ImageBuildConfig> {
  const folder = join(root, IMAGE_WORK);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, "fetch"), FETCH, { mode: 0o700 });
  const Components = [];
  for (const [index, component] of (config.Build.Components ?? []).entries()) {
    const path = /^file:\/\/(\/.*)$/.exec(component.Value)?.[1];
    if (path === undefined) {
      Components.push(component);
      continue;
    }
    const name = `given-${index + 1}`;
    await copyFile(path, join(folder, name)).catch((error: unknown) => {
      const message = `the script ${path} can't be read: ${messageOf(error)}`;
      throw new SluiceError("IMAGE_BUILD_FAILED", "user", message, {
        hint: "correct Build.Components in the image file",
      });
    });
    Components.push({ ...component, Value: `file://${IMAGE_WORK}/${name}` });
  }
  return { ...config, Build: { ...config.Build, Components } };
}

/** Keeps what a build says, and tells of its steps. */
class BuildLog {
  readonly #path: string;
  readonly #onStep: (step: string) => void;
  #line = "";
  /** When all that was added is in the file. */
  written: Promise<void> = Promise.resolve();

  constructor(path: string, onStep: (step: string) => void) {
    this.#path = path;
    this.#onStep = onStep;
  }

  add(text: string): void {
    this.written = this.written.then(() => appendFile(this.#path, text, { mode: 0o600 }));
    const lines = `${this.#line}${text}`.split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) {
      const step = /^sluice: (\S+ took \d+ ms|\S+ begins)$/.exec(line)?.[1];
      if (step !== undefined) this.#onStep(step);
    }
  }
}
