import type { CheckRow } from "./row.ts";

/** Slurm, its accounting, the directory, monitoring, tags and users. */
export const SETTINGS_CHECKS: readonly CheckRow[] = [
  {
    id: "CustomSlurmSettingsValidator",
    says: "custom settings of Slurm are none that Sluice makes, and each is one setting",
    how: "offline",
    levels: ["ERROR"],
    suppressible: false,
  },
  {
    id: "CustomSlurmNodeNamesValidator",
    says: "nodes of one's own are not named like those of queues",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "CustomSlurmSettingsIncludeFileOnlyValidator",
    says: "settings of Slurm stand in the file or in an included one",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "SlurmNodePrioritiesWarningValidator",
    says: "static nodes of a queue are used before dynamic ones",
    how: "offline",
    levels: ["WARNING"],
  },
  {
    id: "DatabaseUriValidator",
    says: "the database has an address without a protocol, best with a port",
    how: "offline",
    levels: ["ERROR", "INFO"],
  },
  {
    id: "ExternalSlurmdbdVsDatabaseIncompatibility",
    says: "there is a database or a slurmdbd elsewhere",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "ExternalSlurmdbdRequiresCustomMungeKey",
    says: "a slurmdbd elsewhere and the cluster have one munge key",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "ExternalSlurmdbdTrafficNotEncrypted",
    says: "what goes to a slurmdbd elsewhere can be read on its way",
    how: "offline",
    levels: ["WARNING"],
  },
  {
    id: "DomainNameValidator",
    says: "the domain of the directory is a name or a search base",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "DomainAddrValidator",
    says: "the directory is asked by ldaps",
    how: "offline",
    levels: ["WARNING"],
  },
  {
    id: "LdapTlsReqCertValidator",
    says: "the directory proves who it is",
    how: "offline",
    levels: ["WARNING"],
  },
  {
    id: "AdditionalSssdConfigsValidator",
    says: "settings of SSSD leave users to LDAP",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "LogRotationValidator",
    says: "logs are sent away or kept",
    how: "offline",
    levels: ["WARNING"],
  },
  {
    id: "DetailedMonitoringValidator",
    says: "detailed metrics, which are paid for, are meant",
    how: "offline",
    levels: ["WARNING"],
  },
  {
    id: "ComputeResourceTagsValidator",
    says: "a machine gets each tag from one place, and no more than 40",
    how: "offline",
    levels: ["ERROR", "WARNING"],
  },
  {
    id: "UserValidator",
    says: "users have names and numbers of their own, none of the system's",
    how: "offline",
    levels: ["ERROR"],
    suppressible: false,
    ours: true,
  },
];

/** The file of an image build. */
export const IMAGE_BUILD_CHECKS: readonly CheckRow[] = [
  {
    id: "AMIVolumeSizeValidator",
    says: "the disk of an image is not smaller than that of its parent image",
    how: "online",
    levels: ["ERROR"],
  },
  {
    id: "ComponentsValidator",
    says: "an image has at most 15 components",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "SecurityGroupsAndSubnetValidator",
    says: "an image that is built in a subnet has security groups",
    how: "offline",
    levels: ["ERROR"],
  },
];
