import type { Accepted } from "../../infrastructure/synth/testing/accepted.ts";

/** What the checkers complain of in sites and is meant so. What is not here fails the test. */
export const ACCEPTED: readonly Accepted[] = [
  { rule: /^W3010$/, why: "a site file names its zones" },
  {
    rule: /^(W2508|AwsSolutions-EC23)$/,
    resource: /^BalancerPorts\d+FromAllowed0$/,
    files: ["large"],
    why: "the file says that people come from everywhere, and the servers ask who they are",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    resource: /^MachineRole$/,
    why: "describing, and the agent of Systems Manager, know no resources",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:cloudformation:.*:stack\/(sluice-\*|<AWS::StackName>)\/\*\]$/,
    resource: /^MachineRole$/,
    why: "looking at Sluice's stacks, and signals to the site's own, which a boot that fails knows by its name alone",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:(s3|ssm|logs):.*(bundles|campus-0a1b2c3d|<Logs>|(left|right)-\?{8})[^\]]*\*\]$/,
    resource: /^(MachineRole|Clusters1)$/,
    why: "all that is below the prefixes of the site and its clusters",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:secretsmanager:.*:secret:sluice\/\*\/gateway-\?{6}\]$/,
    resource: /^MachineRole$/,
    why: "keys of gateways, of the site's clusters by their tag",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:ec2:.*:instance\/\*\]$/,
    resource: /^MachineRole$/,
    why: "machines of the site and its clusters, by their tag",
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:autoscaling:.*\/sluice-(left|right)-(Head|Standby)Group-\*\]$/,
    resource: /^Clusters1$/,
    why: "groups of heads, whose names end in chance",
  },
  {
    rule: /^AwsSolutions-AS3$/,
    why: "alarms tell of a missing machine, and whom a notice would go to is not known",
  },
  {
    rule: /^AwsSolutions-VPC7$/,
    why: "flow logs cost by the gigabyte, which compute machines write by the hour",
  },
  {
    rule: /^AwsSolutions-ELB2$/,
    why: "servers write down who asked for what, with names, which a balancer has not",
  },
  {
    rule: /^AwsSolutions-RDS(6|11)$/,
    why: "slurmdbd speaks MySQL with a password, and only the site's machines reach the port",
  },
  {
    rule: /^AwsSolutions-RDS(10|14)$/,
    why: "deleting the site deletes it unless it is to be retained, and there are backups of a week",
  },
];
