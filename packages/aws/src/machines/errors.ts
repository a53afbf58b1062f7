import { CloudError, type CloudErrorKind, isCloudError } from "@sluice/cloud";
import { messageOf } from "@sluice/model";

/**
 * What EC2's and Auto Scaling's error codes mean to a cluster. Sources, by their page of the EC2 API
 * reference: "Error codes for the Amazon EC2 API" (client and server errors), "RunInstances" and
 * "CreateFleet"; for throttles "Request throttling for the Amazon EC2 API".
 */
const KINDS: Readonly<Record<string, CloudErrorKind>> = {
  // "There is not enough capacity to fulfill your request", of the type, the host, the reservation.
  InsufficientInstanceCapacity: "InsufficientCapacity",
  InsufficientHostCapacity: "InsufficientCapacity",
  InsufficientCapacityOnHost: "InsufficientCapacity",
  InsufficientReservedInstanceCapacity: "InsufficientCapacity",
  InsufficientCapacity: "InsufficientCapacity",
  ReservationCapacityExceeded: "InsufficientCapacity",
  InvalidCapacityReservationState: "InsufficientCapacity",
  // "Your Spot request price is lower than the minimum required": it may fall again.
  SpotMaxPriceTooLow: "InsufficientCapacity",
  // "Your requested instance type is not supported in your requested Availability Zone."
  Unsupported: "InsufficientCapacity",
  InsufficientFreeAddressesInSubnet: "InsufficientCapacity",
  InsufficientAddressCapacity: "InsufficientCapacity",
  // "The placement group is in use in another availability zone": until it is empty, there alone.
  "InvalidPlacementGroup.InUse": "InsufficientCapacity",
  // Of CreateFleet, which filled less than MinTargetCapacity.
  UnfulfillableCapacity: "InsufficientCapacity",
  CapacityNotAvailable: "InsufficientCapacity",

  VolumeTypeNotAvailableInZone: "InsufficientCapacity",

  VcpuLimitExceeded: "QuotaExceeded",
  InstanceLimitExceeded: "QuotaExceeded",
  MaxSpotInstanceCountExceeded: "QuotaExceeded",
  MaxSpotFleetRequestCountExceeded: "QuotaExceeded",
  SpotInstanceCountLimitExceeded: "QuotaExceeded",
  VolumeLimitExceeded: "QuotaExceeded",
  MaxIOPSLimitExceeded: "QuotaExceeded",
  NetworkInterfaceLimitExceeded: "QuotaExceeded",
  LaunchTemplateVersionLimitExceeded: "QuotaExceeded",
  InstanceCreditSpecificationNotSupported: "LaunchRejected",

  // "The maximum request rate permitted by the Amazon EC2 APIs has been exceeded for your account."
  RequestLimitExceeded: "Throttled",
  Throttling: "Throttled",
  ThrottlingException: "Throttled",
  ThrottledException: "Throttled",
  RequestThrottled: "Throttled",
  RequestThrottledException: "Throttled",
  TooManyRequestsException: "Throttled",
  EC2ThrottledException: "Throttled",
  // "The maximum number of resources that can be launched at a time": tokens of the resource bucket.
  ResourceCountExceeded: "Throttled",

  UnauthorizedOperation: "LaunchRejected",
  AccessDenied: "LaunchRejected",
  AccessDeniedException: "LaunchRejected",
  AuthFailure: "LaunchRejected",
  OptInRequired: "LaunchRejected",
  Blocked: "LaunchRejected",
  UnsupportedOperation: "LaunchRejected",
  InvalidUserData: "LaunchRejected",
  MissingParameter: "LaunchRejected",
  UnknownParameter: "LaunchRejected",
  "InvalidKeyPair.NotFound": "LaunchRejected",
  "InvalidSubnetID.NotFound": "LaunchRejected",
  "InvalidSubnet.Range": "LaunchRejected",
  InvalidSubnet: "LaunchRejected",
  "InvalidGroup.NotFound": "LaunchRejected",
  "InvalidSecurityGroupID.NotFound": "LaunchRejected",
  "InvalidCapacityReservationId.NotFound": "LaunchRejected",
  "InvalidPlacementGroup.Unknown": "NotReady",
  "InvalidLaunchTemplateId.NotFound": "NotReady",
  "InvalidLaunchTemplateName.NotFoundException": "NotReady",
  // "The specified AMI is not available": an image that is being copied or made.
  "InvalidAMIID.Unavailable": "NotReady",
  // "Your account is currently being verified", up to some hours after an account was made.
  PendingVerification: "NotReady",

  "InvalidInstanceID.NotFound": "NotFound",
  "InvalidInstanceID.Malformed": "NotFound",
  InvalidInstanceID: "NotFound",
  // "The client token you have provided is associated with a terminated instance."
  IdempotentInstanceTerminated: "NotFound",

  IncorrectInstanceState: "Transient",
  IncorrectState: "Transient",
  IdempotentParameterMismatch: "Transient",
  RequestExpired: "Transient",
  ExpiredToken: "Transient",
  InternalError: "Transient",
  InternalFailure: "Transient",
  "Server.InternalError": "Transient",
  Unavailable: "Transient",
  ServiceUnavailable: "Transient",
  InsufficientVolumeCapacity: "InsufficientCapacity",
};

/** What EC2 says of every other parameter that it does not like begins so. */
const REJECTED = /^(Invalid|Malformed|Missing|NonEBSInstance|Operation)/;

/** The kind of a code of EC2's; undefined for one that says nothing about the request. */
export function kindOfCode(code: string): CloudErrorKind | undefined {
  const known = Object.hasOwn(KINDS, code) ? KINDS[code] : undefined;
  if (known !== undefined) return known;
  if (/Thrott|RequestLimit/.test(code)) return "Throttled";
  if (/LimitExceeded$/.test(code)) return "QuotaExceeded";
  return REJECTED.test(code) ? "LaunchRejected" : undefined;
}

export function codeOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/**
 * True when EC2 said no and did nothing, so that asking anew can't make a second machine.
 *
 * @param isFirst nobody asked the same before without hearing the answer. Otherwise a refusal that comes
 * before EC2 looks at the token (for the rate, for a right, or our own) says nothing of that first call.
 */
export function isFinal(error: unknown, isFirst: boolean): boolean {
  const kind = kindOfError(error);
  if (kind === "Transient") return false;
  if (isFirst) return true;
  return kind !== "Throttled" && !isCloudError(error) && !NOT_ALLOWED.test(codeOf(error));
}

const NOT_ALLOWED = /^(UnauthorizedOperation|AccessDenied|AuthFailure|OptInRequired|Blocked)/;

function kindOfError(error: unknown): CloudErrorKind {
  if (isCloudError(error)) return error.kind;
  const code = codeOf(error);
  // IAM needs some seconds to know an instance profile that was just made everywhere.
  if (code === "InvalidParameterValue" && /Instance Profile/i.test(messageOf(error))) {
    return "NotReady";
  }
  // So a fleet says that a zone has none of a type, or none for spot, which no list of types tells.
  if (
    code === "InvalidFleetConfiguration" &&
    /not supported in your.* Zone/.test(messageOf(error))
  ) {
    return "InsufficientCapacity";
  }
  return kindOfCode(code) ?? "Transient";
}

/** @param about of what is to stand before EC2's own words: `c5.large in eu-central-1a`. */
export function cloudErrorOf(error: unknown, about?: string): CloudError {
  if (isCloudError(error)) return error;
  const code = codeOf(error);
  const kind = kindOfError(error);
  const said = firstLine(messageOf(error));
  const text = kind === "Transient" && !isOfService(error) ? said : `${code}: ${said}`;
  const hint = hintOf(code, messageOf(error));
  return new CloudError(kind, about === undefined ? text : `${about}: ${text}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** An error that a fleet had with one of its overrides, which is data there and not thrown. */
export function fleetError(
  code: string | undefined,
  message: string | undefined,
  about: string,
): CloudError {
  const name = code ?? "InsufficientInstanceCapacity";
  return cloudErrorOf(Object.assign(new Error(message ?? name), { name, $fault: "client" }), about);
}

/** Ids that EC2 says it does not know, out of its message. */
export function unknownIds(error: unknown): readonly string[] {
  if (!codeOf(error).startsWith("InvalidInstanceID")) return [];
  return messageOf(error).match(/\bi-[0-9a-f]+\b/g) ?? [];
}

function isOfService(error: unknown): boolean {
  return typeof error === "object" && error !== null && "$fault" in error;
}

function hintOf(code: string, message: string): string | undefined {
  if (/Unauthorized|AccessDenied/.test(code)) {
    const right = /not authorized to perform: ([\w:*-]+)(?: on resource: (\S+))?/.exec(message);
    if (right === null) return "give the role of the head the right that is missing";
    const on = right[2] === undefined ? "" : ` on ${right[2]}`;
    return `the role of the head needs the right ${right[1]}${on}`;
  }
  if (code === "OptInRequired") {
    return "subscribe to the image's product in AWS Marketplace with this account";
  }
  if (code === "PendingVerification") return "wait until AWS has verified the account";
  if (code === "InsufficientFreeAddressesInSubnet") {
    return "give the queue a larger subnet, or one more";
  }
  return undefined;
}

/** An encoded authorization message is of no use to people, and long. */
function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? "").replace(/\s*Encoded authorization failure.*$/i, "");
}
