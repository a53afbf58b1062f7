import { CfnManagedPolicy } from "aws-cdk-lib/aws-iam";
import { Aws } from "aws-cdk-lib/core";
import { agentStatements } from "../../infrastructure/synth/iam/agent.ts";
import { OWN_BUCKET } from "../../infrastructure/synth/iam/s3-access.ts";
import { allow, policyOf, type Statement } from "../../infrastructure/synth/iam/statement.ts";
import { arnOf } from "../../infrastructure/synth/scope.ts";
import {
  HEAD_RESOURCE,
  logGroupName,
  OBJECTS,
  STANDBY_RESOURCE,
  siteFactsPath,
  stackName,
  TAGS,
} from "../../names.ts";
import type { SiteScope } from "./contract.ts";

/** Eight hexadecimal digits: what follows a cluster's name. */
const UNIQUE = "????????";

/**
 * What the machines of a site may do: know themselves, look at the site's clusters, come in by the
 * gateways of these, run commands on their heads, switch them off and on. What makes, changes or
 * deletes a cluster they may not: that is the administrator's.
 */
export function siteStatements(scope: SiteScope, logGroup: string): readonly Statement[] {
  const { bucket, name, unique, secrets } = scope.request;
  const bucketArn = `arn:${Aws.PARTITION}:s3:::${bucket.name}`;
  const facts = siteFactsPath(name, unique);
  return [
    ...ofMachines(scope),
    allow(
      "ReadBucket",
      ["s3:GetObject"],
      [`${bucketArn}/bundles/*`, `${bucketArn}/${bucket.prefix}/*`],
      OWN_BUCKET,
    ),
    allow(
      "WriteBucket",
      ["s3:PutObject"],
      [`${bucketArn}/${OBJECTS.siteMachine(bucket.prefix, "*")}`],
      OWN_BUCKET,
    ),
    // Without it, what is not there can't be told from what must not be read.
    allow("SeeBucket", ["s3:ListBucket"], [bucketArn], OWN_BUCKET),
    allow(
      "Facts",
      ["ssm:GetParameters", "ssm:GetParametersByPath"],
      [arnOf("ssm", `parameter${facts}`), arnOf("ssm", `parameter${facts}/*`)],
    ),
    allow("Secrets", ["secretsmanager:GetSecretValue"], [...new Set(Object.values(secrets))]),
    allow(
      "Logs",
      ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      [arnOf("logs", `log-group:${logGroup}:*`)],
    ),
    // By its name, which is all that a boot that fails knows of it.
    allow(
      "Stack",
      ["cloudformation:SignalResource"],
      [arnOf("cloudformation", `stack/${Aws.STACK_NAME}/*`)],
    ),
    ...agentStatements(),
  ];
}

/** What is said by tags, however many clusters there are. */
function ofMachines({ config, request }: SiteScope): readonly Statement[] {
  const names = config.Clusters.map(({ Name }) => Name);
  const ofSite = { StringEquals: { [`aws:ResourceTag/${TAGS.site}`]: request.name } };
  const machines = arnOf("ec2", "instance/*");
  return [
    allow(
      "Describe",
      [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeScalingActivities",
        "cloudformation:DescribeStacks",
        "ec2:DescribeInstances",
        "logs:DescribeLogGroups",
        "ssm:GetCommandInvocation",
      ],
      ["*"],
    ),
    allow(
      "Stacks",
      [
        "cloudformation:DescribeStackEvents",
        "cloudformation:DescribeStackResources",
        "cloudformation:ListStackResources",
      ],
      // All there is to see in them is what they made: what a cluster was given is in the bucket.
      [arnOf("cloudformation", "stack/sluice-*/*")],
    ),
    allow(
      "Gateways",
      ["secretsmanager:GetSecretValue"],
      [arnOf("secretsmanager", "secret:sluice/*/gateway-??????")],
      { StringEquals: { [`aws:ResourceTag/${TAGS.cluster}`]: names } },
    ),
    allow("Consoles", ["ec2:GetConsoleOutput"], [machines], ofSite),
    allow("Shell", ["ssm:SendCommand"], [machines], ofSite),
    allow(
      "Commands",
      ["ssm:SendCommand"],
      [`arn:${Aws.PARTITION}:ssm:${Aws.REGION}::document/AWS-RunShellScript`],
    ),
    // Before jobs of a cluster that is lost may run elsewhere, its machines have to be off.
    allow("Fence", ["ec2:TerminateInstances"], [machines], ofSite),
  ];
}

/** Clusters in one policy, of which a managed one holds 6,144 characters. */
const CHUNK = 5;

/** Policies of what is said by the names of the site's clusters. @returns their ARNs. */
export function clusterPolicies(scope: SiteScope, path: string): readonly string[] {
  const { stack, config } = scope;
  const names = config.Clusters.map(({ Name }) => Name);
  return Array.from({ length: Math.ceil(names.length / CHUNK) }, (_, index) => {
    const some = names.slice(index * CHUNK, (index + 1) * CHUNK);
    return new CfnManagedPolicy(stack, `Clusters${index + 1}`, {
      path,
      description: "What the servers of a site may do with its clusters",
      policyDocument: policyOf(ofClusters(scope, some)),
    }).ref;
  });
}

function ofClusters({ request }: SiteScope, names: readonly string[]): readonly Statement[] {
  const bucketArn = `arn:${Aws.PARTITION}:s3:::${request.bucket.name}`;
  const prefixes = names.map((name) => `${bucketArn}/${OBJECTS.prefix(name, UNIQUE)}`);
  const registers = prefixes.map((prefix) => OBJECTS.register(prefix, "*"));
  return [
    allow(
      "Clusters",
      ["s3:GetObject"],
      prefixes.map((prefix) => `${prefix}/*`),
      OWN_BUCKET,
    ),
    // Where a head looks before it starts a job that may have been moved meanwhile.
    allow("Registers", ["s3:DeleteObjectVersion", "s3:PutObject"], registers, OWN_BUCKET),
    allow(
      "ClusterLogs",
      ["logs:DescribeLogStreams", "logs:GetLogEvents"],
      names.map((name) => arnOf("logs", `log-group:${logGroupName(name, UNIQUE)}:*`)),
    ),
    // Off and on again.
    allow(
      "Heads",
      ["autoscaling:SetDesiredCapacity"],
      names.flatMap((name) =>
        [HEAD_RESOURCE, STANDBY_RESOURCE].map((group) =>
          arnOf(
            "autoscaling",
            `autoScalingGroup:*:autoScalingGroupName/${stackName(name)}-${group}-*`,
          ),
        ),
      ),
    ),
  ];
}
