import type { ComputeFleet, FleetCost, ProtectedComputeResource } from "@sluice/model";
import type { Paint } from "./paint.ts";
import { QUEUE_HEADINGS, queueRows } from "./queues.ts";
import { fields, harmless, table } from "./table.ts";

export function fleetText(fleet: ComputeFleet, paint: Paint): string {
  const about = fields([
    ["compute fleet", paint.state(fleet.status)],
    ["since", fleet.lastStatusUpdatedTime],
    ["cost", costText(fleet.cost)],
  ]);
  const queues = table(QUEUE_HEADINGS, queueRows(fleet.queues, paint));
  const unavailable = table(
    ["NOT ASKED FOR", "QUEUE", "ZONE", "MARKET", "CAUSE", "SINCE", "UNTIL", "REASON"],
    fleet.unavailable.map((offering) => [
      offering.instanceType,
      offering.queue,
      offering.zone,
      offering.market,
      offering.cause,
      offering.since,
      offering.until,
      harmless(offering.reason),
    ]),
  );
  const shut = fleet.protected.map((one) => protectedText(one, paint));
  return [about, queues, ...shut, unavailable].filter((part) => part !== "").join("\n");
}

/** `1.25 USD an hour`, and what is not in it. */
export function costText({ usdPerHour, unpriced }: FleetCost): string {
  const sum = `${Number(usdPerHour.toFixed(4))} USD an hour`;
  if (unpriced === 0) return sum;
  const others = unpriced === 1 ? "1 machine" : `${unpriced} machines`;
  return usdPerHour === 0 ? `unknown, for ${others}` : `${sum}, and ${others} of unknown price`;
}

function protectedText(one: ProtectedComputeResource, paint: Paint): string {
  const machine = [one.node, one.machineId].filter((word) => word !== null).join(", ");
  const about = fields([
    [paint.bad("PROTECTED"), `${one.queue}/${one.computeResource}`],
    ["failures", `${one.failures} machines in a row did not register`],
    ["since", one.since],
    ["next probe", one.nextProbe ?? ""],
    ["last reason", harmless(one.reason ?? "")],
    ["last machine", machine],
    ["to try now", "sluice update-compute-fleet --status start"],
  ]);
  const console = one.console.map((line) => `  ${harmless(line)}\n`).join("");
  return console === "" ? about : `${about}its last console lines:\n${console}`;
}
