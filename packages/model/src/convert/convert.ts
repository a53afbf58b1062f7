import { type Finding, renderFinding, showValue } from "../cluster-file/finding.ts";
import { clusterIam, monitoring, sayNotBroughtOver, slurmSettings, tags } from "./cluster-wide.ts";
import { Section } from "./commented-yaml.ts";
import { type Conversion, referredSection, SCHEDULERS } from "./conversion.ts";
import { headNode, image } from "./head-node.ts";
import { readIni } from "./ini.ts";
import { slurmQueues } from "./queues.ts";
import { sharedStorage } from "./shared-storage.ts";
import { Version2File, type Version2Section } from "./version2-file.ts";

export interface ConvertOptions {
  /** As findings shall name the old file. */
  readonly fileName: string;
  /** Which `[cluster …]` section; without it the one that version 2 would have taken. */
  readonly clusterTemplate?: string | undefined;
  /** Twelve digits, for the ARNs of roles that version 2 has by their names. */
  readonly accountId?: string | undefined;
}

/**
 * `ok` when there is a file. Findings of level ERROR then are what it lacks to be a valid one;
 * warnings are what changed or was left out; all have their place in the old file.
 */
export type ConvertResult =
  | { readonly ok: true; readonly text: string; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Makes a version-3 cluster file of a version-2 INI file of ParallelCluster, with comments that say
 * where things come from. Never throws, whatever the text is.
 */
export function convertVersion2(text: string, options: ConvertOptions): ConvertResult {
  const file = new Version2File(readIni(text), options.fileName);
  const cluster = clusterSection(file, options.clusterTemplate);
  if (cluster === undefined) return { ok: false, findings: inOrder(file.findings) };
  const region = file.section("aws")?.text("aws_region_name");
  const conversion: Conversion = {
    file,
    cluster,
    region,
    vpc: vpcSection(file, cluster),
    scheduler: cluster.choice("scheduler", SCHEDULERS) ?? "slurm",
    accountId: options.accountId,
  };
  if (region === undefined) sayNoRegion(cluster);
  sayNotBroughtOver(conversion);
  const parts: readonly (readonly [string, Section | readonly Section[] | string | undefined])[] = [
    ["Region", region],
    ["Image", image(conversion)],
    ["HeadNode", headNode(conversion)],
    ["Scheduling", scheduling(conversion)],
    ["SharedStorage", sharedStorage(conversion)],
    ["Monitoring", monitoring(conversion)],
    ["Iam", clusterIam(conversion)],
    ["CustomS3Bucket", cluster.text("cluster_resource_bucket")],
    ["AdditionalResources", cluster.text("additional_cfn_template")],
    ["Tags", tags(conversion)],
  ];
  file.sayLeftOver();
  const findings = inOrder(file.findings);
  const root = new Section(header(cluster, options.fileName, findings));
  for (const [key, value] of parts) root.put(key, value);
  return { ok: true, text: root.toText(), findings };
}

function scheduling(conversion: Conversion): Section {
  return new Section()
    .put("Scheduler", "slurm")
    .put("SlurmSettings", slurmSettings(conversion))
    .put("SlurmQueues", slurmQueues(conversion));
}

/** The one asked for, else that of [global], else `default`, else the only one. */
function clusterSection(
  file: Version2File,
  asked: string | undefined,
): Version2Section | undefined {
  const labels = file.labels("cluster");
  const global = asked === undefined ? file.section("global")?.text("cluster_template") : undefined;
  const fallback = labels.includes("default") || labels.length !== 1 ? "default" : labels[0];
  const label = asked ?? global ?? fallback ?? "default";
  const found = file.section("cluster", label);
  if (found !== undefined) return found;
  const known = labels.slice(0, 20).map(showValue).join(", ");
  file.say(
    { line: 1, column: 1 },
    {
      level: "ERROR",
      message: `there is no section [cluster ${showValue(label).slice(1, -1)}]`,
      suggestion:
        known === ""
          ? "check that this is a version-2 file of ParallelCluster"
          : `give --cluster-template one of ${known}`,
    },
  );
  return undefined;
}

function vpcSection(file: Version2File, cluster: Version2Section): Version2Section | undefined {
  if (cluster.text("vpc_settings") === undefined) {
    cluster.say(undefined, {
      level: "ERROR",
      message: "vpc_settings is missing, and nodes must be in a subnet",
      suggestion: "write Networking of the head node and of each queue in the new file",
    });
    return undefined;
  }
  return referredSection({ file, cluster }, "vpc_settings");
}

function sayNoRegion(cluster: Version2Section): void {
  cluster.say(undefined, {
    level: "INFO",
    message: "the file names no region, and version 2 took that of the environment",
    suggestion: "write Region in the new file",
  });
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function header(cluster: Version2Section, name: string, findings: readonly Finding[]): string {
  const lines = findings.map((finding) => `- ${renderFinding(finding)}`);
  return [
    `Converted from ${cluster.title} in ${name}, a version-2 file of ParallelCluster.`,
    ...(lines.length === 0 ? [] : ["", "What changed or was not brought over:", ...lines]),
  ].join("\n");
}
