import type { Complaint } from "./checked-synthesis.ts";

export interface Accepted {
  readonly rule: RegExp;
  /** Logical ids; all when missing. */
  readonly resource?: RegExp;
  /** Files that ask for it; all when missing. */
  readonly files?: readonly string[];
  readonly why: string;
}

/** What the checkers complain of and is meant so. What is not here fails the test. */
export const ACCEPTED: readonly Accepted[] = [
  {
    rule: /^W3010$/,
    files: ["network-endpoints", "network-gateway-per-zone"],
    why: "the file names its zones",
  },
  {
    rule: /^(W2508|AwsSolutions-EC23)$/,
    resource: /^Head(Ssh|Dcv)$/,
    files: ["open-to-the-world"],
    why: "the file opens it to the world",
  },
  {
    rule: /^AwsSolutions-EC26$/,
    resource: /^HeadGroup$/,
    files: ["head-of-ones-own"],
    why: "the file wants that disk without encryption",
  },
  {
    rule: /^AwsSolutions-EFS1$/,
    resource: /^FileSystemOpen$/,
    files: ["storage-efs"],
    why: "the file wants that file system without encryption",
  },
  {
    rule: /^AwsSolutions-IAM4\[/,
    files: ["rights-bounded"],
    why: "the file names a policy of AWS's among its AdditionalIamPolicies",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    resource: /^(HeadRole|CleanUpRole|Login.*Role)$/,
    why: "describing, and the agent of Systems Manager, know no resources",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:(ec2|resource-groups|kms):/,
    resource: /^(HeadRole|CleanUpRole)$/,
    why: "machines and what they are launched with have ids of chance: tags and the network limit them",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:autoscaling:<AWS::Region>:<AWS::AccountId>:autoScalingGroup:\*:autoScalingGroupName\/sluice-demo-0a1b2c3d-login-[\w-]+\]$/,
    resource: /^Login.*Role$/,
    why: "the pool's own group: names are unique, and the id before it is made by chance",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:elasticfilesystem:/,
    resource: /Role$/,
    why: "file systems of the cluster, by their tag",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:iam::<AWS::AccountId>:role\/(aws-service-role|(hpc\/)?sluice\/demo-0a1b2c3d\/compute)\/\*\]$/,
    resource: /^HeadRole$/,
    why: "the roles of the cluster's compute machines, by their path, and those that EC2 makes itself",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:(s3|ssm|logs):.*(bundles|backups\/demo|demo-0a1b2c3d|<Logs>)[^\]]*\*\]$/,
    resource: /^HeadRole$/,
    why: "all that is below the cluster's own prefix",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack\/<AWS::StackName>\/\*\]$/,
    resource: /^HeadRole$/,
    why: "the cluster's own stack, which a boot that fails knows by its name alone",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:s3:::(shared|inputs|results)\//,
    files: ["rights-bounded", "head-at-work"],
    why: "what S3Access of the file grants",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:s3:::dcv-license\.<AWS::Region>\/\*\]$/,
    files: ["open-to-the-world", "login-pools"],
    why: "the bucket is AWS's, and DCV's servers know what they read there",
  },
  {
    rule: /^AwsSolutions-SMG4$/,
    why: "munge and JWT keys change only with every daemon stopped, and slurmdbd knows one password",
  },
  {
    rule: /^AwsSolutions-SQS3$/,
    why: "a notice that nobody took within the hour is worth nothing",
  },
  {
    rule: /^AwsSolutions-AS3$/,
    why: "alarms tell of a missing head, and whom a notice would go to is not known",
  },
  {
    rule: /^AwsSolutions-L1$/,
    why: "the newest version that the CDK has a name for is not in every region",
  },
  {
    rule: /^AwsSolutions-VPC7$/,
    why: "flow logs cost by the gigabyte, which compute machines write by the hour",
  },
  {
    rule: /^AwsSolutions-ELB2$/,
    why: "a network load balancer logs TLS only, and this one carries SSH",
  },
  {
    rule: /^AwsSolutions-RDS(6|11)$/,
    why: "slurmdbd speaks MySQL with a password, and only the head reaches the port",
  },
  {
    rule: /^AwsSolutions-RDS(10|14)$/,
    why: "deleting the cluster deletes it unless it is to be retained, and there are backups of a week",
  },
];

/** What is not accepted, and which of the accepted were met. */
export function judged(
  file: string,
  complaints: readonly Complaint[],
  list: readonly Accepted[] = ACCEPTED,
): { readonly refused: readonly string[]; readonly met: ReadonlySet<Accepted> } {
  const met = new Set<Accepted>();
  const refused: string[] = [];
  for (const { rule, resource, what } of complaints) {
    const id = resource.slice(resource.lastIndexOf("/") + 1);
    const accepted = list.find(
      (one) =>
        one.rule.test(rule) &&
        (one.resource?.test(id) ?? true) &&
        (one.files?.includes(file) ?? true),
    );
    if (accepted === undefined) refused.push(`${rule} ${id}: ${what}`);
    else met.add(accepted);
  }
  return { refused, met };
}
