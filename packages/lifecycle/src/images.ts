import type { Cloud, ImageRecord, ImageStatus, Images } from "@sluice/cloud";
import { type ImageBuildConfig, SluiceError } from "@sluice/model";
import { interrupted, type LongOperation, signalOf, unsupported } from "./operation.ts";

/** An image in the words of ParallelCluster's API; times are ISO 8601, UTC. */
export interface ImageView {
  readonly imageId: string;
  readonly imageBuildStatus: ImageStatus;
  readonly provider: string;
  readonly os: string;
  readonly architecture: string;
  readonly creationTime: string;
  /** What a cluster file gives as `CustomAmi`; missing until the image is there. */
  readonly ec2AmiInfo?: { readonly amiId: string };
  readonly slurmVersion?: string;
  /** Of Sluice. */
  readonly version?: string;
  readonly failureReason?: string;
}

interface ImageOperation {
  readonly cloud: Cloud;
  readonly id: string;
}

type LongImageOperation = ImageOperation & Omit<LongOperation, "cloud" | "name">;

export interface BuildImage extends LongImageOperation {
  readonly config: ImageBuildConfig;
  /** The image file as it was given. */
  readonly configText: string;
}

/** As ParallelCluster's. */
const IMAGE_ID = /^[a-zA-Z][a-zA-Z0-9-]{0,127}$/;

/**
 * Builds an image with all that nodes need, and waits until it is there.
 *
 * Errors: `IMAGE_ID_INVALID`, `UNSUPPORTED_BY_PROVIDER`, `IMAGE_EXISTS`, `IMAGE_BUILD_FAILED`,
 * `INTERRUPTED`, and what the cloud says.
 */
export async function buildImage(operation: BuildImage): Promise<ImageView> {
  const { cloud, id, config, configText } = operation;
  if (!IMAGE_ID.test(id)) {
    const message = `${JSON.stringify(id)} can't be the id of an image`;
    throw new SluiceError("IMAGE_ID_INVALID", "user", message, {
      hint: "write a letter, then letters, digits and hyphens, 128 characters at most",
    });
  }
  const images = imagesOf(cloud);
  const record = await withInterruption(operation, "building", (options) =>
    images.build({ id, config, configText }, options),
  );
  return imageView(cloud, record);
}

/** All images that Sluice built in one cloud, by id; none where it builds none. */
export async function listImages({
  cloud,
}: Pick<ImageOperation, "cloud">): Promise<readonly ImageView[]> {
  const records = (await cloud.images?.list()) ?? [];
  return records
    .map((record) => imageView(cloud, record))
    .sort((a, b) => (a.imageId < b.imageId ? -1 : 1));
}

/** Errors: `UNSUPPORTED_BY_PROVIDER`, `IMAGE_NOT_FOUND`. */
export async function describeImage({ cloud, id }: ImageOperation): Promise<ImageView> {
  return imageView(cloud, await requireImage(cloud, id));
}

/**
 * The newest lines of what the build of an image said.
 *
 * Errors: `UNSUPPORTED_BY_PROVIDER`, `IMAGE_NOT_FOUND`.
 */
export async function imageLog({
  cloud,
  id,
  lines,
}: ImageOperation & { readonly lines: number }): Promise<string> {
  await requireImage(cloud, id);
  return imagesOf(cloud).log(id, lines);
}

/**
 * Removes an image, or what is left of a build that failed; with `force` also one that is in use.
 *
 * Errors: `UNSUPPORTED_BY_PROVIDER`, `IMAGE_NOT_FOUND`, `IMAGE_IN_USE`, `INTERRUPTED`.
 */
export async function deleteImage(
  operation: LongImageOperation & { readonly force: boolean },
): Promise<void> {
  const { cloud, id, force } = operation;
  await requireImage(cloud, id);
  await withInterruption(operation, "deleting", (options) =>
    imagesOf(cloud).remove(id, { ...options, force }),
  );
}

function imageView({ provider }: Cloud, record: ImageRecord): ImageView {
  const { reference, slurmVersion, sluiceVersion, statusReason } = record;
  return {
    imageId: record.id,
    imageBuildStatus: record.status,
    provider,
    os: record.os,
    architecture: record.arch,
    creationTime: record.createdAt.toISOString(),
    ...(reference === undefined ? {} : { ec2AmiInfo: { amiId: reference } }),
    ...(slurmVersion === undefined ? {} : { slurmVersion }),
    ...(sluiceVersion === undefined ? {} : { version: sluiceVersion }),
    ...(statusReason === undefined ? {} : { failureReason: statusReason }),
  };
}

function imagesOf({ provider, images }: Cloud): Images {
  if (images !== undefined) return images;
  throw unsupported(`the provider ${provider} builds no images`, "name another with --provider");
}

async function requireImage(cloud: Cloud, id: string): Promise<ImageRecord> {
  const record = await imagesOf(cloud).describe(id);
  if (record === undefined) throw imageNotFound(id);
  return record;
}

export function imageNotFound(id: string): SluiceError {
  return new SluiceError("IMAGE_NOT_FOUND", "user", `there is no image ${id}`, {
    hint: "see which there are with: sluice list-images",
  });
}

async function withInterruption<T>(
  operation: LongImageOperation,
  doing: "building" | "deleting",
  work: (options: Parameters<Images["build"]>[1]) => Promise<T>,
): Promise<T> {
  const signal = signalOf(operation);
  try {
    return await work({ onProgress: operation.onProgress ?? (() => {}), signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    const hint = `see what is left with: sluice describe-image -i ${operation.id}`;
    throw interrupted(`${doing} image ${operation.id}`, hint, error);
  }
}
