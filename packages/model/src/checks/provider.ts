import { type Draft, type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { nearest } from "../cluster-file/nearest.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { clusterSchema } from "../cluster-file/schema/cluster.ts";
import { AWS_DEBIANS, CLOUD_OSES, LOCAL_OSES } from "../cluster-file/schema/image.ts";
import { imageBuildSchema } from "../cluster-file/schema/image-build.ts";
import type { KeyMeta } from "../cluster-file/schema/meta.ts";
import type { Provider } from "../cluster-file/schema/provider.ts";
import { elementOf, metaOf, shapeOf } from "../cluster-file/schema-tree.ts";
import { queuesOf } from "./resources.ts";
import { interestIn } from "./schema-interest.ts";

/** Undefined when the file names one that does not exist: then nothing can be said. */
export function providerOf(file: DraftFile): Provider | undefined {
  return file.Provider === undefined ? "aws" : (file.Provider ?? undefined);
}

/** Keys that do nothing in the chosen cloud. */
export function* foreignKeys(file: DraftFile): Generator<Problem> {
  const provider = providerOf(file);
  if (provider !== undefined) yield* foreignBelow(clusterSchema, file, [], provider);
}

/** The same in the file of an image build. */
export function* foreignImageKeys(file: object, provider: Provider): Generator<Problem> {
  yield* foreignBelow(imageBuildSchema, file, [], provider);
}

/** The same in another kind of file. */
export function foreignKeysOf(
  schema: Schema,
  file: object,
  provider: Provider,
): Generator<Problem> {
  return foreignBelow(schema, file, [], provider);
}

type Schema = Parameters<typeof metaOf>[0];

const mayBeForeign: Readonly<Record<Provider, (schema: Schema) => boolean>> = {
  aws: interestIn((meta) => isForeign(meta, "aws")),
  azure: interestIn((meta) => isForeign(meta, "azure")),
  local: interestIn((meta) => isForeign(meta, "local")),
};

function isForeign({ providers }: Partial<KeyMeta>, provider: Provider): boolean {
  return providers !== undefined && !providers.includes(provider);
}

function* foreignBelow(
  schema: Schema,
  value: unknown,
  path: Path,
  provider: Provider,
): Generator<Problem> {
  if (!mayBeForeign[provider](schema)) return;
  const element = elementOf(schema);
  if (element !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* foreignBelow(element, item, [...path, index], provider);
    }
    return;
  }
  const shape = shapeOf(schema);
  if (shape === undefined || typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const childSchema = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (childSchema === undefined || child === undefined) continue;
    const { providers } = metaOf(childSchema);
    if (providers !== undefined && !providers.includes(provider)) {
      const message = `${key} has no effect with Provider: ${provider}, it is for ${providers.join(" and ")}`;
      const suggestion = "remove it, or leave it for the day the file is used there";
      yield problem("ProviderKeyValidator", [...path, key], message, suggestion, {
        at: "key",
        level: "WARNING",
      });
    } else yield* foreignBelow(childSchema, child, [...path, key], provider);
  }
}

/** What the local cloud has a default for and a vendor's cloud can't guess. */
export function* requiredKeys(file: DraftFile): Generator<Problem> {
  const provider = providerOf(file);
  if (provider === undefined || provider === "local") return;
  yield* required(file.Image, ["Image"], { Os: "one of the operating systems of the page" });
  if (file.HeadNode === undefined) yield missing(["HeadNode"], "the section of the head node");
  yield* required(file.HeadNode, ["HeadNode"], {
    InstanceType: "the machine type of the head node",
  });
  if (provider === "azure") yield* requiredSubnets(file);
}

/** On AWS a network is made where no subnet is named. */
function* requiredSubnets(file: DraftFile): Generator<Problem> {
  yield* required(file.HeadNode, ["HeadNode"], { Networking: "the section with SubnetId" });
  yield* required(file.HeadNode?.Networking, ["HeadNode", "Networking"], {
    SubnetId: "the subnet of the head node",
  });
  for (const { queue, path } of queuesOf(file)) {
    yield* required(queue, path, { Networking: "the section with SubnetIds" });
    yield* required(queue.Networking, [...path, "Networking"], {
      SubnetIds: "the subnets of the queue",
    });
  }
  for (const { index, item } of entriesOf(file.LoginNodes?.Pools)) {
    const path = ["LoginNodes", "Pools", index];
    yield* required(item, path, { Networking: "the section with SubnetIds" });
    yield* required(item.Networking, [...path, "Networking"], {
      SubnetIds: "the subnet of the pool",
    });
  }
}

/** Keys that are not there, in a section that is. */
function* required<T extends object>(
  section: T | null | undefined,
  path: Path,
  keys: { readonly [K in keyof T]?: string },
): Generator<Problem> {
  if (section === null || section === undefined) return;
  for (const key of Object.keys(keys)) {
    const name = key as keyof T & string;
    if (section[name] === undefined) yield missing([...path, name], keys[name] ?? "");
  }
}

function missing(path: Path, what: string): Problem {
  const message = `${path.at(-1)} is missing, and there is no default for it`;
  return problem("ConfigSchemaValidator", path, message, `write ${what}`, { at: "missing" });
}

/** The local cloud makes Debian images; Amazon Linux is made for machines of AWS. */
export function* operatingSystems(file: DraftFile): Generator<Problem> {
  const provider = providerOf(file);
  const os = file.Image?.Os;
  if (provider === undefined) return;
  if (file.Image === undefined && provider !== "local") {
    yield missing(["Image"], "the section with Os");
  }
  const choice = osesOf(provider);
  if (typeof os !== "string" || choice.includes(os)) return;
  const message = `${showValue(os)} is not an operating system of Provider: ${provider}`;
  const meant = nearest(os, choice);
  const suggestion = meant === undefined ? `write one of ${choice.join(", ")}` : `write ${meant}`;
  yield problem("OsValidator", ["Image", "Os"], message, suggestion);
}

/** `Image.Os` in a cloud; undefined for a provider that does not exist. */
export function operatingSystemsOf(provider: string): readonly string[] | undefined {
  const known = Object.hasOwn(mayBeForeign, provider) ? (provider as Provider) : undefined;
  return known === undefined ? undefined : osesOf(known);
}

function osesOf(provider: Provider): readonly string[] {
  switch (provider) {
    case "local":
      return LOCAL_OSES;
    case "azure":
      return CLOUD_OSES.filter((os) => os !== "alinux2023");
    case "aws":
      return [...CLOUD_OSES, ...AWS_DEBIANS];
    default: {
      const never: never = provider;
      return never;
    }
  }
}

/** Values, not keys, that exist in one cloud only: ignoring them would be another cluster. */
export function* foreignValues(file: DraftFile): Generator<Problem> {
  const provider = providerOf(file);
  if (provider === undefined) return;
  for (const { queue, path } of queuesOf(file)) {
    if (queue.CapacityType !== "CAPACITY_BLOCK" || provider === "aws") continue;
    const message = `"CAPACITY_BLOCK" is a way to pay on AWS, and Provider is ${provider}`;
    yield problem(
      "CapacityTypeValidator",
      [...path, "CapacityType"],
      message,
      "write ONDEMAND or SPOT",
    );
  }
  for (const { index, item } of entriesOf(file.SharedStorage)) {
    const type: Draft<string> | undefined = item.StorageType;
    const isForeign = provider === "aws" ? type === "Local" : type !== "Local";
    if (typeof type !== "string" || !isForeign) continue;
    const message = `${showValue(type)} is not a kind of storage of Provider: ${provider}`;
    const suggestion =
      provider === "local"
        ? "write Local"
        : "remove the entry, or write a StorageType of that cloud";
    const place = ["SharedStorage", index, "StorageType"];
    yield problem("SharedStorageTypeValidator", place, message, suggestion);
  }
}
