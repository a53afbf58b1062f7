import type { ComputeFleet } from "@sluice/model";
import type { Paint } from "./paint.ts";
import { QUEUE_HEADINGS, queueRows } from "./queues.ts";
import { fields, table } from "./table.ts";

export function fleetText(fleet: ComputeFleet, paint: Paint): string {
  const about = fields([
    ["compute fleet", paint.state(fleet.status)],
    ["since", fleet.lastStatusUpdatedTime],
  ]);
  const queues = table(QUEUE_HEADINGS, queueRows(fleet.queues, paint));
  const unavailable = table(
    ["NOT ASKED FOR", "QUEUE", "ZONE", "MARKET", "UNTIL", "REASON"],
    fleet.unavailable.map((offering) => [
      offering.instanceType,
      offering.queue,
      offering.zone,
      offering.market,
      offering.until,
      offering.reason,
    ]),
  );
  return [about, queues, unavailable].filter((part) => part !== "").join("\n");
}
