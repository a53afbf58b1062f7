import { type ResourceContext, text } from "../handler.ts";
import type { Json } from "../template.ts";

interface Rights {
  readonly service: string;
  readonly create: readonly string[];
  readonly delete: readonly string[];
  /** Of the ARN behind the account, by the name that it gets. */
  readonly resource: (name: string) => string;
  /** The property with a role that it is given, and the service that it is given to. */
  readonly role?: readonly [string, string];
  /** Of services that are the same everywhere. */
  readonly isGlobal?: boolean;
}

/** By the service authorization reference, for the services that the region has not itself. */
const RIGHTS: Readonly<Record<string, Rights>> = {
  "AWS::EFS::FileSystem": {
    service: "elasticfilesystem",
    create: ["CreateFileSystem", "TagResource"],
    delete: ["DeleteFileSystem"],
    resource: () => "file-system/fs-made",
  },
  "AWS::EFS::MountTarget": {
    service: "elasticfilesystem",
    create: ["CreateMountTarget"],
    delete: ["DeleteMountTarget"],
    resource: () => "file-system/fs-made",
  },
  "AWS::FSx::FileSystem": {
    service: "fsx",
    create: ["CreateFileSystem", "TagResource"],
    delete: ["DeleteFileSystem"],
    resource: () => "file-system/fs-made",
  },
  "AWS::RDS::DBCluster": {
    service: "rds",
    create: ["CreateDBCluster", "AddTagsToResource"],
    delete: ["DeleteDBCluster"],
    resource: (name) => `cluster:${name.toLowerCase()}`,
  },
  "AWS::RDS::DBInstance": {
    service: "rds",
    create: ["CreateDBInstance", "AddTagsToResource"],
    delete: ["DeleteDBInstance"],
    resource: (name) => `db:${name.toLowerCase()}`,
  },
  "AWS::RDS::DBClusterParameterGroup": {
    service: "rds",
    create: ["CreateDBClusterParameterGroup", "AddTagsToResource"],
    delete: ["DeleteDBClusterParameterGroup"],
    resource: (name) => `cluster-pg:${name.toLowerCase()}`,
  },
  "AWS::IAM::ServerCertificate": {
    service: "iam",
    create: ["UploadServerCertificate", "TagServerCertificate"],
    delete: ["DeleteServerCertificate"],
    resource: (name) => `server-certificate/sluice/${name}`,
    isGlobal: true,
  },
  "AWS::RDS::DBSubnetGroup": {
    service: "rds",
    create: ["CreateDBSubnetGroup"],
    delete: ["DeleteDBSubnetGroup"],
    resource: (name) => `subgrp:${name.toLowerCase()}`,
  },
  "AWS::Lambda::Function": {
    service: "lambda",
    create: ["CreateFunction", "TagResource"],
    delete: ["DeleteFunction"],
    resource: (name) => `function:${name}`,
    role: ["Role", "lambda.amazonaws.com"],
  },
  "AWS::ElasticLoadBalancingV2::LoadBalancer": {
    service: "elasticloadbalancing",
    create: ["CreateLoadBalancer", "AddTags"],
    delete: ["DeleteLoadBalancer"],
    resource: (name) => `loadbalancer/net/${name.slice(0, 5)}/1`,
  },
  "AWS::ElasticLoadBalancingV2::TargetGroup": {
    service: "elasticloadbalancing",
    create: ["CreateTargetGroup", "AddTags"],
    delete: ["DeleteTargetGroup"],
    resource: (name) => `targetgroup/${name.slice(0, 5)}/1`,
  },
  "AWS::ElasticLoadBalancingV2::Listener": {
    service: "elasticloadbalancing",
    create: ["CreateListener"],
    delete: ["DeleteListener"],
    resource: (name) => `loadbalancer/net/${name.slice(0, 5)}/1`,
  },
  "AWS::CloudWatch::Alarm": {
    service: "cloudwatch",
    create: ["PutMetricAlarm"],
    delete: ["DeleteAlarms"],
    resource: (name) => `alarm:${name}`,
  },
  "AWS::CloudWatch::Dashboard": {
    service: "cloudwatch",
    create: ["PutDashboard"],
    delete: ["DeleteDashboards"],
    resource: (name) => `dashboard/${name}`,
    isGlobal: true,
  },
  "AWS::Events::Rule": {
    service: "events",
    create: ["PutRule", "PutTargets"],
    delete: ["DeleteRule", "RemoveTargets"],
    resource: (name) => `rule/${name}`,
  },
};

/** Whether who asked for the stack may make or remove such a resource. Throws as services do. */
export function authoriseGeneric(
  doing: "create" | "delete",
  name: string,
  properties: Readonly<Record<string, Json>>,
  { region, stack, type }: ResourceContext,
): void {
  const rights = RIGHTS[type];
  if (rights === undefined) return;
  const { service, resource, role, isGlobal = false } = rights;
  const where = isGlobal ? "" : region.name;
  const call = {
    service: "cloudformation",
    operation: "ExecuteChangeSet",
    caller: stack.root.input.caller,
    requestId: stack.id,
    headers: {},
  };
  region.authorise(call, {
    actions: rights[doing].map((action) => `${service}:${action}`),
    resources: [`arn:aws:${service}:${where}:${region.account}:${resource(name)}`],
    conditions: Object.fromEntries(
      // Listeners have no tags in CloudFormation.
      doing === "create" || type.endsWith("::Listener")
        ? []
        : Object.entries(stack.root.input.tags).map(([key, value]) => [
            `aws:ResourceTag/${key}`,
            value,
          ]),
    ),
  });
  const given = role === undefined ? undefined : text(properties[role[0]]);
  if (doing === "create" && role !== undefined && given !== undefined) {
    region.authorisePassRole(call, given, role[1]);
  }
}
