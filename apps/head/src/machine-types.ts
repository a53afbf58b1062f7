import { readFileSync } from "node:fs";
import type { MachineFile } from "@sluice/boot";
import type { MachineType } from "@sluice/model";

/** The machine types that slurm.conf was rendered from, so that the daemon need not ask for them. */
export function machineTypesFile(path: string, types: Iterable<MachineType>): MachineFile {
  return { path, content: `${JSON.stringify([...types], undefined, 2)}\n`, mode: 0o600 };
}

/** By name; undefined when the file is not there or can't be read. */
export function readMachineTypes(path: string): ReadonlyMap<string, MachineType> | undefined {
  try {
    const types: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (!Array.isArray(types)) return undefined;
    return new Map((types as readonly MachineType[]).map((type) => [type.name, type]));
  } catch {
    return undefined;
  }
}
