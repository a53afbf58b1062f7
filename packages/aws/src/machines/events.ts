import type { Interruption } from "@sluice/cloud";

/** What an event of the account says about machines. */
export type MachineEvent =
  | { readonly kind: "notice"; readonly notices: readonly Interruption[] }
  | { readonly kind: "change"; readonly machineId: string; readonly state: string }
  /** A spot machine is likelier than others to be taken; nothing is done about a guess. */
  | { readonly kind: "advice"; readonly machineId: string }
  | { readonly kind: "other" };

/** "EC2 emits the event two minutes before": the detail has no time. */
const SPOT_WARNING_MILLISECONDS = 120_000;

interface EventBody {
  readonly source?: unknown;
  readonly "detail-type"?: unknown;
  readonly time?: unknown;
  readonly detail?: unknown;
}

/** @param body an event of EventBridge as SQS delivers it; anything at all is read. */
export function readEvent(body: string): MachineEvent {
  const event = parsed(body);
  const detail = objectOf(event["detail-type"] === undefined ? undefined : event.detail);
  const machineId = textOf(detail["instance-id"]);
  switch (event["detail-type"]) {
    case "EC2 Spot Instance Interruption Warning": {
      if (machineId === undefined) return { kind: "other" };
      const at = dateOf(event.time);
      const deadline = at && new Date(at.getTime() + SPOT_WARNING_MILLISECONDS);
      return { kind: "notice", notices: [{ machineId, kind: "spot", deadline }] };
    }
    case "EC2 Instance State-change Notification":
      return machineId === undefined
        ? { kind: "other" }
        : { kind: "change", machineId, state: textOf(detail.state) ?? "" };
    case "EC2 Instance Rebalance Recommendation":
      return machineId === undefined ? { kind: "other" } : { kind: "advice", machineId };
    case "AWS Health Event":
      return { kind: "notice", notices: ofHealth(detail) };
    default:
      return { kind: "other" };
  }
}

/** A scheduled change of EC2's: retirement, reboot, maintenance of the host. */
function ofHealth(detail: Readonly<Record<string, unknown>>): readonly Interruption[] {
  const isOfEc2 = textOf(detail.service) === "EC2";
  const isScheduled = textOf(detail.eventTypeCategory) === "scheduledChange";
  if (!isOfEc2 || !isScheduled || textOf(detail.statusCode) === "closed") return [];
  const deadline = dateOf(detail.startTime);
  const entities = Array.isArray(detail.affectedEntities) ? detail.affectedEntities : [];
  return entities.flatMap((entity: unknown) => {
    const { entityValue, status } = objectOf(entity);
    const id = textOf(entityValue)?.match(/i-[0-9a-f]+$/)?.[0];
    const isOver = textOf(status) === "RESOLVED";
    return id === undefined || isOver ? [] : [{ machineId: id, kind: "maintenance", deadline }];
  });
}

function parsed(body: string): EventBody {
  try {
    return objectOf(JSON.parse(body));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function dateOf(value: unknown): Date | undefined {
  const at = typeof value === "string" ? new Date(value) : undefined;
  return at === undefined || Number.isNaN(at.getTime()) ? undefined : at;
}
