import { Aws, CfnOutput, CfnStack, type Stack } from "aws-cdk-lib/core";
import { factsPath, HEAD_RESOURCE } from "../../names.ts";
import { makeAccounting } from "./accounting.ts";
import { makeCleanUp } from "./clean-up.ts";
import type { SynthRequest } from "./contract.ts";
import { FactsParts } from "./facts-parts.ts";
import { given } from "./given.ts";
import { makeHead, makeHeadSeat } from "./head.ts";
import { efsStatements } from "./iam/file-system-access.ts";
import { headStatements } from "./iam/head.ts";
import { passRolePolicies } from "./iam/pass-role.ts";
import { instanceProfile, type NodeIam, type RoleSettings, roleSettings } from "./iam/roles.ts";
import { makeLoginPools } from "./login-pools.ts";
import { computeImages } from "./machine-facts.ts";
import { makeAlarms, makeDashboard, makeLogGroup } from "./monitoring.ts";
import { type Network, networkOf } from "./network.ts";
import { makeNotices } from "./notices.ts";
import { Parameters } from "./parameters.ts";
import { type Awaited, clusterTags, type Scope, tagAll } from "./scope.ts";
import { makeSecrets } from "./secrets.ts";
import { makeSecurityGroups, type SecurityGroups } from "./security-groups.ts";
import { makeStorage } from "./storage/index.ts";

/** Fills the root stack. `nested` are addresses of templates by the id of their stack. */
export function addCluster(
  stack: Stack,
  request: SynthRequest,
  nested: ReadonlyMap<string, string>,
): Parameters {
  const { name, unique, config } = request;
  const parameters = new Parameters(stack);
  const facts = new FactsParts(stack, factsPath(name, unique));
  const scope: Scope = { stack, request, config, label: `${name}-${unique}`, parameters, facts };
  tagAll(stack, clusterTags(request));

  const settings = roleSettings(config, scope.label);
  const network = networkOf(scope);
  const groups = makeSecurityGroups(scope, network);
  const logs = makeLogGroup(scope);
  const notices = makeNotices(scope);
  const secrets = makeSecrets(scope);
  const mounts = makeStorage(scope, network, groups);
  const database = makeAccounting(scope, network, groups);
  const seat = makeHeadSeat(scope, network, groups);

  const computeProfile = instanceProfile(stack, "Compute", settings, {
    kind: "compute",
    iam: undefined,
    statements: () => efsStatements(config, unique),
  });
  const headProfile = instanceProfile(stack, "Head", settings, {
    kind: "head",
    iam: withPassRole(scope, settings),
    statements: () =>
      headStatements(scope, settings, {
        vpcId: network.vpcId,
        noticesQueueArn: notices.arn,
        secretArns: [secrets.munge, secrets.jwt, ...(database ? [database.secretArn] : [])],
        logGroupName: logs?.ref,
      }),
  });
  const queueStacks = [...nested].map(([id, url]) => new CfnStack(stack, id, { templateUrl: url }));

  facts.add("cluster", {
    cluster: {
      name,
      unique,
      region: Aws.REGION,
      account: Aws.ACCOUNT_ID,
      partition: Aws.PARTITION,
      stackId: Aws.STACK_ID,
      headResource: HEAD_RESOURCE,
    },
    bucket: request.bucket,
    noticesQueue: notices.url,
    logGroup: logs?.ref ?? "",
    secrets: given({ ...secrets, directory: config.DirectoryService?.PasswordSecretArn }),
    fileSystems: {},
    images: computeImages(scope),
    roles: { computeProfile, queueProfiles: {} },
  });
  addNetworkFacts(scope, network, groups, seat.interface.attrPrimaryPrivateIpAddress);

  const cleanUp = makeCleanUp(scope, network, settings, lastToGo(stack));
  const before: Awaited[] = [cleanUp, ...facts.resources, ...queueStacks, ...mounts];
  if (logs !== undefined) before.push(logs);
  const databaseInstance = stack.node.tryFindChild("DatabaseInstance");
  if (databaseInstance !== undefined) before.push(databaseInstance);
  const head = makeHead(scope, network, { seat, instanceProfile: headProfile, after: before });
  // They join the head, and have nothing to do before it is there.
  makeLoginPools(scope, { network, groups, settings, after: [head] });
  makeAlarms(scope, head);
  makeDashboard(scope, { head, logs, queueName: notices.name });
  addAdditionalResources(scope);
  addOutputs(scope, { seat: seat.interface.attrPrimaryPrivateIpAddress, group: head.ref });
  return parameters;
}

/** The head's own part of the file, and the right to pass on more roles than its policy holds. */
function withPassRole(scope: Scope, settings: RoleSettings): NodeIam | undefined {
  const { Iam: iam } = scope.config.HeadNode;
  // Rights of a role that the file gives are not ours to add to.
  if (iam?.InstanceRole !== undefined || iam?.InstanceProfile !== undefined) return iam;
  const more = passRolePolicies(scope, settings).map((Policy) => ({ Policy }));
  if (more.length === 0) return iam;
  return { ...iam, AdditionalIamPolicies: [...(iam?.AdditionalIamPolicies ?? []), ...more] };
}

function addNetworkFacts(
  { facts }: Scope,
  network: Network,
  groups: SecurityGroups,
  headAddress: string,
): void {
  facts.add("network", {
    network: {
      vpcId: network.vpcId,
      computeSubnets: network.computeSubnets,
      headAddress,
      headSubnet: network.headSubnet,
      headSecurityGroups: groups.head,
      computeSecurityGroups: groups.compute,
    },
  });
}

/** What compute machines stand in: it can be deleted only when they are gone. */
function lastToGo(stack: Stack): readonly Awaited[] {
  const kinds = new Set([
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::Subnet",
    "AWS::IAM::InstanceProfile",
    "AWS::CloudFormation::Stack",
  ]);
  return stack.node.children.filter(
    (child): child is CfnStack =>
      "cfnResourceType" in child && kinds.has(String(child.cfnResourceType)),
  );
}

/** The user's own template, made and deleted with the cluster. */
function addAdditionalResources({ stack, config }: Scope): void {
  const { AdditionalResources: address } = config;
  if (address === undefined) return;
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(address) ?? [];
  const templateUrl =
    bucket === undefined ? address : `https://${bucket}.s3.${Aws.REGION}.${Aws.URL_SUFFIX}/${key}`;
  new CfnStack(stack, "AdditionalResources", { templateUrl });
}

function addOutputs(
  { stack, label }: Scope,
  head: { readonly seat: string; readonly group: string },
): void {
  const output = (id: string, description: string, value: string) =>
    new CfnOutput(stack, id, { description, value });
  output("Cluster", "Name and id of the cluster", label);
  output("HeadPrivateAddress", "Where the head node is in the cluster's network", head.seat);
  output("HeadGroupName", "The group of one that the head node is in", head.group);
}
