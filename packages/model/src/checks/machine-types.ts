import { catalogueKnows, machineTypeNames } from "../catalogue/machine-types.ts";
import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { cloudGroupsOf, computeGroupsOf } from "./compute-groups.ts";
import { nearestOf } from "./nearest-names.ts";
import { providerOf } from "./provider.ts";

export interface NamedType {
  readonly name: string;
  readonly path: Path;
}

/** Those of the head node and of its stand-by. */
export function headTypesOf({ HeadNode: head }: DraftFile): readonly NamedType[] {
  return [
    { name: head?.InstanceType, path: ["HeadNode", "InstanceType"] },
    { name: head?.Standby?.InstanceType, path: ["HeadNode", "Standby", "InstanceType"] },
  ].flatMap(({ name, path }) => (typeof name === "string" ? [{ name, path }] : []));
}

/** Every machine type that the file names: of the heads, of login nodes, of compute nodes. */
export function* namedTypesOf(file: DraftFile): Generator<NamedType> {
  yield* headTypesOf(file);
  for (const { index, item } of entriesOf(file.LoginNodes?.Pools)) {
    if (typeof item.InstanceType !== "string") continue;
    yield { name: item.InstanceType, path: ["LoginNodes", "Pools", index, "InstanceType"] };
  }
  for (const { types } of computeGroupsOf(file)) yield* types;
}

/** A name that the catalogue does not have may be a slip, or newer than the catalogue. */
export function* machineTypesKnown(file: DraftFile): Generator<Problem> {
  const provider = providerOf(file);
  if (provider !== "aws" && provider !== "azure") return;
  const meant = nearestOf(() => machineTypeNames(provider));
  const knowledge = new Map<string, boolean>();
  for (const { name, path } of namedTypesOf(file)) {
    let isKnown = knowledge.get(name);
    if (isKnown === undefined) {
      isKnown = catalogueKnows(provider, name) !== "nothing";
      knowledge.set(name, isKnown);
    }
    if (isKnown) continue;
    const other = meant(name);
    const message = `${showValue(name)} is not a machine type that is known here, so nothing can be checked about it`;
    const suggestion =
      other === undefined
        ? "check its spelling, or leave it if it is new"
        : `write ${other}, or leave it if it is new`;
    yield problem("InstanceTypeValidator", path, message, suggestion, { level: "WARNING" });
  }
}

/** With 1 GiB or less there is no room for what these systems run beside a job. */
export function* smallMachines(file: DraftFile): Generator<Problem> {
  const os = file.Image?.Os;
  if (providerOf(file) !== "aws" || typeof os !== "string") return;
  if (!/^(ubuntu|rhel|rocky)/.test(os)) return;
  for (const { name, path } of namedTypesOf(file)) {
    if (!isTiny(name)) continue;
    const message = `${showValue(name)} has 1 GiB of memory or less, and ${os} with Slurm needs about 1.7 GiB to run well`;
    const suggestion = "write a machine type with at least 2 GiB";
    yield problem("InstanceTypeOSCompatibleValidator", path, message, suggestion, {
      level: "WARNING",
    });
  }
}

/** The sizes of EC2 with at most 1 GiB. */
export function isTiny(name: string): boolean {
  return /\.(micro|nano)$/.test(name);
}

/** Official images have the drivers of NVIDIA's GPUs and of AWS's own accelerators. */
export function* acceleratorMakers(file: DraftFile): Generator<Problem> {
  for (const { types } of cloudGroupsOf(file)) {
    for (const { name, path, facts } of types) {
      const maker = facts?.acceleratorMaker;
      if (maker === undefined || maker === "NVIDIA") continue;
      const message = `the accelerators of ${name} are made by ${maker}, and Slurm is told of NVIDIA's GPUs only; official images have no driver for others`;
      const suggestion =
        "write a machine type with NVIDIA GPUs, or an image with the drivers as CustomAmi";
      yield problem("InstanceTypeAcceleratorManufacturerValidator", path, message, suggestion, {
        level: "WARNING",
      });
    }
  }
}
