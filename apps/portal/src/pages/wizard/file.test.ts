import { describe, expect, it } from "vitest";
import { editFile, freeName, lineOfKey, readFile, scalarOf, setEdits, valueAt } from "./file.ts";

const FILE = `# ours
Provider: local
Scheduling:
  SlurmQueues:
    - Name: main # first
      WarmNodes:
        Count: 1
      ComputeResources:
        - Name: small
          MaxCount: 4 # enough
`;

function change(path: readonly (string | number)[], next: unknown): string {
  const reading = readFile(FILE);
  if (reading.is !== "read") throw new Error("the file can be read");
  const edited = editFile(FILE, setEdits(reading.value, path, next));
  return "text" in edited ? edited.text : edited.problem;
}

describe("a field of a step", () => {
  const queue = ["Scheduling", "SlurmQueues", 0] as const;

  it("changes its own key and nothing else", () => {
    const path = [...queue, "ComputeResources", 0, "MaxCount"];
    expect(change(path, 9)).toBe(FILE.replace("MaxCount: 4", "MaxCount: 9"));
  });

  it("takes away the section that it leaves empty", () => {
    expect(change([...queue, "WarmNodes", "Count"], undefined)).toBe(
      FILE.replace("      WarmNodes:\n        Count: 1\n", ""),
    );
  });

  it("leaves the entry of a list where it is", () => {
    const name = [...queue, "ComputeResources", 0, "Name"];
    expect(change(name, undefined)).toContain("MaxCount: 4 # enough");
    expect(change(["Users", 0, "Name"], undefined)).toBe(FILE);
  });
});

describe("a text", () => {
  it("that can't be read says where", () => {
    expect(readFile("Provider: local\nImage: [")).toMatchObject({ is: "unreadable", line: 2 });
  });

  it("that is no section has nothing in it", () => {
    expect(readFile("- a")).toEqual({ is: "read", value: {} });
    expect(readFile("")).toEqual({ is: "read", value: {} });
  });

  it("has its keys at their lines", () => {
    expect(lineOfKey(FILE, ["Vpc", "Scheduling"])).toBe(3);
    expect(lineOfKey(FILE, ["Users"])).toBeUndefined();
    expect(lineOfKey("- a", ["Users"])).toBeUndefined();
  });

  it("has nothing at paths that lead nowhere, nor in what objects have by themselves", () => {
    expect(valueAt({ a: [{ b: 1 }] }, ["a", 0, "b"])).toBe(1);
    expect(valueAt({ a: 1 }, ["a", "b"])).toBeUndefined();
    expect(valueAt({}, ["constructor"])).toBeUndefined();
  });
});

it("writes whole numbers as numbers, and anything else as it was typed", () => {
  expect([scalarOf("12"), scalarOf("-1"), scalarOf("10m"), scalarOf("1.5")]).toEqual([
    12,
    -1,
    "10m",
    "1.5",
  ]);
});

it("names what is new as nothing else is", () => {
  expect(freeName("queue", [])).toBe("queue");
  expect(freeName("queue", [{ Name: "queue" }, { Name: "queue-2" }, null])).toBe("queue-3");
});
