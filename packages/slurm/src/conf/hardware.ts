import type { MachineType } from "@sluice/model";
import type { NodeGroup } from "./input.ts";

/** What every machine that may back a node offers at least. */
export interface NodeHardware {
  /** As Slurm counts them: threads, or cores where a core is one CPU. */
  readonly cpus: number;
  /** Missing where the machine types differ, or where CPUs are to be had one by one. */
  readonly cores?: { readonly count: number; readonly threadsPerCore: number };
  readonly memoryMiB: number;
  /** `model` is missing where the machine types have different ones. */
  readonly gpus?: { readonly model?: string; readonly count: number };
}

/**
 * The smallest of all, each quantity by itself: slurmctld takes a node that registers with less
 * than it was promised for a broken one, and does not mind more.
 *
 * Slurm never gives the threads of a core to two jobs once it knows which belong together. On nodes
 * that jobs share, that would be half as many jobs of one CPU as there are CPUs, so it is told only
 * where a job has the node to itself (`exclusive`), and where a core has one thread.
 */
export function nodeHardware(
  { machineTypes, multithreading }: Pick<NodeGroup, "machineTypes" | "multithreading">,
  exclusive: boolean,
): NodeHardware {
  const threadsOf = (type: MachineType): number =>
    multithreading === false ? 1 : type.threadsPerCore;
  const cpusOf = (type: MachineType): number =>
    Math.max(1, Math.floor((type.vcpus * threadsOf(type)) / type.threadsPerCore));
  const cpus = Math.min(...machineTypes.map(cpusOf));
  const [threadsPerCore = 1, ...others] = new Set(machineTypes.map(threadsOf));
  const isKnown = others.length === 0 && cpus % threadsPerCore === 0;
  const gpus = commonGpus(machineTypes);
  return {
    cpus,
    ...(isKnown && (threadsPerCore === 1 || exclusive)
      ? { cores: { count: cpus / threadsPerCore, threadsPerCore } }
      : {}),
    memoryMiB: Math.min(...machineTypes.map((type) => type.memoryMiB)),
    ...(gpus === undefined ? {} : { gpus }),
  };
}

function commonGpus(types: readonly MachineType[]): NodeHardware["gpus"] {
  const count = Math.min(...types.map(({ gpus }) => gpus?.count ?? 0));
  if (count <= 0) return undefined;
  const [model = "", ...others] = new Set(types.map(({ gpus }) => gresType(gpus?.model ?? "")));
  return others.length === 0 && model !== "" ? { model, count } : { count };
}

/** Slurm's separators may not be in the name of a type. */
function gresType(model: string): string {
  return model.toLowerCase().replaceAll(/[^a-z0-9_.-]/g, "");
}
