import type { DefineCommand } from "../command.ts";
import { adviseCommand } from "./advise.ts";
import { appsCommand } from "./apps.ts";
import { backupCommand, backupsCommand } from "./backup.ts";
import { buildImageCommand } from "./build-image.ts";
import { cancelCommand } from "./cancel.ts";
import { configureCommand } from "./configure.ts";
import { convertCommand } from "./convert.ts";
import { costCommand } from "./cost.ts";
import { createClusterCommand } from "./create-cluster.ts";
import { deleteClusterCommand } from "./delete-cluster.ts";
import { deleteImageCommand } from "./delete-image.ts";
import { describeClusterCommand } from "./describe-cluster.ts";
import { describeClusterInstancesCommand } from "./describe-cluster-instances.ts";
import { describeComputeFleetCommand } from "./describe-compute-fleet.ts";
import { describeImageCommand } from "./describe-image.ts";
import { drillCommand } from "./drill.ts";
import { eventsCommand } from "./events.ts";
import { explainCommand } from "./explain.ts";
import { exportClusterLogsCommand } from "./export-cluster-logs.ts";
import { getClusterLogEventsCommand } from "./get-cluster-log-events.ts";
import { getClusterStackEventsCommand } from "./get-cluster-stack-events.ts";
import { getImageLogEventsCommand } from "./get-image-log-events.ts";
import { iamPolicyCommand } from "./iam-policy.ts";
import { jobCommand } from "./job.ts";
import { jobApiCommand } from "./job-api.ts";
import { jobsCommand } from "./jobs.ts";
import { listClusterLogStreamsCommand } from "./list-cluster-log-streams.ts";
import { listClustersCommand } from "./list-clusters.ts";
import { listImagesCommand } from "./list-images.ts";
import { listOfficialImagesCommand } from "./list-official-images.ts";
import { localCommand } from "./local.ts";
import { loginCommand, logoutCommand } from "./login.ts";
import { logsCommand } from "./logs.ts";
import { planCommand } from "./plan.ts";
import { replaceHeadCommand } from "./replace-head.ts";
import { restoreCommand } from "./restore.ts";
import { runCommand } from "./run.ts";
import { runsCommand } from "./runs.ts";
import { serverCommand } from "./server.ts";
import {
  createSiteCommand,
  deleteSiteCommand,
  describeSiteCommand,
  failoverCommand,
  listSitesCommand,
  updateSiteCommand,
} from "./site.ts";
import { sshCommand } from "./ssh.ts";
import { startClusterCommand, stopClusterCommand } from "./stop-start-cluster.ts";
import { submitCommand } from "./submit.ts";
import { synthCommand } from "./synth.ts";
import { tokenCommand } from "./token.ts";
import { topCommand } from "./top.ts";
import { triggersCommand } from "./triggers.ts";
import { updateClusterCommand } from "./update-cluster.ts";
import { updateComputeFleetCommand } from "./update-compute-fleet.ts";
import { upgradeCommand } from "./upgrade.ts";
import { usageCommand } from "./usage.ts";
import { usersCommand } from "./users.ts";
import { validateCommand } from "./validate.ts";
import { versionCommand } from "./version.ts";

/** Every verb, in the order of `sluice --help`. */
export const commands: readonly DefineCommand[] = [
  configureCommand,
  validateCommand,
  adviseCommand,
  convertCommand,
  synthCommand,
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
  replaceHeadCommand,
  upgradeCommand,
  deleteClusterCommand,
  costCommand,
  createSiteCommand,
  updateSiteCommand,
  describeSiteCommand,
  listSitesCommand,
  deleteSiteCommand,
  failoverCommand,
  drillCommand,
  backupCommand,
  backupsCommand,
  restoreCommand,
  runCommand,
  sshCommand,
  submitCommand,
  jobsCommand,
  jobCommand,
  cancelCommand,
  appsCommand,
  runsCommand,
  usageCommand,
  topCommand,
  explainCommand,
  logsCommand,
  eventsCommand,
  listClusterLogStreamsCommand,
  getClusterLogEventsCommand,
  exportClusterLogsCommand,
  getClusterStackEventsCommand,
  buildImageCommand,
  listImagesCommand,
  describeImageCommand,
  getImageLogEventsCommand,
  deleteImageCommand,
  listOfficialImagesCommand,
  triggersCommand,
  iamPolicyCommand,
  jobApiCommand,
  loginCommand,
  logoutCommand,
  tokenCommand,
  usersCommand,
  localCommand,
  serverCommand,
  versionCommand,
];
