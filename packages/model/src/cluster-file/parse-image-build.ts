import { checkImageBuild } from "../checks/image-build.ts";
import { ONLINE_IMAGE_CHECKS } from "../checks/online/image-build.ts";
import type { ParseOptions } from "./checked-text.ts";
import {
  type FileKind,
  type FullyJudged,
  type Judged,
  judgeText,
  judgeTextFully,
  type MaybeAccount,
} from "./judged-file.ts";
import { type ImageBuildConfig, imageBuildSchema } from "./schema/image-build.ts";

export type ParseImageBuildResult = Judged<ImageBuildConfig>;
export type FullImageBuildResult = FullyJudged<ImageBuildConfig>;

const IMAGE_BUILD: FileKind<typeof imageBuildSchema, ImageBuildConfig> = {
  schema: imageBuildSchema,
  check: checkImageBuild,
  online: ONLINE_IMAGE_CHECKS,
  complete: (output) => output,
};

/**
 * Reads the file of an image build, as `parseClusterFile` reads that of a cluster: every problem at
 * once, in the order of the file, all that can be known without asking a cloud. Never throws.
 */
export function parseImageBuildFile(text: string, options: ParseOptions): ParseImageBuildResult {
  return judgeText(IMAGE_BUILD, text, options);
}

/** As `parseImageBuildFile`, with the checks for which an account is needed. */
export function checkImageBuildFile(
  text: string,
  options: ParseOptions,
  account: MaybeAccount,
  signal: AbortSignal,
): Promise<FullImageBuildResult> {
  return judgeTextFully(IMAGE_BUILD, text, options, account, signal);
}
