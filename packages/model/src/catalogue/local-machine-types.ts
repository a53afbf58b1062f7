import type { ClusterConfig } from "../cluster-file/config.ts";
import type { MachineType } from "../machine-type.ts";
import builtIn from "./local-machine-types.json" with { type: "json" };

/** A kind of machine of the local cloud. */
export interface LocalMachineType extends MachineType {
  /** Namespaces with slurmd alone instead of a booted system. */
  readonly light: boolean;
  /** Seconds of boot time beyond the real one. */
  readonly simulatedBootSeconds: number;
  /** How many can be had at once; no limit when missing. */
  readonly capacity?: number;
  /** USD per hour; missing when the file does not say. */
  readonly spotPricePerHour?: number;
  /** How many can be had at once as spot machines, apart from `capacity`; no limit when missing. */
  readonly spotCapacity?: number;
  /** The machine comes up and never registers. */
  readonly neverBoots: boolean;
}

/** As a machine type stands in the cluster file and in the built-in list. */
interface Declared {
  readonly Name: string;
  readonly VCpus: number;
  readonly Memory: number;
  readonly Price?: number | undefined;
  readonly Light?: boolean | undefined;
  readonly BootSeconds?: number | undefined;
  readonly Capacity?: number | undefined;
  readonly SpotPrice?: number | undefined;
  readonly SpotCapacity?: number | undefined;
  readonly NeverBoots?: boolean | undefined;
}

/**
 * Machine types of the local cloud by name: the built-in ones and those of the cluster file, which
 * replace built-in ones of the same name. Meaningful for Provider local only.
 */
export function localMachineTypes(
  config: Pick<ClusterConfig, "Local">,
): ReadonlyMap<string, LocalMachineType> {
  const declared: readonly Declared[] = [...builtIn, ...(config.Local?.MachineTypes ?? [])];
  return new Map(declared.map((type) => [type.Name, localMachineType(type)]));
}

function localMachineType(type: Declared): LocalMachineType {
  return {
    name: type.Name,
    // Nothing is emulated: the host's own processors, whatever they are, answer to this name.
    arch: "x86_64",
    vcpus: type.VCpus,
    threadsPerCore: 1,
    memoryMiB: type.Memory,
    ...(type.Price === undefined ? {} : { pricePerHour: type.Price }),
    ...(type.BootSeconds ? { bootSeconds: type.BootSeconds } : {}),
    light: type.Light ?? false,
    simulatedBootSeconds: type.BootSeconds ?? 0,
    ...(type.Capacity === undefined ? {} : { capacity: type.Capacity }),
    ...(type.SpotPrice === undefined ? {} : { spotPricePerHour: type.SpotPrice }),
    ...(type.SpotCapacity === undefined ? {} : { spotCapacity: type.SpotCapacity }),
    neverBoots: type.NeverBoots ?? false,
  };
}
