import type { CheckCase } from "./case.ts";
import { aws } from "./texts.ts";

const SLURM = "Scheduling.SlurmSettings";
const QUEUE = "Scheduling.SlurmQueues[0]";
const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:munge";
const EXTERNAL = "ExternalSlurmdbd: {Host: dbd.example.com}";
const DATABASE = `${SLURM}.Database`;

const database = (name: string, keys: string, path: string, says: RegExp): CheckCase => ({
  id: "ConfigSchemaValidator",
  level: "ERROR",
  name,
  file: aws({ slurm: `Database: {${keys}}` }),
  path: `${DATABASE}.${path}`,
  says,
});

/** Slurm's settings, and where its accounting is. */
export const ACCOUNTING_CASES: readonly CheckCase[] = [
  database("a server without a user", "Uri: 'db:3306'", "UserName", /UserName is missing/),
  database("a server and one that is made", "Uri: 'db:3306', Managed: {}", "Uri", /Managed makes/),
  database("made in one zone", "Managed: {}", "Managed", /names one subnet, subnet-01234567/),
  database(
    "the wrong way round",
    "Managed: {MinCapacity: 8}",
    "Managed.MinCapacity",
    /than the most, 4/,
  ),
  database("a third of a unit", "Managed: {MinCapacity: 0.3}", "Managed.MinCapacity", /0.3/),
  {
    id: "CustomSlurmSettingsValidator",
    level: "ERROR",
    name: "what Sluice sets",
    file: aws({ slurm: "CustomSlurmSettings: [{SlurmctldParameters: a}]" }),
    path: `${SLURM}.CustomSlurmSettings[0].SlurmctldParameters`,
    says: /set by Sluice/,
  },
  {
    id: "CustomSlurmSettingsValidator",
    level: "ERROR",
    name: "nodes that are hidden",
    file: aws({ slurm: "CustomSlurmSettings: [{PrivateData: jobs}]" }),
    path: `${SLURM}.CustomSlurmSettings[0].PrivateData`,
    says: /cloud/,
  },
  {
    id: "CustomSlurmSettingsValidator",
    level: "ERROR",
    name: "jobs of root",
    file: aws({ slurm: "CustomSlurmSettings: [{DisableRootJobs: false}]" }),
    path: `${SLURM}.CustomSlurmSettings[0].DisableRootJobs`,
    says: /root/,
  },
  {
    id: "CustomSlurmSettingsValidator",
    level: "ERROR",
    name: "a partition that is a queue",
    file: aws({ slurm: "CustomSlurmSettings: [{PartitionName: q, Nodes: n1}]" }),
    path: `${SLURM}.CustomSlurmSettings[0].PartitionName`,
    says: /queue of this file/,
  },
  {
    id: "CustomSlurmSettingsValidator",
    level: "ERROR",
    name: "features of nodes, by their other name",
    file: aws({ resource: "InstanceType: c5.large, CustomSlurmSettings: {Feature: a}" }),
    path: `${QUEUE}.ComputeResources[0].CustomSlurmSettings.Feature`,
    says: /set by Sluice/,
  },
  {
    id: "CustomSlurmNodeNamesValidator",
    level: "ERROR",
    name: "a node that is named like one of a queue",
    file: aws({ slurm: "CustomSlurmSettings: [{NodeName: 'x-st-y-1', CPUs: 1}]" }),
    path: `${SLURM}.CustomSlurmSettings[0].NodeName`,
    says: /starts and stops/,
  },
  {
    id: "CustomSlurmSettingsIncludeFileOnlyValidator",
    level: "ERROR",
    name: "settings in two places",
    file: aws({
      slurm: "CustomSlurmSettingsIncludeFile: 's3://b/c', CustomSlurmSettings: [{KillWait: 60}]",
    }),
    path: `${SLURM}.CustomSlurmSettingsIncludeFile`,
    says: /here as well/,
  },
  {
    id: "SlurmNodePrioritiesWarningValidator",
    level: "WARNING",
    name: "static nodes after dynamic ones",
    file: aws({ resource: "InstanceType: c5.large, MinCount: 1, StaticNodePriority: 2000" }),
    path: `${QUEUE}.ComputeResources[0].StaticNodePriority`,
    says: /while others idle/,
  },
  {
    id: "SlurmNodePrioritiesWarningValidator",
    level: "WARNING",
    name: "dynamic nodes before static ones",
    file: aws({ resource: "InstanceType: c5.large, MinCount: 1, DynamicNodePriority: 1" }),
    path: `${QUEUE}.ComputeResources[0].DynamicNodePriority`,
    says: /while others idle/,
  },
  ...(
    [
      ["ERROR", "a protocol", "mysql://db.example.com:3306", /protocol/],
      ["ERROR", "no address", "/db.example.com", /not the address/],
      ["ERROR", "no port of TCP", "db.example.com:123456", /not a TCP port/],
      ["INFO", "no port", "db.example.com", /3306/],
    ] as const
  ).map(
    ([level, name, uri, says]): CheckCase => ({
      id: "DatabaseUriValidator",
      level,
      name,
      file: aws({
        slurm: `Database: {Uri: '${uri}', UserName: u, PasswordSecretArn: '${SECRET}'}`,
      }),
      path: `${SLURM}.Database.Uri`,
      says,
    }),
  ),
  {
    id: "ExternalSlurmdbdVsDatabaseIncompatibility",
    level: "ERROR",
    name: "two of them",
    file: aws({
      slurm: `${EXTERNAL}, Database: {Uri: 'db:3306', UserName: u, PasswordSecretArn: '${SECRET}'}`,
    }),
    path: `${SLURM}.ExternalSlurmdbd`,
    says: /names another/,
  },
  {
    id: "ExternalSlurmdbdRequiresCustomMungeKey",
    level: "ERROR",
    name: "without its key",
    file: aws({ slurm: EXTERNAL }),
    path: `${SLURM}.ExternalSlurmdbd`,
    says: /munge key/,
  },
  {
    id: "ExternalSlurmdbdTrafficNotEncrypted",
    level: "WARNING",
    name: "with its key",
    file: aws({ slurm: `${EXTERNAL}, MungeKeySecretArn: '${SECRET}'` }),
    path: `${SLURM}.ExternalSlurmdbd`,
    says: /as it is/,
  },
  {
    id: "ArnServiceAndResourceValidator",
    level: "ERROR",
    name: "a parameter of SSM",
    file: aws({ slurm: "MungeKeySecretArn: 'arn:aws:ssm:eu-central-1:123456789012:secret'" }),
    path: `${SLURM}.MungeKeySecretArn`,
    says: /not a secret/,
  },
];
