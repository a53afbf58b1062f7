import { SITE_DATABASE_PORT } from "@sluice/boot";
import {
  CfnDBCluster,
  CfnDBClusterParameterGroup,
  CfnDBInstance,
  CfnDBSubnetGroup,
} from "aws-cdk-lib/aws-rds";
import { CfnDeletionPolicy, Fn } from "aws-cdk-lib/core";
import type { Awaited } from "../../infrastructure/synth/scope.ts";
import { secretValue } from "../../infrastructure/synth/secrets.ts";
import type { SiteScope } from "./contract.ts";
import type { SiteNetwork } from "./network.ts";
import type { SitePorts } from "./ports.ts";

/** Where servers and accounting keep what they know. */
export interface SiteDatabase {
  readonly host: string;
  readonly port: number;
  /** Who may make databases and accounts there. */
  readonly user: string;
  /** What serves it; nothing of one that is given. */
  readonly instances: readonly Awaited[];
  /** Of Aurora. */
  readonly id: string | undefined;
}

const USER = "sluice_admin";
/** A release with long support. Others are its family's, which the parameters are of. */
const ENGINE_VERSION = "8.0.mysql_aurora.3.10.0";
const FAMILY = "aurora-mysql8.0";
const BACKUP_DAYS = 7;

const PARAMETERS = {
  require_secure_transport: "ON",
  character_set_server: "utf8mb4",
  collation_server: "utf8mb4_bin",
  time_zone: "UTC",
  max_allowed_packet: String(64 << 20),
  // What slurmdbd wants, and what would hold up a server for a quarter of an hour.
  init_connect: "SET SESSION innodb_lock_wait_timeout = IF(CURRENT_USER() LIKE 'slurm%', 900, 50)",
};

/** Aurora with a reader in another zone, which takes over in under a minute, or what the file names. */
export function siteDatabase(
  scope: SiteScope,
  network: SiteNetwork,
  ports: SitePorts,
): SiteDatabase {
  const { Uri: uri, UserName: user = "" } = scope.config.Database;
  if (uri === undefined) return aurora(scope, network, ports);
  const [host = uri, port = String(SITE_DATABASE_PORT)] = uri.split(":");
  return { host, port: Number(port), user, instances: [], id: undefined };
}

function aurora(
  { stack, config, request }: SiteScope,
  network: SiteNetwork,
  ports: SitePorts,
): SiteDatabase {
  const { Replica, MinCapacity = 0.5, MaxCapacity = 4 } = config.Database;
  const subnets = new CfnDBSubnetGroup(stack, "DatabaseSubnets", {
    dbSubnetGroupDescription: "Database of the site",
    subnetIds: network.subnets.map(({ subnetId }) => subnetId),
  });
  const parameters = new CfnDBClusterParameterGroup(stack, "DatabaseParameters", {
    description: "Database of the site",
    family: FAMILY,
    parameters: PARAMETERS,
  });
  const cluster = new CfnDBCluster(stack, "Database", {
    engine: "aurora-mysql",
    engineMode: "provisioned",
    engineVersion: ENGINE_VERSION,
    masterUsername: USER,
    masterUserPassword: secretValue(request.secrets.database),
    port: SITE_DATABASE_PORT,
    serverlessV2ScalingConfiguration: { minCapacity: MinCapacity, maxCapacity: MaxCapacity },
    dbClusterParameterGroupName: parameters.ref,
    dbSubnetGroupName: subnets.ref,
    vpcSecurityGroupIds: [ports.database],
    storageEncrypted: true,
    backupRetentionPeriod: BACKUP_DAYS,
    copyTagsToSnapshot: true,
  });
  cluster.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
  // What replaces a database begins empty.
  cluster.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.SNAPSHOT;
  const zones = network.subnets.slice(0, Replica ? 2 : 1).map(({ zone }) => zone);
  const instances = zones.map((availabilityZone, index) => {
    const one = new CfnDBInstance(stack, index === 0 ? "DatabaseWriter" : "DatabaseReader", {
      dbInstanceClass: "db.serverless",
      engine: "aurora-mysql",
      dbClusterIdentifier: cluster.ref,
      availabilityZone,
      // The reader is as large as the writer, whose place it takes.
      promotionTier: index,
      publiclyAccessible: false,
      autoMinorVersionUpgrade: true,
    });
    one.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
    one.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.DELETE;
    return one;
  });
  const [writer, reader] = instances;
  // The first that is there is the writer.
  if (writer !== undefined) reader?.node.addDependency(writer);
  const host = Fn.getAtt(cluster.logicalId, "Endpoint.Address").toString();
  return { host, port: SITE_DATABASE_PORT, user: USER, instances, id: cluster.ref };
}
