import type { CheckCase } from "./case.ts";
import { aws, local, made } from "./texts.ts";

const QUEUE =
  "Provider: local\nScheduling: {SlurmQueues: [{Name: q, Networking: {Zones: [ZONES]}, ComputeResources: [{Name: a, InstanceType: local.small}]}]}\nLocal: {Zones: [a, b]}\n";
const queue = (zones: string): string => QUEUE.replace("ZONES", zones);
const ZONES = "Scheduling.SlurmQueues[0].Networking.Zones";

const zone = (name: string, file: string, path: string, says: RegExp): CheckCase => ({
  id: "ZoneValidator",
  level: "ERROR",
  name,
  file,
  path,
  says,
});

const standby = (name: string, file: string, path: string, says: RegExp): CheckCase => ({
  id: "StandbyValidator",
  level: "ERROR",
  name,
  file,
  path: path === "" ? "HeadNode.Standby" : path,
  says,
});

const two = (head: string): string => local(`HeadNode: {${head}}\nLocal: {Zones: [a, b]}`);
const SUBNET = "Standby: {SubnetId: subnet-89abcdef}";
const DATABASE =
  "Database: {Uri: 'db:3306', UserName: u, PasswordSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:db'}";
const KEY = `age1${"q".repeat(58)}`;

const backup = (
  name: string,
  level: "ERROR" | "WARNING",
  file: string,
  says: RegExp,
): CheckCase => ({
  id: "BackupValidator",
  level,
  name,
  file,
  path: "Backup.To",
  says,
});

export const SURVIVAL_CASES: readonly CheckCase[] = [
  zone("no zone at all", local("Local: {Zones: []}"), "Local.Zones", /\[\]|too|list/i),
  zone("declared twice", local("Local: {Zones: [a, b, a]}"), "Local.Zones[2]", /Local.Zones\[0\]/),
  zone("of the head, undeclared", two("Zone: c"), "HeadNode.Zone", /Local.Zones has a, b/),
  zone("where none is declared", local("HeadNode: {Zone: a}"), "HeadNode.Zone", /has local/),
  zone("of a second head", two("Standby: {Zone: c}"), "HeadNode.Standby.Zone", /not a zone/),
  zone("of a queue, undeclared", queue("a, c"), `${ZONES}[1]`, /not a zone/),
  zone("of a queue, twice", queue("b, b"), `${ZONES}[1]`, /already/),
  standby("in the only zone", local("HeadNode: {Standby: {}}"), "", /one zone, local/),
  standby("in the head's zone", two("Standby: {Zone: a}"), "HeadNode.Standby.Zone", /own zone/),
  standby(
    "in the head's zone, which is named",
    two("Zone: b, Standby: {Zone: b}"),
    "HeadNode.Standby.Zone",
    /own zone/,
  ),
  standby(
    "without a subnet",
    aws({ head: "SharedStorageType: Efs, Standby: {}", slurm: DATABASE }),
    "HeadNode.Standby.SubnetId",
    /nothing says where/,
  ),
  standby(
    "in the head's subnet",
    aws({ head: "SharedStorageType: Efs, Standby: {SubnetId: subnet-01234567}", slurm: DATABASE }),
    "HeadNode.Standby.SubnetId",
    /own subnet/,
  ),
  standby(
    "in a subnet of a network that is made",
    made({}).replace("t3.small", `t3.small, ${SUBNET}`),
    "HeadNode.Standby.SubnetId",
    /one that Sluice makes/,
  ),
  standby(
    "with the folders on a disk",
    aws({ head: SUBNET, slurm: DATABASE }),
    "HeadNode.SharedStorageType",
    /folders are on a disk/,
  ),
  standby(
    "with a shared disk",
    aws({
      head: `${SUBNET}, SharedStorageType: Efs`,
      slurm: DATABASE,
      more: "SharedStorage: [{Name: d, MountDir: /d, StorageType: Ebs}]",
    }),
    "SharedStorage[0].StorageType",
    /could not share it/,
  ),
  standby(
    "with a database of the head's own",
    aws({ head: `${SUBNET}, SharedStorageType: Efs` }),
    "",
    /accounting database/,
  ),
  backup(
    "a folder of an instance",
    "ERROR",
    aws({ more: "Backup: {To: /backups}" }),
    /lost with it/,
  ),
  backup("a bucket", "ERROR", local("Backup: {To: 's3://bucket/a'}"), /no rights/),
  backup("upwards", "ERROR", local("Backup: {To: /shared/../etc}"), /upwards/),
  backup("a disk that goes", "WARNING", local("Backup: {To: /backups}"), /goes with the machine/),
  {
    id: "BackupValidator",
    level: "ERROR",
    name: "a key twice",
    file: local(`Backup: {Recipients: [${KEY}, ${KEY}]}`),
    path: "Backup.Recipients[1]",
    says: /already/,
  },
];
