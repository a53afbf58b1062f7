import type { CheckCase } from "./case.ts";

const CLUSTERS = "Clusters: [{Name: left, File: left.yaml}, {Name: right, File: right.yaml}]";
const site = (text: string, zones = "a, b"): string =>
  `Provider: local\nZones: [${zones}]\n${CLUSTERS}\n${text}\n`;
const aws = (text: string): string =>
  `Region: eu-central-1\nZones: [eu-central-1a, eu-central-1b]\n${CLUSTERS}\n${text}\n`;
const clusters = (list: string): string => site("").replace(CLUSTERS, `Clusters: [${list}]`);
const SUBNETS = "Subnets: [{Zone: eu-central-1a, SubnetId: subnet-01234567}]";

const found = (
  id: string,
  name: string,
  file: string,
  path: string,
  says: RegExp,
  level: CheckCase["level"] = "ERROR",
): CheckCase => ({ id, level, name: `of a site: ${name}`, file, kind: "site", path, says });

const schema = (name: string, file: string, path: string, says: RegExp): CheckCase =>
  found("ConfigSchemaValidator", name, file, path, says);
const wrong = (name: string, file: string, path: string, says: RegExp): CheckCase =>
  found("SiteValidator", name, file, path, says);

export const SITE_CASES: readonly CheckCase[] = [
  schema("without clusters", "Provider: local\nZones: [a]\n", "Clusters", /missing/),
  schema("without zones", `Provider: local\n${CLUSTERS}\n`, "Zones", /missing/),
  schema("without a region", aws("").replace("Region: eu-central-1\n", ""), "Region", /missing/),
  schema("on another cloud", site("").replace("local", "azure"), "Provider", /azure/),
  schema("a key of clusters", site("Scheduling: {}"), "Scheduling", /not a key of the file/),
  found("ZoneValidator", "a zone twice", site("", "a, b, a"), "Zones[2]", /already/),
  found("ZoneValidator", "a long zone", site("", "a, frankfurt"), "Zones[1]", /too long/),
  found(
    "ZoneValidator",
    "a zone of another region",
    aws("").replace("eu-central-1b]", "eu-west-1b]"),
    "Zones[1]",
    /not a zone of eu-central-1/,
  ),
  found(
    "ZoneValidator",
    "a subnet in no zone",
    aws(`Vpc: {Id: vpc-01234567, ${SUBNETS.replace("1a", "1c")}}`),
    "Vpc.Subnets[0].Zone",
    /not a zone/,
  ),
  schema(
    "a zone without a subnet",
    aws(`Vpc: {Id: vpc-01234567, ${SUBNETS}}`),
    "Vpc.Subnets",
    /eu-central-1b/,
  ),
  schema("no subnets", aws("Vpc: {Id: vpc-01234567}"), "Vpc.Subnets", /which subnet/),
  schema("subnets of nothing", aws(`Vpc: {${SUBNETS}}`), "Vpc.Subnets", /no Id/),
  schema("two networks", aws("Vpc: {Id: vpc-01234567, Cidr: 10.0.0.0/16}"), "Vpc.Cidr", /is there/),
  wrong("a small network", site("Network: 10.0.0.0/22"), "Network", /prefix of 22/),
  wrong("a public network", aws("Vpc: {Cidr: 8.8.0.0/16}"), "Vpc.Cidr", /private/),
  wrong("a name that is taken", clusters("{Name: Any, File: a}"), "Clusters[0].Name", /meaning/),
  found(
    "DuplicateNameValidator",
    "one cluster twice",
    clusters("{Name: hpc, File: a}, {Name: HPC, File: b}"),
    "Clusters[1].Name",
    /Clusters\[0\]/,
  ),
  found(
    "SiteValidator",
    "one file for two",
    clusters("{Name: a, File: x.yaml}, {Name: b, File: x.yaml}"),
    "Clusters[1].File",
    /already the file/,
    "INFO",
  ),
  wrong("many servers", site("Servers: {Count: 3}"), "Servers.Count", /more than the 2/),
  found(
    "SiteValidator",
    "one server",
    site("Servers: {Count: 1}"),
    "Servers.Count",
    /one zone/,
    "WARNING",
  ),
  found(
    "InstanceTypeValidator",
    "light servers",
    site("Servers: {InstanceType: light.small}"),
    "Servers.InstanceType",
    /whole system/,
  ),
  schema(
    "an address without a certificate",
    aws("Servers: {PublicUrl: 'https://hpc.example.com'}"),
    "Servers.CertificateArn",
    /certificate/,
  ),
  wrong(
    "a copy in the same zone",
    site("Database: {Replica: true}", "a"),
    "Database.Replica",
    /lost/,
  ),
  found(
    "SiteValidator",
    "no copy",
    site("Database: {Replica: false}"),
    "Database.Replica",
    /without a copy/,
    "WARNING",
  ),
  schema("a user of nothing", site("Database: {UserName: u}"), "Database.UserName", /no Uri/),
  schema("a server without a user", site("Database: {Uri: db}"), "Database.UserName", /missing/),
  schema(
    "a copy of one's own server",
    site("Database: {Uri: db, UserName: u, PasswordFile: /p, Replica: true}"),
    "Database.Replica",
    /is there/,
  ),
  schema(
    "capacity the wrong way round",
    aws("Database: {MinCapacity: 8}"),
    "Database.MinCapacity",
    /than the most/,
  ),
  wrong(
    "a disk for all",
    aws("SharedStorage: [{Name: d, MountDir: /d, StorageType: Ebs}]"),
    "SharedStorage[0].StorageType",
    /one head/,
  ),
  found("UserValidator", "root", site("Users: [{Name: root}]"), "Users[0].Name", /system/),
  found(
    "ProviderKeyValidator",
    "a region of the host",
    site("Region: eu-central-1"),
    "Region",
    /no effect/,
    "WARNING",
  ),
  found(
    "BackupValidator",
    "backups in a bucket of nobody",
    site("Backup: {To: 's3://bucket'}"),
    "Backup.To",
    /no rights/,
  ),
];
