import { architectures, intelPackages } from "./architecture.ts";
import {
  allocationStrategies,
  capacityBlocks,
  capacityTypes,
  fallbacks,
  reservationTargets,
} from "./capacity.ts";
import type { Check } from "./check.ts";
import { machineTypeChoice, schedulableMemory, sizes } from "./compute-resources.ts";
import { desktops } from "./desktops.ts";
import { efa, efaPlacement, efaZones } from "./efa.ts";
import { instances } from "./instances.ts";
import { keyPairs } from "./key-pairs.ts";
import { localMachineTypeNames, localNetwork } from "./local.ts";
import { acceleratorMakers, machineTypesKnown, smallMachines } from "./machine-types.ts";
import { duplicateNames, nodeNameCollisions, reservedNames } from "./names.ts";
import { publicAddresses, repeatedSubnets } from "./network.ts";
import { keysWithoutEffect } from "./no-effect.ts";
import { placementGroupNames, placements } from "./placement.ts";
import { foreignKeys, foreignValues, operatingSystems, requiredKeys } from "./provider.ts";
import { regionFeatures, regions } from "./regions.ts";
import { standbyPlace, standbyState } from "./standby.ts";
import { foreignNetwork, subnetChoice, vpc } from "./vpc.ts";
import { warmNodes } from "./warm-nodes.ts";
import { zones } from "./zones.ts";

export const COMPUTE_FILE_CHECKS: readonly Check[] = [
  foreignKeys,
  keysWithoutEffect,
  foreignValues,
  requiredKeys,
  operatingSystems,
  regions,
  regionFeatures,
  duplicateNames,
  reservedNames,
  nodeNameCollisions,
  machineTypeChoice,
  machineTypesKnown,
  smallMachines,
  acceleratorMakers,
  architectures,
  intelPackages,
  sizes,
  schedulableMemory,
  allocationStrategies,
  capacityTypes,
  fallbacks,
  reservationTargets,
  capacityBlocks,
  warmNodes,
  instances,
  efa,
  efaZones,
  efaPlacement,
  placementGroupNames,
  placements,
  subnetChoice,
  vpc,
  foreignNetwork,
  repeatedSubnets,
  publicAddresses,
  keyPairs,
  desktops,
  localMachineTypeNames,
  localNetwork,
  zones,
  standbyPlace,
  standbyState,
];
