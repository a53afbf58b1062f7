import { expect, test } from "vitest";
import { readEvent } from "./events.ts";

function event(type: string, detail: object, time: unknown = "2026-11-21T10:00:00Z"): string {
  return JSON.stringify({ version: "0", "detail-type": type, source: "aws.ec2", time, detail });
}

test("a spot machine goes two minutes after its warning", () => {
  const detail = { "instance-id": "i-0a", "instance-action": "terminate" };
  expect(readEvent(event("EC2 Spot Instance Interruption Warning", detail))).toEqual({
    kind: "notice",
    notices: [{ machineId: "i-0a", kind: "spot", deadline: new Date("2026-11-21T10:02:00Z") }],
  });
});

test("what is scheduled for several machines is told of each, and not of what is over", () => {
  const health = (more: object) =>
    readEvent(
      event("AWS Health Event", {
        service: "EC2",
        eventTypeCode: "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED",
        eventTypeCategory: "scheduledChange",
        startTime: "Sat, 21 Nov 2026 12:00:00 GMT",
        affectedEntities: [
          { entityValue: "i-0a" },
          { entityValue: "arn:aws:ec2:eu-central-1:1:instance/i-0b" },
          { entityValue: "i-0c", status: "RESOLVED" },
          { entityValue: "vol-0d" },
        ],
        ...more,
      }),
    );
  const deadline = new Date("2026-11-21T12:00:00Z");
  expect(health({})).toEqual({
    kind: "notice",
    notices: [
      { machineId: "i-0a", kind: "maintenance", deadline },
      { machineId: "i-0b", kind: "maintenance", deadline },
    ],
  });
  expect(health({ statusCode: "closed" })).toEqual({ kind: "notice", notices: [] });
  expect(health({ service: "RDS" })).toEqual({ kind: "notice", notices: [] });
  expect(health({ eventTypeCategory: "issue" })).toEqual({ kind: "notice", notices: [] });
});

test("changes of state and advice are not notices", () => {
  const id = { "instance-id": "i-0a", state: "terminated" };
  expect(readEvent(event("EC2 Instance State-change Notification", id))).toEqual({
    kind: "change",
    machineId: "i-0a",
    state: "terminated",
  });
  expect(readEvent(event("EC2 Instance Rebalance Recommendation", id)).kind).toBe("advice");
});

test.each([
  "",
  "null",
  "[]",
  "{",
  JSON.stringify({ "detail-type": "AWS Health Event" }),
  JSON.stringify({ "detail-type": "AWS Health Event", detail: { affectedEntities: [null, 3] } }),
  event("EC2 Spot Instance Interruption Warning", {}),
  event("EC2 Spot Instance Interruption Warning", { "instance-id": 7 }),
])("%s is taken for what it is", (body) => {
  const read = readEvent(body);
  if (read.kind === "notice") expect(read.notices).toEqual([]);
  else expect(read.kind).toBe("other");
});
