import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { nearest } from "../cluster-file/nearest.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { providerOf } from "./provider.ts";
import known from "./regions.json" with { type: "json" };
import { queuesOf } from "./resources.ts";

const ID = "RegionValidator";

/** A region has a name of the chosen cloud. */
export function* regions(file: DraftFile): Generator<Problem> {
  const provider = providerOf(file);
  const { Region: region } = file;
  if (provider === undefined || provider === "local" || typeof region !== "string") return;
  const names = known[provider];
  if (names.includes(region)) return;
  const other = provider === "aws" ? "azure" : "aws";
  const message = known[other].includes(region)
    ? `${showValue(region)} is a region of ${other}, and Provider is ${provider}`
    : `${showValue(region)} is not a region of ${provider} that is known here`;
  const meant = nearest(region, names);
  const suggestion = `write ${meant ?? (provider === "aws" ? "one such as eu-central-1" : "one such as westeurope")}; if it is newer than this version, suppress ${ID}`;
  yield problem(ID, ["Region"], message, suggestion);
}

interface Use {
  readonly what: string;
  readonly path: Path;
  /** What names of regions without it begin with. */
  readonly lacking: string;
}

/** What the isolated regions of AWS lack. */
export function* regionFeatures(file: DraftFile): Generator<Problem> {
  const { Region: region } = file;
  if (providerOf(file) !== "aws" || typeof region !== "string") return;
  if (!region.startsWith("us-iso")) return;
  for (const { what, path, lacking } of usesOf(file)) {
    if (!region.startsWith(lacking)) continue;
    const message = `${what} does not exist in ${region}`;
    yield problem("FeatureRegionValidator", path, message, "remove it, or write another Region", {
      at: "key",
    });
  }
}

function* usesOf(file: DraftFile): Generator<Use> {
  if (file.HeadNode?.Dcv) yield { what: "DCV", path: ["HeadNode", "Dcv"], lacking: "us-iso" };
  for (const { index, item } of entriesOf(file.LoginNodes?.Pools)) {
    if (!item.Dcv) continue;
    yield { what: "DCV", path: ["LoginNodes", "Pools", index, "Dcv"], lacking: "us-iso" };
  }
  for (const { queue, path } of queuesOf(file)) {
    if (queue.CapacityType !== "CAPACITY_BLOCK") continue;
    yield { what: "a capacity block", path: [...path, "CapacityType"], lacking: "us-iso" };
  }
  for (const { index, item } of entriesOf(file.SharedStorage)) {
    const path = ["SharedStorage", index, "StorageType"];
    const lacking = typeof item.StorageType === "string" ? STORAGE[item.StorageType] : undefined;
    if (lacking !== undefined) yield { what: `${item.StorageType} storage`, path, lacking };
  }
}

const STORAGE: Readonly<Record<string, string | undefined>> = {
  FsxLustre: "us-isob",
  FsxOntap: "us-iso",
  FsxOpenZfs: "us-iso",
  FileCache: "us-iso",
};
