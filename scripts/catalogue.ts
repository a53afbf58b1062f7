/**
 * Writes the data of the built-in machine catalogue from a folder of facts:
 *
 *   node scripts/catalogue.ts FOLDER
 *
 * The folder holds ec2-instance-types.json, ec2-ondemand-prices.json, azure-vm-sizes.json,
 * azure-ondemand-prices.json, and a README.md whose table says in its last column of which date
 * each file is. `packages/model/src/catalogue/` describes what is written.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const target = join(root, "packages/model/src/catalogue/data");
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node scripts/catalogue.ts FOLDER");
  process.exit(2);
}

interface Ec2Source {
  readonly name: string;
  readonly arch: readonly string[];
  readonly vcpus: number;
  readonly cores: number;
  readonly threadsPerCore: number;
  readonly memoryMiB: number;
  readonly network: string;
  readonly networkGbps: number;
  readonly networkCards: number;
  readonly efaInterfaces?: number;
  readonly usage: readonly string[];
  readonly burstable: boolean;
  readonly currentGeneration: boolean;
  readonly bareMetal: boolean;
  readonly manufacturer: string;
  readonly clockGhz: number | null;
  readonly placement: readonly string[];
  readonly nvmeGB: number;
  readonly gpus?: readonly GpuSource[];
}

interface GpuSource {
  readonly name: string;
  readonly manufacturer: string;
  readonly count: number;
  readonly memoryMiB: number;
}

interface AzureSource {
  readonly name: string;
  readonly family: string;
  readonly vcpusPerCore: number;
  readonly gpus: number;
}

interface PricesSource {
  readonly asOf: string;
  readonly regions: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Distinct values in the order in which they came. */
class Table<T> {
  readonly values: T[] = [];
  readonly #positions = new Map<string, number>();

  position(value: T): number {
    const key = JSON.stringify(value);
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    this.#positions.set(key, this.values.length);
    return this.values.push(value) - 1;
  }
}

function ec2Types(types: readonly Ec2Source[]): object {
  const profiles = new Table<string>();
  const networks = new Table<string>();
  const gpus = new Table<readonly object[]>();
  const lines = types.map((type) => {
    if (type.cores * type.threadsPerCore !== type.vcpus) {
      throw new Error(`${type.name}: cores times threads is not vcpus`);
    }
    return [
      type.name,
      profiles.position(ec2Profile(type)),
      type.vcpus,
      type.memoryMiB,
      networks.position(`${type.network}|${type.networkGbps}`),
      type.nvmeGB,
      ...(type.gpus === undefined
        ? []
        : [gpus.position(type.gpus.map(({ name, ...gpu }) => ({ model: name, ...gpu })))]),
    ].join(" ");
  });
  return {
    asOf: dateOf("ec2-instance-types.json"),
    profiles: profiles.values,
    networks: networks.values,
    gpus: gpus.values,
    types: lines.toSorted(),
  };
}

function ec2Profile(type: Ec2Source): string {
  const flags = [
    ...(type.currentGeneration ? ["current"] : []),
    ...(type.burstable ? ["burstable"] : []),
    ...(type.bareMetal ? ["metal"] : []),
  ];
  return [
    type.arch.join(),
    type.threadsPerCore,
    type.networkCards,
    type.efaInterfaces ?? 0,
    type.manufacturer,
    type.clockGhz ?? 0,
    type.usage.join(),
    type.placement.join(),
    flags.join(),
  ]
    .join(" ")
    .trimEnd();
}

function azureSizes(sizes: readonly AzureSource[]): object {
  return {
    asOf: dateOf("azure-vm-sizes.json"),
    sizes: sizes
      .map(({ vcpusPerCore, ...size }) => ({
        ...size,
        threadsPerCore: vcpusPerCore,
        ...(size.gpus === 0 ? {} : { gpuModel: azureGpuModel(size) }),
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** The GPUs of sizes that are older than the rule that the name says it, by Azure's documentation. */
const GPUS_BY_FAMILY: Readonly<Record<string, string>> = {
  standardNCSv3Family: "V100",
  standardNDASv4_A100Family: "A100",
};

function azureGpuModel({ name, family }: Pick<AzureSource, "name" | "family">): string {
  const model = /_([A-Z]+\d+)_v\d+$/.exec(name)?.[1] ?? GPUS_BY_FAMILY[family];
  if (model === undefined) throw new Error(`the name of ${name} does not say which GPU it has`);
  return model;
}

function prices({ asOf, regions }: PricesSource, prefix: string): object {
  const names = new Set(Object.values(regions).flatMap((region) => Object.keys(region)));
  const lines = [...names].toSorted().flatMap((name) => {
    if (!name.startsWith(prefix)) throw new Error(`${name} does not start with ${prefix}`);
    const distinct = new Table<number>();
    const letters = Object.values(regions).map((region) => {
      // Lists say 0 for what has no price yet.
      const price = region[name];
      return price ? String.fromCharCode("a".charCodeAt(0) + distinct.position(price)) : "-";
    });
    if (distinct.values.length === 0) return [];
    const values = distinct.values.map((price) => String(price).replace(/^0\./, "."));
    return [[name.slice(prefix.length), letters.join(""), ...values].join(" ")];
  });
  return { asOf, prefix, regions: Object.keys(regions), prices: lines };
}

function source<T>(name: string): T {
  return JSON.parse(readFileSync(join(folder ?? "", name), "utf8")) as T;
}

function dateOf(name: string): string {
  const rows = readFileSync(join(folder ?? "", "README.md"), "utf8").split("\n");
  const row = rows.find((line) => line.startsWith(`| ${name} |`));
  const date = row?.split("|").at(-2)?.trim();
  if (!date) throw new Error(`README.md does not say of which date ${name} is`);
  return date;
}

const written = Object.entries({
  "ec2-instance-types.json": ec2Types(source("ec2-instance-types.json")),
  "ec2-prices.json": prices(source("ec2-ondemand-prices.json"), ""),
  "azure-vm-sizes.json": azureSizes(source("azure-vm-sizes.json")),
  "azure-prices.json": prices(source("azure-ondemand-prices.json"), "Standard_"),
}).map(([name, data]) => {
  const path = join(target, name);
  writeFileSync(path, JSON.stringify(data));
  return path;
});
execFileSync(join(root, "node_modules/.bin/biome"), ["format", "--write", ...written], {
  cwd: root,
  stdio: "inherit",
});
