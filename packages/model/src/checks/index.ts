import type { DraftFile } from "../cluster-file/draft.ts";
import type { Problem } from "../cluster-file/problem.ts";
import { allocationStrategies, capacityBlocks, fallbacks, reservationTargets } from "./capacity.ts";
import type { Check } from "./check.ts";
import { machineTypeChoice, schedulableMemory, sizes } from "./compute-resources.ts";
import { localMachineTypeNames, localNetwork } from "./local.ts";
import { duplicateNames, nodeNameCollisions, reservedNames } from "./names.ts";
import { foreignKeys, foreignValues, operatingSystems, requiredKeys } from "./provider.ts";
import { mountDirs, sharedStorageNames } from "./shared-storage.ts";
import { customSlurmSettings } from "./slurm-settings.ts";
import { tags } from "./tags.ts";
import { controlCharacters } from "./text.ts";
import { users } from "./users.ts";
import { warmNodes } from "./warm-nodes.ts";

const CHECKS: readonly Check[] = [
  foreignKeys,
  foreignValues,
  requiredKeys,
  operatingSystems,
  duplicateNames,
  reservedNames,
  nodeNameCollisions,
  machineTypeChoice,
  sizes,
  allocationStrategies,
  fallbacks,
  reservationTargets,
  capacityBlocks,
  warmNodes,
  schedulableMemory,
  customSlurmSettings,
  sharedStorageNames,
  mountDirs,
  users,
  tags,
  localMachineTypeNames,
  localNetwork,
  controlCharacters,
];

/** Everything that the checks between keys find. */
export function checkFile(file: DraftFile): Problem[] {
  return CHECKS.flatMap((check) => [...check(file)]);
}
