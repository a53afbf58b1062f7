import { showValue } from "../cluster-file/finding.ts";
import type { Version2File, Version2Section } from "./version2-file.ts";

export const SCHEDULERS = ["slurm", "awsbatch", "sge", "torque"] as const;
export type Version2Scheduler = (typeof SCHEDULERS)[number];

/** What every part of a conversion looks at. */
export interface Conversion {
  readonly file: Version2File;
  readonly cluster: Version2Section;
  readonly vpc: Version2Section | undefined;
  readonly scheduler: Version2Scheduler;
  /** Twelve digits; version 2 has names of roles where version 3 has ARNs. */
  readonly accountId: string | undefined;
  readonly region: string | undefined;
}

/** The one section that a setting such as `vpc_settings` names; says so when it is missing. */
export function referredSection(
  { file, cluster }: Pick<Conversion, "file" | "cluster">,
  key:
    | "vpc_settings"
    | "scaling_settings"
    | "dcv_settings"
    | "cw_log_settings"
    | "dashboard_settings",
): Version2Section | undefined {
  const label = cluster.text(key);
  if (label === undefined) return undefined;
  const kind = key.replace("_settings", "") as "vpc" | "scaling" | "dcv" | "cw_log" | "dashboard";
  const section = file.section(kind, label);
  if (section === undefined) sayMissing(cluster, key, `[${kind} ${label}]`);
  return section;
}

export function sayMissing(section: Version2Section, key: string, title: string): void {
  section.say(key, {
    level: "ERROR",
    message: `there is no section ${showValue(title).slice(1, -1)}`,
    suggestion: "write it, or name one that is there",
  });
}

/** `arn:aws:iam::123456789012:role/name`, or undefined when the account is not known. */
export function roleArn(
  name: string,
  { accountId, region = "" }: Pick<Conversion, "accountId" | "region">,
): string | undefined {
  if (name.startsWith("arn:")) return name;
  if (accountId === undefined || !/^[\w+=,.@/-]+$/.test(name)) return undefined;
  const other = ["us-gov", "cn"].find((prefix) => region.startsWith(prefix));
  return `arn:${other === undefined ? "aws" : `aws-${other}`}:iam::${accountId}:role/${name}`;
}
