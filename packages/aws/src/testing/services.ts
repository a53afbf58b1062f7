import type { ServiceRequest } from "./loopback-account.ts";
import type { AccountState, Row, Value } from "./state.ts";

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const XML = "text/xml";
const JSON_TYPE = "application/x-amz-json-1.1";
export const ACCOUNT = "123456789012";

/** EC2's XML: a list is a wrapper of `<item>`s. */
function xml(value: Value): string {
  if (Array.isArray(value)) return value.map((item) => `<item>${xml(item)}</item>`).join("");
  if (typeof value === "object") {
    return Object.entries(value as Row)
      .map(([key, child]) => `<${key}>${xml(child)}</${key}>`)
      .join("");
  }
  return String(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

interface Describe {
  readonly set: string;
  readonly rows: keyof AccountState["ec2"];
  /** The row's field that a filter of this name looks at. */
  readonly filters: Readonly<Record<string, string>>;
}

const DESCRIBES: Readonly<Record<string, Describe>> = {
  DescribeSubnets: { set: "subnetSet", rows: "subnets", filters: { "subnet-id": "subnetId" } },
  DescribeSecurityGroups: {
    set: "securityGroupInfo",
    rows: "securityGroups",
    filters: { "group-id": "groupId" },
  },
  DescribeKeyPairs: { set: "keySet", rows: "keyPairs", filters: { "key-name": "keyName" } },
  DescribeImages: { set: "imagesSet", rows: "images", filters: { "image-id": "imageId" } },
  DescribeInstanceTypes: {
    set: "instanceTypeSet",
    rows: "instanceTypes",
    filters: { "instance-type": "instanceType" },
  },
  DescribeInstanceTypeOfferings: {
    set: "instanceTypeOfferingSet",
    rows: "offerings",
    filters: { "instance-type": "instanceType" },
  },
  DescribeAddresses: {
    set: "addressesSet",
    rows: "addresses",
    filters: { "allocation-id": "allocationId" },
  },
  DescribePlacementGroups: {
    set: "placementGroupSet",
    rows: "placementGroups",
    filters: { "group-name": "groupName", "group-id": "groupId" },
  },
  DescribeVolumes: { set: "volumeSet", rows: "volumes", filters: { "volume-id": "volumeId" } },
  DescribeSnapshots: {
    set: "snapshotSet",
    rows: "snapshots",
    filters: { "snapshot-id": "snapshotId" },
  },
  DescribeNetworkInterfaces: {
    set: "networkInterfaceSet",
    rows: "networkInterfaces",
    filters: { "network-interface-id": "networkInterfaceId" },
  },
  DescribeVpcs: { set: "vpcSet", rows: "vpcs", filters: {} },
  DescribeRouteTables: { set: "routeTableSet", rows: "routeTables", filters: {} },
  DescribeInternetGateways: { set: "internetGatewaySet", rows: "internetGateways", filters: {} },
  DescribeRegions: { set: "regionInfo", rows: "regions", filters: {} },
};

export function ec2({ form }: ServiceRequest, state: AccountState): Reply {
  const action = form.get("Action") ?? "";
  const describe = DESCRIBES[action];
  if (describe !== undefined) {
    const rows = state.ec2[describe.rows] as readonly Row[];
    return ec2Reply(action, { [describe.set]: rows.filter((row) => passes(row, form, describe)) });
  }
  switch (action) {
    case "DescribeCapacityReservations":
      return capacityReservation(form, state);
    case "DescribeVpcAttribute":
      return vpcAttribute(form, state);
    case "RunInstances":
      return dryRun(form, state);
    default:
      return ec2Error("InvalidAction", `${action} is not served here`);
  }
}

function passes(row: Row, form: URLSearchParams, { filters }: Describe): boolean {
  for (let at = 1; form.has(`Filter.${at}.Name`); at += 1) {
    const field = filters[form.get(`Filter.${at}.Name`) ?? ""];
    if (field === undefined) return false;
    const values = [...form].filter(([key]) => key.startsWith(`Filter.${at}.Value.`));
    if (!values.some(([, value]) => value === row[field])) return false;
  }
  return true;
}

function capacityReservation(form: URLSearchParams, state: AccountState): Reply {
  const id = form.get("CapacityReservationId.1") ?? "";
  const one = state.ec2.capacityReservations.find((row) => row.capacityReservationId === id);
  return one === undefined
    ? ec2Error("InvalidCapacityReservationId.NotFound", `${id} does not exist`)
    : ec2Reply("DescribeCapacityReservations", { capacityReservationSet: [one] });
}

function vpcAttribute(form: URLSearchParams, state: AccountState): Reply {
  const id = form.get("VpcId") ?? "";
  const attribute = form.get("Attribute") ?? "";
  const vpc = state.ec2.vpcs.find((row) => row.vpcId === id);
  if (vpc === undefined) return ec2Error("InvalidVpcID.NotFound", `${id} does not exist`);
  return ec2Reply("DescribeVpcAttribute", {
    vpcId: id,
    [attribute]: { value: vpc[attribute] ?? false },
  });
}

function dryRun(form: URLSearchParams, state: AccountState): Reply {
  if (form.get("DryRun") !== "true") return ec2Error("InvalidParameterValue", "only dry runs here");
  const type = form.get("InstanceType") ?? "";
  const refused = state.ec2.refusedLaunches[type];
  return refused === undefined
    ? ec2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
    : ec2Error(refused, `no ${type} for you`);
}

function ec2Reply(action: string, content: Row): Reply {
  const body = `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${xml(content)}</${action}Response>`;
  return { status: 200, type: XML, body };
}

function ec2Error(code: string, message: string, status = 400): Reply {
  const body = `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r</RequestID></Response>`;
  return { status, type: XML, body };
}

export function sts(): Reply {
  const body = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${ACCOUNT}:user/ada</Arn><UserId>AIDA</UserId><Account>${ACCOUNT}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
  return { status: 200, type: XML, body };
}

export function iam({ form }: ServiceRequest, { iam: state }: AccountState): Reply {
  const action = form.get("Action") ?? "";
  const result = (content: string): Reply => ({
    status: 200,
    type: XML,
    body: `<${action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${action}Result>${content}</${action}Result></${action}Response>`,
  });
  const role = form.get("RoleName") ?? "";
  const profile = form.get("InstanceProfileName") ?? "";
  const policy = form.get("PolicyArn") ?? "";
  const knownRole = own(state.roles, role);
  const knownProfile = own(state.instanceProfiles, profile);
  if (action === "GetRole" && knownRole !== undefined) {
    const trust = encodeURIComponent(knownRole.trust);
    return result(
      `<Role><RoleName>${role}</RoleName><AssumeRolePolicyDocument>${trust}</AssumeRolePolicyDocument></Role>`,
    );
  }
  if (action === "GetInstanceProfile" && knownProfile !== undefined) {
    const roles = knownProfile.roles.map((arn) => `<member><Arn>${arn}</Arn></member>`).join("");
    return result(`<InstanceProfile><Roles>${roles}</Roles></InstanceProfile>`);
  }
  if (action === "GetPolicy" && state.policies.includes(policy)) {
    return result(`<Policy><Arn>${policy}</Arn></Policy>`);
  }
  const body = `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>it cannot be found</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
  return { status: 404, type: XML, body };
}

export function s3({ path, query }: ServiceRequest, { buckets }: AccountState): Reply {
  const [, name = "", ...key] = path.split("/");
  const bucket = own(buckets, name);
  if (bucket !== undefined && query.has("versioning")) {
    const status = bucket.versioned ? "<Status>Enabled</Status>" : "";
    const body = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${status}</VersioningConfiguration>`;
    return { status: 200, type: XML, body };
  }
  const size = bucket === undefined ? undefined : own(bucket.objects, key.join("/"));
  const isFound = key.join("/") === "" ? bucket !== undefined : size !== undefined;
  const headers = {
    ...(bucket === undefined ? {} : { "x-amz-bucket-region": bucket.region }),
    ...(size === undefined ? {} : { "content-length": String(size) }),
  };
  return { status: isFound ? 200 : 404, type: XML, body: "", headers };
}

export function efs({ path, query }: ServiceRequest, state: AccountState): Reply {
  const groups = /\/mount-targets\/([^/]+)\/security-groups$/.exec(path)?.[1];
  if (groups !== undefined) {
    const [id = "", index = "0"] = groups.split("_");
    const target = own(state.efs, id)?.mountTargets[Number(index)];
    return json({ SecurityGroups: target?.securityGroups ?? [] });
  }
  if (path.endsWith("/access-points")) {
    const id = query.get("AccessPointId") ?? "";
    const system = own(state.accessPoints, id);
    return system === undefined
      ? jsonError("AccessPointNotFound")
      : json({ AccessPoints: [{ AccessPointId: id, FileSystemId: system }] });
  }
  const id = query.get("FileSystemId") ?? "";
  const system = own(state.efs, id);
  if (system === undefined) return jsonError("FileSystemNotFound");
  if (path.endsWith("/mount-targets")) {
    return json({
      MountTargets: system.mountTargets.map(({ zone, subnetId }, index) => ({
        MountTargetId: `${id}_${index}`,
        SubnetId: subnetId,
        AvailabilityZoneName: zone,
      })),
    });
  }
  return json({ FileSystems: [{ FileSystemId: id }] });
}

/** Services that take `X-Amz-Target: Service.Operation` and JSON. */
export function awsJson({ target, body }: ServiceRequest, state: AccountState): Reply {
  const operation = target.split(".").at(-1) ?? "";
  const input = JSON.parse(body || "{}") as Record<string, string | readonly string[]>;
  const text = (key: string): string => String(input[key] ?? "");
  const ids = Object.entries(input).find(([key]) => key.endsWith("Ids"))?.[1] ?? [];
  switch (operation) {
    case "DescribeKey": {
      const enabled = own(state.kmsKeys, text("KeyId"));
      return enabled === undefined
        ? jsonError("NotFoundException")
        : json({ KeyMetadata: { KeyId: text("KeyId"), Enabled: enabled } });
    }
    case "GetSecretValue": {
      const value = own(state.secrets, text("SecretId"));
      return value === undefined
        ? jsonError("ResourceNotFoundException")
        : json({ SecretString: value });
    }
    case "GetParameter": {
      const value = own(state.secrets, text("Name"));
      return value === undefined
        ? jsonError("ParameterNotFound")
        : json({ Parameter: { Value: value } });
    }
    case "DescribeFileSystems":
    case "DescribeFileCaches":
    case "DescribeVolumes":
    case "DescribeBackups": {
      const [list, key, absent] = FSX[operation];
      const known = state.fsx.filter((item) => ids.includes(String(item[key])));
      return known.length === 0 ? jsonError(absent) : json({ [list]: known });
    }
    default:
      return jsonError("UnknownOperationException");
  }
}

const FSX = {
  DescribeFileSystems: ["FileSystems", "FileSystemId", "FileSystemNotFound"],
  DescribeFileCaches: ["FileCaches", "FileCacheId", "FileCacheNotFound"],
  DescribeVolumes: ["Volumes", "VolumeId", "VolumeNotFound"],
  DescribeBackups: ["Backups", "BackupId", "BackupNotFound"],
} as const;

export function route53({ path }: ServiceRequest, { hostedZones }: AccountState): Reply {
  const id = path.split("/").at(-1) ?? "";
  const zone = own(hostedZones, id);
  if (zone === undefined) {
    const body = `<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>NoSuchHostedZone</Code><Message>none</Message></Error></ErrorResponse>`;
    return { status: 404, type: XML, body };
  }
  const vpcs = zone.vpcs
    .map((vpc) => `<VPC><VPCRegion>eu-central-1</VPCRegion><VPCId>${vpc}</VPCId></VPC>`)
    .join("");
  const body = `<GetHostedZoneResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><HostedZone><Id>/hostedzone/${id}</Id><Name>${zone.name}</Name><CallerReference>c</CallerReference><Config><PrivateZone>${zone.private}</PrivateZone></Config></HostedZone><VPCs>${vpcs}</VPCs></GetHostedZoneResponse>`;
  return { status: 200, type: XML, body };
}

export function resourceGroups(request: ServiceRequest, state: AccountState): Reply {
  const { Group = "" } = JSON.parse(request.body || "{}") as { Group?: string };
  const arns = own(state.resourceGroups, Group);
  return arns === undefined
    ? jsonError("NotFoundException", 404)
    : json({ Resources: arns.map((ResourceArn) => ({ Identifier: { ResourceArn } })) });
}

function json(body: object): Reply {
  return { status: 200, type: JSON_TYPE, body: JSON.stringify(body) };
}

function jsonError(code: string, status = 400): Reply {
  const body = JSON.stringify({ __type: code, message: "it cannot be found" });
  return { status, type: JSON_TYPE, body, headers: { "x-amzn-errortype": code } };
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
