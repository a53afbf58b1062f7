import { describe, expect, it } from "vitest";
import { filledIn, strangePlaces } from "./placeholders.ts";

const EVENT = { path: "/home/ada/in/a b.txt", size: 12, body: { tags: ["x", "y"], n: 0 } };

describe("values of an event", () => {
  it.each([
    ["{{event.path}}", "/home/ada/in/a b.txt"],
    ["{{ event.size }}", 12],
    ["{{event.body.tags}}", ["x", "y"]],
    ["n={{event.body.n}}, {{event.size}}", "n=0, 12"],
    ["no place", "no place"],
    [7, 7],
    [
      ["{{event.size}}", "x"],
      [12, "x"],
    ],
  ])("in %o are %o", (given, wanted) => {
    expect(filledIn({ field: given }, EVENT)).toEqual({ field: wanted });
  });

  it.each([
    "{{event.none}}",
    "x {{event.body.none}}",
    "{{event.path.length}}",
    "{{event.constructor}}",
  ])("that are not there are told: %s", (given) => {
    expect(() => filledIn({ field: given }, EVENT)).toThrow(
      expect.objectContaining({ code: "TRIGGER_VALUE_MISSING" }),
    );
  });

  it("are not looked for in what the event brings", () => {
    const event = { path: "{{event.size}}", size: 1 };
    expect(filledIn({ a: "{{event.path}}", b: "x{{event.path}}" }, event)).toEqual({
      a: "{{event.size}}",
      b: "x{{event.size}}",
    });
  });

  it("are the only places that there are", () => {
    expect(strangePlaces({ a: "{{env.HOME}}", b: ["{{event.path}}", "{{x}}"], c: 1 })).toEqual([
      "{{env.HOME}}",
      "{{x}}",
    ]);
  });
});
