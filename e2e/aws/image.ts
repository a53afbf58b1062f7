import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { IMAGE_MARKER, imagePackages, SITE_LAYOUT } from "@sluice/boot";
import { ensureImage, findImage, pruneImages } from "../../packages/local/src/images/build.ts";
import { type ImageRecipe, recipeFor } from "../../packages/local/src/images/recipe.ts";

/** What the image's packages would start, most of it for a kernel that has NFS. */
const MASKED = [
  "e2scrub_reap.service",
  "nfs-blkmap.service",
  "rpc-gssd.service",
  "rpc-statd-notify.service",
  "rpcbind.service",
  "rpcbind.socket",
  "run-rpc_pipefs.mount",
];

/** What machines of a region can boot, as `Image.Os` names it. */
export type RegionOs = "debian12" | "debian13";

/** Folder of the files that every machine has in place of its image's own. */
const GUEST = join(import.meta.dirname, "guest");

/**
 * The image that a region's machines boot: the local cloud's with a little more. It is made when it is
 * not there, which takes half a minute and needs the host's network.
 */
export async function ensureMachineImage(options: {
  /** Of all images; these are in a folder of their own in there. */
  readonly images: string;
  readonly os: RegionOs;
  readonly onProgress?: (message: string) => void;
}): Promise<string> {
  const directory = join(options.images, "region");
  const image = await ensureImage(regionRecipe(options.os), {
    directory,
    signal: AbortSignal.timeout(600_000),
    onProgress: options.onProgress ?? (() => {}),
  });
  await pruneImages(directory, imagesOf(directory));
  return image.root;
}

/**
 * Makes the layer above the image that turns its machines into machines of EC2.
 *
 * @returns what an overlay takes as `lowerdir`.
 */
export async function layerOver(
  image: string,
  layer: string,
  {
    endpoint,
    authority,
  }: {
    /** Of the region, as machines reach it. */
    readonly endpoint: string;
    /** Who signs certificates of databases here. */
    readonly authority?: string;
  },
): Promise<string> {
  await cp(GUEST, layer, { recursive: true, verbatimSymlinks: true });
  const variable = `AWS_ENDPOINT_URL=${endpoint}`;
  const files = {
    // The one thing that a machine here has to be told, and a machine of EC2 has not.
    "etc/systemd/system.conf.d/endpoint.conf": `[Manager]\nDefaultEnvironment=${variable}\n`,
    "etc/environment": `${variable}\n`,
    "etc/hosts": "127.0.0.1 localhost\n",
    [IMAGE_MARKER]: "{}\n",
    ...(authority === undefined ? {} : { [SITE_LAYOUT.ownAuthority]: authority }),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(layer, path)), { recursive: true });
    await writeFile(join(layer, path), text);
  }
  return `${layer}:${image}`;
}

/** Those there are of the present recipes. */
function imagesOf(directory: string): readonly string[] {
  const all: readonly RegionOs[] = ["debian12", "debian13"];
  return all.flatMap((os) => findImage(regionRecipe(os), directory)?.root ?? []);
}

function regionRecipe(os: RegionOs): ImageRecipe {
  const recipe = recipeFor(os);
  if (recipe === undefined) throw new Error(`no machines of ${os} can be booted here`);
  return {
    ...recipe,
    packages: imagePackages(os),
    disabled: [...recipe.disabled, "sackd.service"],
    masked: [...recipe.masked, ...MASKED],
  };
}
