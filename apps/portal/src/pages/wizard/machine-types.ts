import {
  type MachineType,
  machineTypeNames,
  machineTypeOf,
  pricedRegions,
  priceFor,
} from "@sluice/model";
import type { ProviderName } from "./file-context.ts";

/** What the built-in catalogue knows of a machine type; only its name for those that are newer. */
export interface MachineTypeFacts {
  readonly name: string;
  readonly type: MachineType | undefined;
  /** USD per hour, on demand, where it is known. */
  readonly price: number | undefined;
  /** The price is another region's. */
  readonly isApproximate: boolean;
}

/**
 * Machine types that may be chosen, those of which all is known first. Types of the local cloud are
 * the built-in ones and those that the file declares under `Local`.
 */
export function machineTypes(
  provider: ProviderName,
  region: string | undefined,
  local: unknown,
): readonly MachineTypeFacts[] {
  const config = {
    ...(region === undefined ? {} : { Region: region }),
    ...(provider === "local" ? { Local: { MachineTypes: declaredTypes(local) } } : {}),
  } as Parameters<typeof machineTypeNames>[1] & object;
  return machineTypeNames(provider, config)
    .map((name) => {
      const price = priceFor({ ...config, Provider: provider }, name);
      return {
        name,
        type: machineTypeOf(provider, name, config),
        price: price?.usdPerHour,
        isApproximate: price?.approximate ?? false,
      };
    })
    .sort((one, other) => Number(one.type === undefined) - Number(other.type === undefined));
}

/** Regions whose prices are known, in alphabetical order. */
export function regionsOf(provider: ProviderName): readonly string[] {
  return [...pricedRegions(provider)].sort();
}

function declaredTypes(local: unknown): readonly object[] {
  const types = (local as { readonly MachineTypes?: unknown } | null | undefined)?.MachineTypes;
  if (!Array.isArray(types)) return [];
  return types.filter(
    (type) =>
      typeof type?.Name === "string" &&
      typeof type.VCpus === "number" &&
      typeof type.Memory === "number",
  );
}
