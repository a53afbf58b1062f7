import { showValue } from "../cluster-file/finding.ts";
import { RETENTION_DAYS } from "../cluster-file/schema/monitoring.ts";
import { Section } from "./commented-yaml.ts";
import { type Conversion, referredSection, roleArn } from "./conversion.ts";

export function monitoring(conversion: Conversion): Section {
  const logs = referredSection(conversion, "cw_log_settings");
  const dashboard = referredSection(conversion, "dashboard_settings");
  const days = logs?.integer("retention_days");
  const kept = days === undefined ? undefined : RETENTION_DAYS.find((known) => known >= days);
  const cloudWatch = new Section(logs?.title)
    .put("Enabled", logs?.boolean("enable"))
    .put("RetentionInDays", kept, days === kept ? undefined : `retention_days was ${days}`);
  const shown = new Section(dashboard?.title).put("Enabled", dashboard?.boolean("enable"));
  return new Section()
    .put("Logs", new Section().put("CloudWatch", cloudWatch))
    .put("Dashboards", new Section().put("CloudWatch", shown));
}

/** A JSON object in one value: `{"Project": "x", "Owner": "y"}`. */
export function tags({ cluster }: Conversion): Section[] {
  const text = cluster.text("tags");
  if (text === undefined) return [];
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    cluster.say("tags", {
      level: "ERROR",
      message: "the tags are no JSON object, so they were not brought over",
      suggestion: 'write them as {"Key": "Value"}',
    });
    return [];
  }
  return Object.entries(value).map(([key, tag]) =>
    new Section()
      .put("Key", key)
      .put("Value", typeof tag === "string" ? tag : (JSON.stringify(tag) ?? "")),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function clusterIam(conversion: Conversion): Section {
  const { cluster } = conversion;
  const role = cluster.text("iam_lambda_role");
  if (role === undefined) return new Section();
  const arn = roleArn(role, conversion);
  if (arn === undefined) {
    cluster.say("iam_lambda_role", {
      level: "WARNING",
      message: "version 3 names roles by their ARN, which has the account's number in it",
      suggestion: "convert again with --account-id, or write LambdaFunctionsRole yourself",
    });
    const remark = `Iam.Roles.LambdaFunctionsRole: the ARN of ${showValue(role)} (iam_lambda_role)`;
    return new Section().remark(remark);
  }
  return new Section().put("Roles", new Section().put("LambdaFunctionsRole", arn));
}

export function slurmSettings(conversion: Conversion): Section {
  const { cluster } = conversion;
  const scaling = referredSection(conversion, "scaling_settings");
  return new Section(scaling?.title)
    .put("ScaledownIdletime", scaling?.integer("scaledown_idletime"), "minutes")
    .put("Dns", new Section().put("DisableManagedDns", cluster.boolean("disable_cluster_dns")));
}

const CHEF = {
  message: "nodes are no longer set up by Chef, so this was not brought over",
  suggestion: "do it in a script of CustomActions",
} as const;
const OWN_PARTS = {
  message: "version 2's own parts can't be exchanged here, so this was not brought over",
  suggestion: "remove it",
} as const;

const NOT_BROUGHT_OVER = {
  extra_json: CHEF,
  custom_chef_cookbook: CHEF,
  custom_node_package: OWN_PARTS,
  custom_awsbatch_template_url: OWN_PARTS,
  custom_awsbatchcli_package: OWN_PARTS,
  template_url: OWN_PARTS,
  hit_template_url: OWN_PARTS,
  instance_types_data: OWN_PARTS,
} as const;

/** What has no counterpart, whatever its value. */
export function sayNotBroughtOver({ file, cluster, scheduler }: Conversion): void {
  for (const [key, said] of Object.entries(NOT_BROUGHT_OVER)) {
    if (cluster.text(key) !== undefined) cluster.say(key, { level: "WARNING", ...said });
  }
  if (cluster.boolean("enable_intel_hpc_platform") === true) {
    cluster.say("enable_intel_hpc_platform", {
      level: "WARNING",
      message: "the Intel HPC platform went with CentOS 7, so this was not brought over",
      suggestion: "install what you need of oneAPI in a script of CustomActions",
    });
  }
  if (scheduler !== "slurm") sayScheduler(cluster, scheduler);
  const aliases = file.section("aliases");
  if (aliases?.text("ssh") !== undefined) {
    const message = "there are no aliases in a cluster file";
    aliases.say("ssh", { level: "INFO", message, suggestion: "use sluice ssh" });
  }
  const global = file.section("global");
  global?.text("cluster_template");
  global?.boolean("update_check");
  if (global?.boolean("sanity_check") === false) {
    global.say("sanity_check", {
      level: "INFO",
      message: "checks are not turned off by the file",
      suggestion: "use --suppress-validators where one is wrong for you",
    });
  }
  sayCredentials(file.section("aws"));
}

function sayScheduler(cluster: Conversion["cluster"], scheduler: string): void {
  const isBatch = scheduler === "awsbatch";
  cluster.say("scheduler", {
    level: "WARNING",
    message: isBatch
      ? "AWS Batch is not a scheduler of Sluice, so its compute environment became a queue of Slurm"
      : `${scheduler} is not a scheduler of Sluice, so the compute nodes became a queue of Slurm`,
    suggestion: isBatch
      ? "write jobs as Slurm batch scripts, and arrays as sbatch --array"
      : "rewrite #$ and #PBS lines of job scripts as #SBATCH, and qsub as sbatch",
  });
}

function sayCredentials(aws: ReturnType<Conversion["file"]["section"]>): void {
  for (const key of ["aws_access_key_id", "aws_secret_access_key"]) {
    if (aws?.text(key) === undefined) continue;
    aws.say(key, {
      level: "WARNING",
      message: "credentials have no place in a cluster file, so they were not brought over",
      suggestion: "keep them in ~/.aws, remove them here, and change them if others have this file",
    });
  }
}
