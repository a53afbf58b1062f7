import type { Explanation, OfferingView } from "@sluice/model";
import type { Paint } from "./paint.ts";
import { harmless, table } from "./table.ts";
import { shownTime } from "./time.ts";

export function explanationText(explanation: Explanation, paint: Paint): string {
  const { state, why, tried, left, next, time, stale } = explanation;
  const lines = (title: string, items: readonly string[]) =>
    items.length === 0
      ? ""
      : `${paint.bold(title)}\n${items.map((item) => `  ${harmless(item)}\n`).join("")}`;
  const old =
    stale === null ? "" : `${paint.bad(`as of ${shownTime(time)}: ${harmless(stale)}`)}\n`;
  const asked = table(
    ["ASKED AT (UTC)", "NODE", "OFFERING", "ANSWER"],
    tried.map((one) => [
      shownTime(one.time),
      one.node ?? "",
      one.offering ?? "",
      harmless(one.answer),
    ]),
  );
  const parts = [
    `${paint.bold(harmless(state))}\n${old}`,
    lines("why", why),
    asked,
    left.length === 0 ? "" : lines("left to try", left.map(offeringOf)),
    lines(
      "next",
      next.map((step) =>
        step.time === null ? step.what : `${shownTime(step.time)}  ${step.what}`,
      ),
    ),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function offeringOf(offering: OfferingView): string {
  const { queue, computeResource, instanceType, zone, market, usdPerHour } = offering;
  const price = usdPerHour === null ? "price unknown" : `${usdPerHour} USD an hour`;
  return `${instanceType}/${zone}/${market} in ${queue}/${computeResource}, ${price}`;
}
