import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import type { Path } from "../cluster-file/problem.ts";
import { queuesOf } from "./resources.ts";

/** What a kind of node boots. */
export interface BootedImage {
  /** Undefined for the official one, and where the file has it wrong. */
  readonly id: string | undefined;
  /** Where it is named; undefined for the official one. */
  readonly path: Path | undefined;
  /** Whose it is: the path of the head node, of a queue, of a login pool. */
  readonly of: Path;
}

type DraftImage = { readonly CustomAmi?: string | null | undefined } | null | undefined;

/** The images of the head node, of every queue and of every login pool that could be read. */
export function* bootedImagesOf(file: DraftFile): Generator<BootedImage> {
  if (file.HeadNode) yield booted(file, file.HeadNode.Image, ["HeadNode"]);
  for (const { queue, path } of queuesOf(file)) yield booted(file, queue.Image, path);
  for (const { index, item } of entriesOf(file.LoginNodes?.Pools)) {
    yield booted(file, item.Image, ["LoginNodes", "Pools", index]);
  }
}

/** A kind's own image goes before the cluster's. */
function booted(file: DraftFile, image: DraftImage, of: Path): BootedImage {
  const own = image === null ? null : image?.CustomAmi;
  if (own !== undefined) return { id: own ?? undefined, path: [...of, "Image", "CustomAmi"], of };
  const common = file.Image === null ? null : file.Image?.CustomAmi;
  if (common === undefined) return { id: undefined, path: undefined, of };
  return { id: common ?? undefined, path: ["Image", "CustomAmi"], of };
}
