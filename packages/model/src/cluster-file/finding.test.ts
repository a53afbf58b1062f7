import { describe, expect, it } from "vitest";
import { type Finding, findingsError, renderFinding, showValue } from "./finding.ts";

const finding: Finding = {
  id: "NameValidator",
  level: "ERROR",
  file: "demo.yaml",
  line: 12,
  column: 9,
  path: "Scheduling.SlurmQueues[0].Name",
  value: '"CPU"',
  message: '"CPU" is not a valid Name',
  suggestion: "write cpu",
};

describe("renderFinding", () => {
  it("says where, what and what to do", () => {
    expect(renderFinding(finding)).toBe(
      'demo.yaml:12:9: error: Scheduling.SlurmQueues[0].Name: "CPU" is not a valid Name; write cpu',
    );
  });

  it("leaves out a place that it does not have", () => {
    const placeless = { ...finding, file: "", line: 0, column: 0, path: "" };
    expect(renderFinding(placeless)).toBe('error: "CPU" is not a valid Name; write cpu');
  });
});

describe("findingsError", () => {
  it("carries every finding, in its message and as data", () => {
    const error = findingsError([finding, { ...finding, level: "WARNING", line: 13 }]);
    expect(error).toMatchObject({ code: "CLUSTER_FILE_INVALID", source: "user" });
    expect(error.message.split("\n")).toHaveLength(3);
    expect(error.message).toMatch(/^demo\.yaml has 1 error\n/);
    expect(error.toJSON().findings).toHaveLength(2);
  });
});

describe("showValue", () => {
  it.each([
    ["a\nb\u001b[2J", '"a\\nb\\u001b[2J"'],
    ["\u202eevil\u009b", '"\\u202eevil\\u009b"'],
    ["x".repeat(100), `"${"x".repeat(60)}…"`],
    [[1, 2], "a list of 2"],
    [{ a: 1 }, "a section"],
    [null, "null"],
    [4, "4"],
    [undefined, ""],
  ])("%j is shown safely on one line", (value, shown) => {
    expect(showValue(value)).toBe(shown);
  });
});
