import type { Progress } from "@sluice/cloud";

/** An event of CloudFormation, as far as it is read here. */
export interface StackEventView {
  readonly EventId?: string | undefined;
  readonly StackId?: string | undefined;
  readonly Timestamp?: Date | undefined;
  readonly LogicalResourceId?: string | undefined;
  readonly PhysicalResourceId?: string | undefined;
  readonly ResourceType?: string | undefined;
  readonly ResourceStatus?: string | undefined;
  readonly ResourceStatusReason?: string | undefined;
}

/** What people wait for, by the beginning of its type: the rest is made in no time. */
const NOUNS: readonly (readonly [string, string])[] = [
  ["AWS::EC2::VPC", "network"],
  ["AWS::EC2::NatGateway", "network"],
  ["AWS::EC2::Volume", "storage"],
  ["AWS::EFS::FileSystem", "storage"],
  ["AWS::FSx::", "storage"],
  ["AWS::RDS::", "database"],
  ["AWS::ElasticLoadBalancingV2::LoadBalancer", "login nodes"],
  ["AWS::AutoScaling::AutoScalingGroup", "machines"],
];

const EXACT = new Set(["AWS::EC2::VPC", "AWS::EC2::NatGateway", "AWS::EC2::Volume"]);

/**
 * The line that an event is worth; undefined for resources that nobody waits for. Failures are
 * always told, but for those that only follow another.
 */
export function progressOf(event: StackEventView, headResource: string): Progress | undefined {
  const { ResourceType = "", LogicalResourceId = "", ResourceStatus = "" } = event;
  const status = statusOf(event);
  if (status === undefined) return undefined;
  const isHead = LogicalResourceId === headResource;
  const noun = isHead ? "head" : nounOf(ResourceType);
  if (noun === undefined && status !== "failed") return undefined;
  const kind = ResourceType.split("::").slice(1).join(" ");
  const doing = ResourceStatus.replace(/_.*/, "").toLowerCase();
  const reason = event.ResourceStatusReason;
  const what = isHead ? "machine" : `${kind} ${LogicalResourceId}`;
  return {
    time: event.Timestamp ?? new Date(0),
    resource: noun ?? "stack",
    status,
    message:
      status === "failed" && reason !== undefined ? `${what}: ${reason}` : `${doing} ${what}`,
  };
}

function statusOf(event: StackEventView): Progress["status"] | undefined {
  const { ResourceStatus = "", ResourceType = "", ResourceStatusReason } = event;
  // Stacks end with what is in them.
  if (ResourceType === "AWS::CloudFormation::Stack") return undefined;
  if (ResourceStatus.endsWith("_FAILED")) return isConsequence(event) ? undefined : "failed";
  if (ResourceStatus.endsWith("_IN_PROGRESS")) {
    // It comes twice: when it begins, and when the resource has its id.
    return ResourceStatusReason === undefined ? "started" : undefined;
  }
  return ResourceStatus.endsWith("_COMPLETE") ? "done" : undefined;
}

function nounOf(type: string): string | undefined {
  return NOUNS.find(([begin]) => (EXACT.has(begin) ? type === begin : type.startsWith(begin)))?.[1];
}

/** Failures that only say that another one happened. */
function isConsequence({ ResourceStatusReason = "" }: StackEventView): boolean {
  return /^(Resource (creation|update) cancelled|The following resource\(s\) failed|Embedded stack )/i.test(
    ResourceStatusReason,
  );
}

/** Why the stack itself gave up before any resource was begun; undefined when it did not. */
export function stackReason(events: readonly StackEventView[]): string | undefined {
  return events.find(
    ({ PhysicalResourceId, StackId, ResourceStatus = "", ResourceStatusReason }) =>
      PhysicalResourceId === StackId &&
      /ROLLBACK_IN_PROGRESS|_FAILED/.test(ResourceStatus) &&
      ResourceStatusReason !== undefined,
  )?.ResourceStatusReason;
}

/** What failed by itself, the first first: what it is and CloudFormation's own words. */
export interface StackFailure {
  readonly logicalId: string;
  readonly type: string;
  readonly reason: string;
}

/** @param events of a stack and its nested ones, in any order. */
export function failuresIn(events: readonly StackEventView[]): readonly StackFailure[] {
  return events
    .filter(
      (event) =>
        /^(CREATE|UPDATE|DELETE)_FAILED$/.test(event.ResourceStatus ?? "") && !isConsequence(event),
    )
    .toSorted((a, b) => (a.Timestamp?.getTime() ?? 0) - (b.Timestamp?.getTime() ?? 0))
    .map(({ LogicalResourceId = "", ResourceType = "", ResourceStatusReason = "" }) => ({
      logicalId: LogicalResourceId,
      type: ResourceType,
      reason: ResourceStatusReason,
    }));
}
