import {
  databaseAddress,
  databaseChoice,
  externalSlurmdbd,
  includeFileOnly,
  sharedKeys,
} from "./accounting.ts";
import { addresses, repositories } from "./addresses.ts";
import { backups } from "./backup.ts";
import type { Check } from "./check.ts";
import { customActions } from "./custom-actions.ts";
import {
  directoryCertificates,
  directoryDomain,
  directoryServers,
  sssdSettings,
} from "./directory-service.ts";
import { disks, rootVolumeEncryption } from "./ebs.ts";
import { efsMountOptions, efsSettings } from "./efs.ts";
import {
  existingLustre,
  lustreBackups,
  lustreCapacity,
  lustreDeployment,
  lustreDisks,
  lustreRepositories,
} from "./fsx-lustre.ts";
import { resourcePrefix, roleChoices } from "./iam.ts";
import { encryptionKeys } from "./kms.ts";
import { detailedMonitoring, logRotation } from "./monitoring.ts";
import { mountDirs } from "./mount-dirs.ts";
import { nodePriorities } from "./node-priorities.ts";
import { mixedSecurityGroups, securityGroupChoice } from "./security-groups.ts";
import {
  deletionPolicies,
  homeOnFileCache,
  managedFsxSubnets,
  numberOfStorages,
  sharedStorageNames,
  storageSettings,
} from "./shared-storage.ts";
import { customSlurmSettings } from "./slurm-settings.ts";
import { machineTags, tags } from "./tags.ts";
import { controlCharacters } from "./text.ts";
import { users } from "./users.ts";

/** Storage, rights, settings and what else is not about machines. */
export const STORAGE_FILE_CHECKS: readonly Check[] = [
  customSlurmSettings,
  includeFileOnly,
  nodePriorities,
  databaseAddress,
  databaseChoice,
  externalSlurmdbd,
  sharedKeys,
  sharedStorageNames,
  storageSettings,
  mountDirs,
  homeOnFileCache,
  numberOfStorages,
  deletionPolicies,
  managedFsxSubnets,
  disks,
  rootVolumeEncryption,
  efsSettings,
  efsMountOptions,
  existingLustre,
  lustreRepositories,
  lustreDeployment,
  lustreDisks,
  lustreCapacity,
  lustreBackups,
  encryptionKeys,
  securityGroupChoice,
  mixedSecurityGroups,
  roleChoices,
  resourcePrefix,
  customActions,
  addresses,
  repositories,
  directoryDomain,
  directoryServers,
  directoryCertificates,
  sssdSettings,
  logRotation,
  detailedMonitoring,
  backups,
  users,
  tags,
  machineTags,
  controlCharacters,
];
