import { describe, expect, it } from "vitest";
import { largeClusterText } from "../../testing/large-cluster.ts";
import { readYaml } from "../yaml-source.ts";
import type { Edit } from "./edit.ts";
import { editText } from "./edit-text.ts";

const FILE = `# Ours
Region: eu-central-1   # Frankfurt

Scheduling:
    SlurmSettings: { ScaledownIdletime: 5 } # minutes
    SlurmQueues:
    # For everybody
    - Name: 'cpu'
      ComputeResources:
      - Name: small  # the usual
        MinCount: 0

      # To be removed one day
      - Name: large
    - Name: gpu
`;

/** The lines that went, with `-`, and those that came, with `+`. */
function changesOf(text: string, ...edits: Edit[]): string[] {
  const result = editText(text, edits);
  if ("problems" in result) return result.problems.map(({ message }) => message);
  const before = text.split("\n");
  const after = result.text.split("\n");
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [
    ...before.slice(start, before.length - end).map((line) => `-${line}`),
    ...after.slice(start, after.length - end).map((line) => `+${line}`),
  ];
}

const cpu = ["Scheduling", "SlurmQueues", 0] as const;
const small = [...cpu, "ComputeResources", 0] as const;

describe("editText", () => {
  it.each<[string, Edit, string[]]>([
    [
      "replaces a value and keeps what is said behind it",
      { kind: "set", path: ["Region"], value: "eu-west-1" },
      ["-Region: eu-central-1   # Frankfurt", "+Region: eu-west-1   # Frankfurt"],
    ],
    [
      "keeps the quotes that a value has",
      { kind: "set", path: [...cpu, "Name"], value: "all of it" },
      ["-    - Name: 'cpu'", "+    - Name: 'all of it'"],
    ],
    [
      "uses the quotes of the file where some are needed",
      { kind: "set", path: ["Region"], value: "yes" },
      ["-Region: eu-central-1   # Frankfurt", "+Region: 'yes'   # Frankfurt"],
    ],
    [
      "adds a key at the end of its section",
      { kind: "set", path: [...small, "MaxCount"], value: 20 },
      ["+        MaxCount: 20"],
    ],
    [
      "adds a key behind a named one",
      { kind: "set", path: [...small, "InstanceType"], value: "c5.large", after: "Name" },
      ["+        InstanceType: c5.large"],
    ],
    [
      "adds a section with the indentation of the file, and says why",
      {
        kind: "set",
        path: ["HeadNode", "Networking", "SubnetIds"],
        value: ["subnet-0"],
        comment: "Not in the open\nany more",
      },
      [
        "+# Not in the open",
        "+# any more",
        "+HeadNode:",
        "+    Networking:",
        "+        SubnetIds:",
        "+        - subnet-0",
      ],
    ],
    [
      "adds a key between brackets",
      {
        kind: "set",
        path: ["Scheduling", "SlurmSettings", "Dns"],
        value: { DisableManagedDns: true },
      },
      [
        "-    SlurmSettings: { ScaledownIdletime: 5 } # minutes",
        "+    SlurmSettings: { ScaledownIdletime: 5, Dns: { DisableManagedDns: true } } # minutes",
      ],
    ],
    [
      "appends an entry with the dashes of the list",
      { kind: "append", path: ["Scheduling", "SlurmQueues"], value: { Name: "new", Tags: [] } },
      ["+    - Name: new", "+      Tags: []"],
    ],
    [
      "inserts an entry before another and what is said of it",
      { kind: "insert", path: [...cpu, "ComputeResources", 1], value: { Name: "medium" } },
      ["+      - Name: medium"],
    ],
    [
      "removes an entry, and leaves comments to those who wrote them",
      { kind: "remove", path: [...cpu, "ComputeResources", 1] },
      ["-      - Name: large"],
    ],
    [
      "removes the key behind a dash",
      { kind: "remove", path: [...small, "Name"] },
      ["-      - Name: small  # the usual", "-        MinCount: 0", "+      - MinCount: 0"],
    ],
    [
      "leaves brackets where the last of a section goes",
      { kind: "remove", path: ["Scheduling", "SlurmSettings", "ScaledownIdletime"] },
      [
        "-    SlurmSettings: { ScaledownIdletime: 5 } # minutes",
        "+    SlurmSettings: {} # minutes",
      ],
    ],
    [
      "touches only what differs in a section that is set as a whole",
      { kind: "set", path: small, value: { Name: "small", MinCount: 1 } },
      ["-        MinCount: 0", "+        MinCount: 1"],
    ],
    [
      "does nothing where all is as it should be",
      { kind: "set", path: small, value: { MinCount: 0, Name: "small" } },
      [],
    ],
    ["does nothing where there is nothing to remove", { kind: "remove", path: ["Tags", 3] }, []],
  ])("%s", (_, edit, changes) => {
    expect(changesOf(FILE, edit)).toEqual(changes);
  });

  it("makes edits one after the other", () => {
    const path = ["Scheduling", "SlurmQueues"];
    expect(
      changesOf(
        FILE,
        { kind: "remove", path: [...path, 0] },
        { kind: "append", path, value: { Name: "new" } },
        { kind: "set", path: [...path, 1, "Name"], value: "newer" },
      ).filter((line) => line.startsWith("+")),
    ).toEqual(["+    - Name: gpu", "+    - Name: newer"]);
  });

  it.each([
    ["an empty file", "", "A: 1\n"],
    ["a file of comments", "# only\n", "# only\nA: 1\n"],
    ["no line end at the end", "B: 2", "B: 2\nA: 1"],
    ["line ends of Windows", "B: 2\r\n# end\r\n", "B: 2\r\nA: 1\r\n# end\r\n"],
    ["a byte order mark", "\ufeffB: 2\n", "\ufeffB: 2\nA: 1\n"],
    ["document marks", "---\nB: |\n  text\n...\n", "---\nB: |\n  text\nA: 1\n...\n"],
  ])("keeps %s", (_, before, after) => {
    expect(editText(before, [{ kind: "set", path: ["A"], value: 1 }])).toEqual({ text: after });
  });

  const SHARED = "base: &base {Size: 1, Deep: {A: 1}}\nuse: *base\nmerge:\n  <<: *base\n";

  it("writes an alias out where something below it is edited", () => {
    expect(changesOf(SHARED, { kind: "set", path: ["use", "Size"], value: 2 })).toEqual([
      "-use: *base",
      "+use:",
      "+  Size: 2",
      "+  Deep:",
      "+    A: 1",
    ]);
  });

  it("gives a section its own value of what comes with `<<`", () => {
    const edit: Edit = { kind: "set", path: ["merge", "Deep", "A"], value: 2 };
    expect(changesOf(SHARED, edit)).toEqual(["+  Deep:", "+    A: 2"]);
  });

  it.each<[string, Edit]>([
    ["an anchor's value", { kind: "set", path: ["base", "Size"], value: 2 }],
    ["an anchor that is in use", { kind: "remove", path: ["base"] }],
    ["a key that comes with `<<`", { kind: "remove", path: ["merge", "Size"] }],
  ])("does not change %s, and says where", (_, edit) => {
    const result = editText(SHARED, [{ kind: "set", path: ["New"], value: 1 }, edit]);
    expect("problems" in result && result.problems).toMatchObject([
      { id: "EditValidator", level: "ERROR", path: edit.path, line: 1 },
    ]);
  });

  it.each<[string, Edit, RegExp]>([
    ["a key below a text", { kind: "set", path: ["Region", "Name"], value: 1 }, /"eu-central-1"/],
    ["an entry of a section", { kind: "append", path: ["Scheduling"], value: 1 }, /a section/],
    [
      "an entry far behind",
      { kind: "insert", path: [...cpu.slice(0, 2), 9], value: 1 },
      /2 entries/,
    ],
    ["what YAML can't say", { kind: "set", path: ["Region"], value: 1n }, /bigint/],
    ["a prototype", { kind: "set", path: ["__proto__"], value: 1 }, /without changing more/],
  ])("refuses %s", (_, edit, message) => {
    const result = editText(FILE, [edit]);
    expect("problems" in result && result.problems[0]?.message).toMatch(message);
  });

  it("refuses a text that can't be read, and says why", () => {
    const result = editText("A: 1\nA: [\n", [{ kind: "set", path: ["B"], value: 1 }]);
    expect("problems" in result && result.problems[0]).toMatchObject({
      id: "YamlSyntaxValidator",
      line: expect.any(Number) as number,
    });
  });

  it("edits every queue of a large file in little time", () => {
    const queues = 300;
    const text = largeClusterText({ queues });
    const edits = Array.from({ length: queues }, (_, index): Edit[] => {
      const queue = ["Scheduling", "SlurmQueues", index];
      return [
        { kind: "set", path: [...queue, "Networking", "PlacementGroup", "Enabled"], value: true },
        { kind: "set", path: [...queue, "JobExclusiveAllocation"], value: true, comment: "so" },
        { kind: "remove", path: [...queue, "ComputeResources", 0, "MinCount"] },
      ];
    }).flat();
    const before = performance.now();
    const result = editText(text, edits);
    expect(performance.now() - before).toBeLessThan(5000);
    const tree = "text" in result ? readYaml(result.text).value : undefined;
    expect(JSON.stringify(tree).match(/"PlacementGroup":{"Enabled":true}/g)).toHaveLength(queues);
  });
});
