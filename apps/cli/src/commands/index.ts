import type { DefineCommand } from "../command.ts";
import { adviseCommand } from "./advise.ts";
import { configureCommand } from "./configure.ts";
import { convertCommand } from "./convert.ts";
import { createClusterCommand } from "./create-cluster.ts";
import { deleteClusterCommand } from "./delete-cluster.ts";
import { describeClusterCommand } from "./describe-cluster.ts";
import { describeClusterInstancesCommand } from "./describe-cluster-instances.ts";
import { describeComputeFleetCommand } from "./describe-compute-fleet.ts";
import { eventsCommand } from "./events.ts";
import { explainCommand } from "./explain.ts";
import { listClustersCommand } from "./list-clusters.ts";
import { localCommand } from "./local.ts";
import { logsCommand } from "./logs.ts";
import { planCommand } from "./plan.ts";
import { runCommand } from "./run.ts";
import { sshCommand } from "./ssh.ts";
import { startClusterCommand, stopClusterCommand } from "./stop-start-cluster.ts";
import { topCommand } from "./top.ts";
import { updateClusterCommand } from "./update-cluster.ts";
import { updateComputeFleetCommand } from "./update-compute-fleet.ts";
import { validateCommand } from "./validate.ts";
import { versionCommand } from "./version.ts";

/** Every verb, in the order of `sluice --help`. */
export const commands: readonly DefineCommand[] = [
  configureCommand,
  validateCommand,
  adviseCommand,
  convertCommand,
  createClusterCommand,
  planCommand,
  updateClusterCommand,
  describeClusterCommand,
  listClustersCommand,
  updateComputeFleetCommand,
  describeComputeFleetCommand,
  describeClusterInstancesCommand,
  stopClusterCommand,
  startClusterCommand,
  deleteClusterCommand,
  runCommand,
  sshCommand,
  topCommand,
  explainCommand,
  logsCommand,
  eventsCommand,
  localCommand,
  versionCommand,
];
