import {
  hashOf,
  type Made,
  madeUpName,
  type ResourceContext,
  type ResourceHandler,
  text,
} from "../handler.ts";
import type { Json, JsonObject } from "../template.ts";
import { authoriseGeneric } from "./generic-rights.ts";

interface Shape {
  /** By what is unique of it and its made-up name. */
  readonly id: (names: Names) => string;
  /** What `Ref` gives, where that is not the id. */
  readonly attributes?: (names: Names) => Readonly<Record<string, Json>>;
  /** Properties whose change replaces it. */
  readonly replacedBy?: readonly string[];
  /** For what stands in for it. */
  readonly made?: (names: Names) => Promise<void> | undefined;
}

interface Names {
  readonly unique: string;
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly properties: JsonObject;
  /** See `Existing`. */
  readonly aurora: ResourceContext["region"]["existing"]["aurora"];
}

const arn = (service: string, rest: string, { region, account }: Names): string =>
  `arn:aws:${service}:${region}:${account}:${rest}`;

/** Services that the region has not itself: their resources are written down and nothing more. */
const SHAPES: Readonly<Record<string, Shape>> = {
  "AWS::EFS::FileSystem": {
    id: ({ unique }) => `fs-0${unique}`,
    attributes: (names) => ({
      FileSystemId: `fs-0${names.unique}`,
      Arn: arn("elasticfilesystem", `file-system/fs-0${names.unique}`, names),
    }),
    replacedBy: ["Encrypted", "KmsKeyId", "PerformanceMode"],
  },
  "AWS::EFS::MountTarget": {
    id: ({ unique }) => `fsmt-${unique}`,
    attributes: ({ unique }) => ({ Id: `fsmt-${unique}`, IpAddress: "10.0.0.250" }),
    replacedBy: ["FileSystemId", "SubnetId"],
  },
  "AWS::EFS::AccessPoint": {
    id: ({ unique }) => `fsap-${unique}`,
    attributes: (names) => ({
      AccessPointId: `fsap-${names.unique}`,
      Arn: arn("elasticfilesystem", `access-point/fsap-${names.unique}`, names),
    }),
  },
  "AWS::FSx::FileSystem": {
    id: ({ unique }) => `fs-0${unique}`,
    attributes: (names) => ({
      DNSName: `fs-0${names.unique}.fsx.${names.region}.amazonaws.com`,
      LustreMountName: names.unique.slice(0, 8),
      ResourceARN: arn("fsx", `file-system/fs-0${names.unique}`, names),
      RootVolumeId: `fsvol-${names.unique}`,
    }),
    replacedBy: ["StorageType", "SubnetIds", "BackupId"],
  },
  "AWS::RDS::DBCluster": {
    id: ({ name }) => name.toLowerCase(),
    attributes: (names) => ({
      DBClusterArn: arn("rds", `cluster:${names.name.toLowerCase()}`, names),
      DBClusterResourceId: `cluster-${names.unique.toUpperCase()}`,
      "Endpoint.Address":
        names.aurora?.host ??
        `${names.name.toLowerCase()}.cluster-${names.unique}.${names.region}.rds.amazonaws.com`,
      "Endpoint.Port": String(names.aurora?.port ?? 3306),
    }),
    replacedBy: ["DBClusterIdentifier", "Engine", "MasterUsername"],
    made: ({ aurora, properties }) =>
      aurora?.made?.({
        user: text(properties.MasterUsername) ?? "",
        password: text(properties.MasterUserPassword) ?? "",
      }),
  },
  "AWS::IAM::ServerCertificate": {
    id: ({ name }) => name,
    attributes: ({ name, account, properties }) => ({
      Arn: `arn:aws:iam::${account}:server-certificate${text(properties.Path) ?? "/"}${name}`,
    }),
    replacedBy: ["ServerCertificateName", "CertificateBody", "PrivateKey"],
  },
  "AWS::Lambda::Function": {
    id: ({ name }) => name,
    attributes: (names) => ({ Arn: arn("lambda", `function:${names.name}`, names) }),
    replacedBy: ["FunctionName"],
  },
  "AWS::ElasticLoadBalancingV2::LoadBalancer": {
    id: (names) =>
      arn(
        "elasticloadbalancing",
        `loadbalancer/${kindOf(names)}/${names.name}/${names.unique}`,
        names,
      ),
    attributes: (names) => ({
      DNSName: `${names.name}-${names.unique}.elb.${names.region}.amazonaws.com`,
      CanonicalHostedZoneID: "Z3F0SRJ5LGBH90",
      LoadBalancerArn: arn(
        "elasticloadbalancing",
        `loadbalancer/${kindOf(names)}/${names.name}/${names.unique}`,
        names,
      ),
      LoadBalancerFullName: `${kindOf(names)}/${names.name}/${names.unique}`,
      LoadBalancerName: names.name,
    }),
    replacedBy: ["Name", "Scheme", "Type"],
  },
  "AWS::ElasticLoadBalancingV2::TargetGroup": {
    id: (names) => arn("elasticloadbalancing", `targetgroup/${names.name}/${names.unique}`, names),
    attributes: (names) => ({
      TargetGroupArn: arn(
        "elasticloadbalancing",
        `targetgroup/${names.name}/${names.unique}`,
        names,
      ),
      TargetGroupFullName: `targetgroup/${names.name}/${names.unique}`,
      TargetGroupName: names.name,
    }),
    replacedBy: ["Port", "Protocol", "VpcId"],
  },
  "AWS::ElasticLoadBalancingV2::Listener": {
    id: (names) => arn("elasticloadbalancing", `listener/net/${names.name}/${names.unique}`, names),
    attributes: (names) => ({
      ListenerArn: arn("elasticloadbalancing", `listener/net/${names.name}/${names.unique}`, names),
    }),
  },
  "AWS::CloudWatch::Alarm": {
    id: ({ name }) => name,
    attributes: (names) => ({ Arn: arn("cloudwatch", `alarm:${names.name}`, names) }),
    replacedBy: ["AlarmName"],
  },
  "AWS::ApiGatewayV2::Api": {
    id: ({ unique }) => unique.slice(0, 10),
    attributes: (names) => ({
      ApiId: names.unique.slice(0, 10),
      ApiEndpoint: `https://${names.unique.slice(0, 10)}.execute-api.${names.region}.amazonaws.com`,
    }),
    replacedBy: ["ProtocolType"],
  },
  "AWS::Route53::HostedZone": {
    id: ({ unique }) => `Z${unique.toUpperCase()}`,
    attributes: ({ unique }) => ({ Id: `Z${unique.toUpperCase()}` }),
    replacedBy: ["Name"],
  },
  "AWS::KMS::Key": {
    id: ({ unique }) => unique,
    attributes: (names) => ({ KeyId: names.unique, Arn: arn("kms", `key/${names.unique}`, names) }),
  },
};

/** Of a load balancer, as its ARN has it. */
function kindOf({ properties }: Names): "app" | "net" {
  return text(properties.Type) === "network" ? "net" : "app";
}

/** Names that templates give resources themselves, by property. */
const NAME_PROPERTIES = [
  "FunctionName",
  "Name",
  "AlarmName",
  "DashboardName",
  "DBClusterIdentifier",
  "DBInstanceIdentifier",
  "ServerCertificateName",
] as const;

/** A resource of a service that the region has not: it gets a plausible id and does nothing. */
export function genericHandler(type: string): ResourceHandler {
  const shape = SHAPES[type];
  const make = (made: Names): Made => ({
    id: shape?.id(made) ?? made.name,
    attributes: {
      Id: made.unique,
      Name: made.name,
      Arn: arn((type.split("::")[1] ?? "").toLowerCase(), `${made.name}`, made),
      ...shape?.attributes?.(made),
    },
  });
  return {
    replacedBy: shape?.replacedBy ?? ["Name"],
    async create(properties, context) {
      const names = namesOf(properties, context);
      authoriseGeneric("create", names.name, properties, context);
      await shape?.made?.(names);
      return make(names);
    },
    update: async (made) => made,
    async delete(made, properties, context) {
      authoriseGeneric("delete", text(made.attributes?.Name) ?? made.id, properties, context);
    },
    snapshot: async () => {},
  };
}

function namesOf(properties: JsonObject, context: ResourceContext): Names {
  const { stack, logicalId, region } = context;
  const given = NAME_PROPERTIES.map((name) => properties[name]).find((name) => name !== undefined);
  return {
    unique: hashOf(`${stack.id}/${logicalId}/${stack.events.length}`, 16),
    name: text(given) ?? madeUpName(context, 60),
    region: region.name,
    account: region.account,
    properties,
    aurora: region.existing.aurora,
  };
}
