import type { Arch } from "../../catalogue/ec2.ts";
import { type DraftFile, entriesOf } from "../../cluster-file/draft.ts";
import { type Path, problem, showPath } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { computeGroupsOf } from "../compute-groups.ts";
import { bootedImagesOf } from "../images.ts";
import { machineFacts } from "../machine-facts.ts";
import type { NamedType } from "../machine-types.ts";
import { providerOf } from "../provider.ts";
import { queuesOf } from "../resources.ts";
import { checkOf, factsOf, type NamedThing } from "./facts.ts";
import { distinct } from "./things.ts";

/** What images that `sluice build-image` made say about themselves, and those of ParallelCluster. */
const MADE_BY_US = "sluice:version";
const MADE_BY_THEM = "parallelcluster:version";
const OS_TAGS = ["sluice:os", "parallelcluster:os"] as const;

/** Every image that the file names, once. */
function imagesOf(file: DraftFile): readonly NamedThing[] {
  if (providerOf(file) !== "aws") return [];
  return distinct(
    [...bootedImagesOf(file)].flatMap(({ id, path }) =>
      id === undefined || path === undefined ? [] : [{ id, path }],
    ),
  );
}

const origin = checkOf(
  ["CustomAmiTagValidator"],
  "image",
  imagesOf,
  function* ({ id, path }, facts) {
    if (facts === "absent" || MADE_BY_US in facts.tags) return;
    const theirs = facts.tags[MADE_BY_THEM];
    const what =
      theirs === undefined
        ? "was not made by `sluice build-image`, or lost its tags when it was copied"
        : `was made for ParallelCluster ${theirs}`;
    const message = `${id} ${what}, so what a node needs is installed at every boot, which takes minutes`;
    const suggestion = "build an image from it with `sluice build-image`";
    yield problem("CustomAmiTagValidator", path, message, suggestion, { level: "WARNING" });
  },
);

const operatingSystem = checkOf(
  ["AmiOsCompatibleValidator"],
  "image",
  imagesOf,
  function* ({ id, path }, facts, file) {
    const wanted = file.Image?.Os;
    if (facts === "absent" || typeof wanted !== "string") return;
    const os = OS_TAGS.map((tag) => facts.tags[tag]).find((value) => value !== undefined);
    if (os === wanted) return;
    if (os === undefined) {
      const message = `${id} does not say which operating system it has, and Os is ${wanted}`;
      const suggestion = `make sure that it is ${wanted}, or give it the tag sluice:os`;
      yield problem("AmiOsCompatibleValidator", path, message, suggestion, { level: "WARNING" });
      return;
    }
    const message = `${id} has ${os}, and Os is ${wanted}`;
    const suggestion = `write an image with ${wanted}`;
    yield problem("AmiOsCompatibleValidator", path, message, suggestion);
  },
);

interface Pair extends NamedType {
  readonly image: string;
}

/** Each machine type with the image that it boots, where the file names one. */
function* pairsOf(file: DraftFile): Generator<Pair> {
  const images = new Map(
    [...bootedImagesOf(file)].flatMap(({ id, of }) =>
      id === undefined ? [] : [[showPath(of), id]],
    ),
  );
  const head = file.HeadNode?.InstanceType;
  const headImage = images.get("HeadNode");
  if (typeof head === "string" && headImage !== undefined) {
    yield { name: head, image: headImage, path: ["HeadNode", "InstanceType"] };
  }
  for (const { types, queuePath } of computeGroupsOf(file)) {
    const image = images.get(showPath(queuePath));
    if (image === undefined) continue;
    for (const { name, path } of types) yield { name, path, image };
  }
  for (const { index, item } of entriesOf(file.LoginNodes?.Pools)) {
    const of: Path = ["LoginNodes", "Pools", index];
    const image = images.get(showPath(of));
    if (typeof item.InstanceType !== "string" || image === undefined) continue;
    yield { name: item.InstanceType, path: [...of, "InstanceType"], image };
  }
}

const BASE = "InstanceTypeBaseAMICompatibleValidator";

const architecture: OnlineCheck = {
  ids: [BASE],
  *questions(file) {
    for (const { id } of imagesOf(file)) yield { kind: "image", id };
  },
  *check(file, known) {
    for (const { id, path } of imagesOf(file)) {
      const state = factsOf(known, "image", id)?.state;
      const isAbsent = known.get("image", id)?.is === "absent";
      if (!isAbsent && (state === undefined || state === "available")) continue;
      const message = isAbsent
        ? `there is no image ${id} in the region, or the account may not use it`
        : `${id} can't be booted: it is ${state}`;
      yield problem(BASE, path, message, "write the id of an image that can be booted");
    }
    if (providerOf(file) !== "aws") return;
    for (const { name, image, path } of pairsOf(file)) {
      const built: Arch | undefined = factsOf(known, "image", image)?.architecture;
      const able = machineFacts("aws", name)?.arch;
      if (built === undefined || able === undefined || able.includes(built)) continue;
      const message = `${name} is ${able.join(" and ")} and its image ${image} ${built}, so it does not boot`;
      yield problem(BASE, path, message, "write another machine type, or another CustomAmi");
    }
  },
};

/** Root volumes whose size the file says, with the image that goes onto them. */
function* rootVolumesOf(file: DraftFile) {
  const images = new Map(
    [...bootedImagesOf(file)].flatMap(({ id, of }) =>
      id === undefined ? [] : [[showPath(of), id]],
    ),
  );
  const head = file.HeadNode?.LocalStorage?.RootVolume?.Size;
  const at: Path = ["LocalStorage", "RootVolume", "Size"];
  const headImage = images.get("HeadNode");
  if (typeof head === "number" && headImage !== undefined) {
    yield { id: headImage, size: head, path: ["HeadNode", ...at] };
  }
  for (const { queue, path } of queuesOf(file)) {
    const size = queue.ComputeSettings?.LocalStorage?.RootVolume?.Size;
    const id = images.get(showPath(path));
    if (typeof size !== "number" || id === undefined) continue;
    yield { id, size, path: [...path, "ComputeSettings", ...at] };
  }
}

const rootVolumeSize = checkOf(
  ["RootVolumeSizeValidator"],
  "image",
  (file) => (providerOf(file) === "aws" ? rootVolumesOf(file) : []),
  function* ({ id, size, path }, facts) {
    if (facts === "absent" || facts.rootVolumeGiB === undefined) return;
    if (size >= facts.rootVolumeGiB) return;
    const message = `${size} GiB is less than the image ${id} has, which is ${facts.rootVolumeGiB} GiB`;
    const suggestion = `write at least ${facts.rootVolumeGiB}, or nothing, which is the same`;
    yield problem("RootVolumeSizeValidator", path, message, suggestion);
  },
);

export const IMAGE_CHECKS: readonly OnlineCheck[] = [
  origin,
  operatingSystem,
  architecture,
  rootVolumeSize,
];
