import type { CfnAutoScalingGroup } from "aws-cdk-lib/aws-autoscaling";
import { Aws, CfnOutput, CfnStack, type Stack } from "aws-cdk-lib/core";
import { factsPath, HEAD_RESOURCE } from "../../names.ts";
import { makeAccounting } from "./accounting.ts";
import { makeCleanUp } from "./clean-up.ts";
import type { SynthRequest } from "./contract.ts";
import { FactsParts } from "./facts-parts.ts";
import { given } from "./given.ts";
import { type HeadSeat, makeHead, makeHeadSeats } from "./head.ts";
import { makeHeadState } from "./head-state.ts";
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
import { type Awaited, arnOf, clusterTags, type Scope, tagAll } from "./scope.ts";
import { makeSecrets } from "./secrets.ts";
import { makeSecurityGroups, type SecurityGroups } from "./security-groups.ts";
import { makeStorage } from "./storage/index.ts";

/** What machines stand on. */
interface Ground {
  readonly settings: RoleSettings;
  readonly network: Network;
  readonly groups: SecurityGroups;
  readonly logs: ReturnType<typeof makeLogGroup>;
  readonly notices: ReturnType<typeof makeNotices>;
  readonly secrets: ReturnType<typeof makeSecrets>;
  readonly database: ReturnType<typeof makeAccounting>;
  readonly seats: readonly [HeadSeat, ...HeadSeat[]];
  readonly queueStacks: readonly Awaited[];
  /** What a machine that mounts storage waits for. */
  readonly mounts: readonly Awaited[];
}

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
  const ground = makeGround(scope, nested);
  const profiles = makeProfiles(scope, ground);
  addFacts(scope, ground, profiles.compute);
  makeMachines(scope, ground, profiles.head);
  addAdditionalResources(scope);
  return parameters;
}

function makeGround(scope: Scope, nested: ReadonlyMap<string, string>): Ground {
  const { stack, config, label } = scope;
  const network = networkOf(scope);
  const groups = makeSecurityGroups(scope, network);
  return {
    settings: roleSettings(config, label),
    network,
    groups,
    logs: makeLogGroup(scope),
    notices: makeNotices(scope),
    secrets: makeSecrets(scope),
    database: makeAccounting(scope, network, groups),
    seats: makeHeadSeats(scope, network, groups),
    queueStacks: [...nested].map(([id, templateUrl]) => new CfnStack(stack, id, { templateUrl })),
    mounts: [...makeHeadState(scope, network, groups), ...makeStorage(scope, network, groups)],
  };
}

/** Instance profiles, by name, of the head and of queues without rights of their own. */
function makeProfiles(
  scope: Scope,
  { settings, network, logs, notices, seats, secrets, database }: Ground,
): { readonly head: string; readonly compute: string } {
  const { stack, config, request } = scope;
  const compute = instanceProfile(stack, "Compute", settings, {
    kind: "compute",
    iam: undefined,
    statements: () => efsStatements(config, request.unique),
  });
  const head = instanceProfile(stack, "Head", settings, {
    kind: "head",
    iam: withPassRole(scope, settings),
    statements: () =>
      headStatements(scope, settings, {
        vpcId: network.vpcId,
        noticesQueueArn: notices.arn,
        lead: {
          routeTables: network.standby?.routeTables ?? [],
          interfaces: seats.map((seat) => arnOf("ec2", `network-interface/${seat.interface.ref}`)),
        },
        secretArns: [...Object.values(secrets), ...(database ? [database.secretArn] : [])],
        logGroupName: logs?.ref,
      }),
  });
  return { head, compute };
}

function addFacts(scope: Scope, ground: Ground, computeProfile: string): void {
  const { facts, config, request } = scope;
  const { network, groups, logs, notices, secrets, seats } = ground;
  facts.add("cluster", {
    cluster: {
      name: request.name,
      unique: request.unique,
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
  facts.add("network", {
    network: {
      vpcId: network.vpcId,
      computeSubnets: network.computeSubnets,
      headAddress: network.standby?.address ?? seats[0].interface.attrPrimaryPrivateIpAddress,
      headSubnet: network.headSubnet,
      headSecurityGroups: groups.head,
      computeSecurityGroups: groups.compute,
    },
  });
}

/** The head when all that it needs is there, and the login nodes when the head is. */
function makeMachines(scope: Scope, ground: Ground, headProfile: string): void {
  const { stack, facts, label } = scope;
  const { network, groups, settings, logs, notices, seats } = ground;
  const cleanUp = makeCleanUp(scope, network, settings, lastToGo(stack));
  const after: Awaited[] = [cleanUp, ...facts.resources, ...ground.queueStacks, ...ground.mounts];
  if (logs !== undefined) after.push(logs);
  if (ground.database?.instance !== undefined) after.push(ground.database.instance);
  const [head, second] = makeHeads(scope, ground, headProfile, after);
  makeLoginPools(scope, { network, groups, settings, after: [head] });
  makeAlarms(scope, { head, second, queueName: notices.name });
  makeDashboard(scope, { head, logs, queueName: notices.name });
  const output = (id: string, description: string, value: string) =>
    new CfnOutput(stack, id, { description, value });
  const address = network.standby?.address ?? seats[0].interface.attrPrimaryPrivateIpAddress;
  output("Cluster", "Name and id of the cluster", label);
  output("HeadPrivateAddress", "Where the head node is in the cluster's network", address);
  output("HeadGroupName", "The group of one that the head node is in", head.ref);
}

/** Of two, the first waits for both, so that none waits for the other to be launched. */
function makeHeads(
  scope: Scope,
  { network, seats }: Ground,
  instanceProfile: string,
  after: readonly Awaited[],
): readonly [CfnAutoScalingGroup, CfnAutoScalingGroup | undefined] {
  const [seat, second] = seats;
  const shared = { instanceProfile, after };
  const head = makeHead(scope, network, { ...shared, seat, signals: seats.length });
  if (second === undefined) return [head, undefined];
  return [head, makeHead(scope, network, { ...shared, seat: second, signals: 0 })];
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
