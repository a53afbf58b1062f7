import { CfnDBCluster, CfnDBInstance, CfnDBSubnetGroup } from "aws-cdk-lib/aws-rds";
import { CfnDeletionPolicy, Fn } from "aws-cdk-lib/core";
import type { Network } from "./network.ts";
import type { Scope } from "./scope.ts";
import { makeSecret, secretValue } from "./secrets.ts";
import { groupFor, type SecurityGroups } from "./security-groups.ts";

const MYSQL_PORT = 3306;
const USER = "slurm";
/** MySQL on RDS takes passwords of up to 41 characters. */
const LENGTH = 40;

/** The accounting database, when it is not on the head's own disk. */
export interface AccountingDatabase {
  /** ARN of the secret with the password, a plain string. */
  readonly secretArn: string;
  /** Of one that is made: what serves it. */
  readonly instance: CfnDBInstance | undefined;
}

/** Makes the database that the file asks for, or tells the head of the one that it names. */
export function makeAccounting(
  scope: Scope,
  network: Network,
  groups: SecurityGroups,
): AccountingDatabase | undefined {
  const { config, facts, request } = scope;
  const { Database: database } = config.Scheduling.SlurmSettings;
  if (database === undefined) return undefined;
  // Letters of either case, as the head's own default.
  const name = database.DatabaseName ?? request.name.replaceAll("-", "_");
  const { Managed: managed, Uri: uri, UserName: user, PasswordSecretArn: secretArn } = database;
  if (managed !== undefined) {
    const made = makeCluster(scope, network, groups, managed);
    facts.add("database", {
      secrets: { database: made.secretArn },
      database: { host: made.host, port: MYSQL_PORT, user: USER, name },
    });
    return made;
  }
  if (uri === undefined || user === undefined || secretArn === undefined) return undefined;
  const [host = uri, port = String(MYSQL_PORT)] = uri.split(":");
  facts.add("database", {
    secrets: { database: secretArn },
    database: { host, port: Number(port), user, name },
  });
  return { secretArn, instance: undefined };
}

function makeCluster(
  scope: Scope,
  network: Network,
  groups: SecurityGroups,
  capacity: { readonly MinCapacity: number; readonly MaxCapacity: number },
) {
  const { stack } = scope;
  const subnetIds = [...new Set([...network.machineSubnets, network.headSubnet])];
  const isMadeNetwork = network.computeSubnets.length > 0;
  const secretArn = makeSecret(scope, "database", "Password of the accounting database", LENGTH);
  const group = groupFor(scope, network, "DatabasePorts", {
    description: "Accounting database",
    sources: groups.machines.slice(0, 1),
    ports: [{ from: MYSQL_PORT, to: MYSQL_PORT, what: "slurmdbd on the head" }],
  });
  const subnets = new CfnDBSubnetGroup(stack, "DatabaseSubnets", {
    dbSubnetGroupDescription: "Accounting database",
    subnetIds: isMadeNetwork ? [...network.computeSubnets] : subnetIds,
  });
  const cluster = new CfnDBCluster(stack, "Database", {
    engine: "aurora-mysql",
    engineMode: "provisioned",
    masterUsername: USER,
    masterUserPassword: secretValue(secretArn),
    port: MYSQL_PORT,
    serverlessV2ScalingConfiguration: {
      minCapacity: capacity.MinCapacity,
      maxCapacity: capacity.MaxCapacity,
    },
    dbSubnetGroupName: subnets.ref,
    vpcSecurityGroupIds: [group.attrGroupId],
    storageEncrypted: true,
    backupRetentionPeriod: 7,
    copyTagsToSnapshot: true,
  });
  const policy = CfnDeletionPolicy.DELETE;
  cluster.cfnOptions.deletionPolicy = policy;
  // What replaces a database begins empty.
  cluster.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.SNAPSHOT;
  const instance = new CfnDBInstance(stack, "DatabaseInstance", {
    dbInstanceClass: "db.serverless",
    engine: "aurora-mysql",
    dbClusterIdentifier: cluster.ref,
    publiclyAccessible: false,
    autoMinorVersionUpgrade: true,
  });
  instance.cfnOptions.deletionPolicy = policy;
  instance.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.DELETE;
  return { secretArn, instance, host: Fn.getAtt(cluster.logicalId, "Endpoint.Address").toString() };
}
