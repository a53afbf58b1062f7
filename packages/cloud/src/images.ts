import type { ImageBuildConfig } from "@sluice/model";
import type { ApplyOptions } from "./infrastructure.ts";

/** ParallelCluster's words for the state of an image. */
export type ImageStatus =
  | "BUILD_IN_PROGRESS"
  | "BUILD_COMPLETE"
  | "BUILD_FAILED"
  | "DELETE_IN_PROGRESS"
  | "DELETE_FAILED";

/** An image with all that nodes need in it, so that they need not install it when they boot. */
export interface ImageRecord {
  /** Chosen by whoever built it; unique in the cloud. */
  readonly id: string;
  readonly status: ImageStatus;
  readonly statusReason: string | undefined;
  /** As `Image.Os` names it. */
  readonly os: string;
  readonly arch: string;
  /** What a cluster file gives as `CustomAmi`, once it is there; elsewhere it gives the id. */
  readonly reference: string | undefined;
  readonly createdAt: Date;
  readonly slurmVersion: string | undefined;
  readonly sluiceVersion: string | undefined;
  /** The image file that it was built from, where it was. */
  readonly configText: string | undefined;
}

export interface BuildImageRequest {
  readonly id: string;
  readonly config: ImageBuildConfig;
  readonly configText: string;
}

/** Machine images that Sluice built. */
export interface Images {
  /**
   * Builds an image and waits until it is there. On abort what was begun is called off.
   *
   * Errors: `IMAGE_EXISTS`, `IMAGE_BUILD_FAILED`, and what the cloud says.
   */
  build(request: BuildImageRequest, options: ApplyOptions): Promise<ImageRecord>;
  list(): Promise<readonly ImageRecord[]>;
  /** Undefined when there is no such image. */
  describe(id: string): Promise<ImageRecord | undefined>;
  /** Removes an image, or what is left of a build that failed. Errors: `IMAGE_IN_USE`. */
  remove(id: string, options: ApplyOptions & { readonly force: boolean }): Promise<void>;
  /** The newest lines of what the build said. */
  log(id: string, lines: number): Promise<string>;
}
