import { showValue } from "../cluster-file/finding.ts";
import { Section } from "./commented-yaml.ts";
import { type Conversion, roleArn } from "./conversion.ts";

/** What head and compute nodes run while they boot. Version 2 has one set for both. */
export function customActions(conversion: Conversion): Section {
  const actions = new Section("version 2 ran these on every node");
  return actions
    .put("OnNodeStart", action(conversion, "pre_install"))
    .put("OnNodeConfigured", action(conversion, "post_install"));
}

function action(
  { cluster, scheduler }: Conversion,
  key: "pre_install" | "post_install",
): Section | undefined {
  const script = cluster.text(key);
  if (script === undefined) return undefined;
  cluster.say(key, {
    level: "INFO",
    message:
      scheduler === "awsbatch"
        ? "the script runs on the head, as it did, and in no queue"
        : "the script runs on the head and in every queue, as it did",
    suggestion:
      "look through it for what differs: cfn_node_type is HeadNode, no longer MasterServer",
  });
  const args = cluster.words(`${key}_args`);
  const section = new Section().put("Script", script);
  if (args.length === 0) return section;
  const note = `${key}_args; the address itself comes first, as version 2 passed it`;
  return section.put("Args", [script, ...args], note);
}

/** Roles, policies and buckets; version 2 has one set for all nodes. */
export function nodeIam(conversion: Conversion): Section {
  const { cluster } = conversion;
  const iam = new Section();
  const role = cluster.text("ec2_iam_role");
  if (role === undefined) {
    return iam
      .put(
        "AdditionalIamPolicies",
        cluster
          .list("additional_iam_policies")
          .map((policy) => new Section().put("Policy", policy)),
      )
      .put("S3Access", s3Access(conversion));
  }
  for (const key of ["additional_iam_policies", "s3_read_resource", "s3_read_write_resource"]) {
    if (cluster.text(key) === undefined) continue;
    cluster.say(key, {
      level: "WARNING",
      message: "a role of one's own takes no further permissions, so this was not brought over",
      suggestion: "check that the role of ec2_iam_role allows it",
    });
  }
  const arn = roleArn(role, conversion);
  if (arn !== undefined) return iam.put("InstanceRole", arn, "ec2_iam_role");
  cluster.say("ec2_iam_role", {
    level: "WARNING",
    message: `version 3 names roles by their ARN, which has the account's number in it`,
    suggestion: "convert again with --account-id, or write InstanceRole yourself",
  });
  return iam.remark(`InstanceRole: the ARN of ${showValue(role)} (ec2_iam_role)`);
}

function s3Access(conversion: Conversion): Section[] {
  return [
    ...buckets(conversion, "s3_read_resource"),
    ...buckets(conversion, "s3_read_write_resource").map((bucket) =>
      bucket.put("EnableWriteAccess", true),
    ),
  ];
}

/** `arn:aws:s3:::bucket/prefix/*`, or `*` for everything. */
const S3_RESOURCE = /^(?:arn:[\w-]+:s3:::)?([^/\s]+?)(\*?)(?:\/(\S*))?$/;

function buckets({ cluster }: Conversion, key: string): Section[] {
  return cluster.list(key).flatMap((resource) => {
    if (/^(arn:[\w-]+:s3:::)?\*$/.test(resource)) return [new Section().put("BucketName", "*")];
    const [, name = "", wildcard, prefix = ""] = S3_RESOURCE.exec(resource) ?? [];
    if (!/^[a-z0-9.-]+$/.test(name)) {
      cluster.say(key, {
        level: "ERROR",
        message: `${showValue(resource)} names no bucket as version 3 writes them`,
        suggestion: "write S3Access with BucketName and KeyName yourself",
      });
      return [];
    }
    if (wildcard === "*" && prefix === "") sayWildcard(cluster, key, name);
    const bucket = new Section().put("BucketName", name);
    return [prefix === "" || prefix === "*" ? bucket : bucket.put("KeyName", prefix)];
  });
}

function sayWildcard(cluster: Conversion["cluster"], key: string, name: string): void {
  cluster.say(key, {
    level: "INFO",
    message: `version 2 allowed every bucket whose name begins with ${name}, and the new file that one`,
    suggestion: `write BucketName: "${name}*" if the others are wanted`,
  });
}
