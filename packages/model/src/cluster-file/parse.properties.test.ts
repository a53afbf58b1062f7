import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { largeClusterText } from "../testing/large-cluster.ts";
import { yamlTexts } from "../testing/yaml-texts.ts";
import { printClusterFile } from "./edit/print.ts";
import { parseClusterFile } from "./parse.ts";
import { parseImageBuildFile } from "./parse-image-build.ts";
import { clusterSchema } from "./schema/cluster.ts";
import { imageBuildSchema } from "./schema/image-build.ts";
import { keysBelow } from "./schema-tree.ts";
import { readYaml } from "./yaml-source.ts";

const RUNS = Number(process.env.SLUICE_RUNS ?? 200);

/** Any text is a file or has findings, each of which says what and where. */
function check(text: string): void {
  const results = [
    parseClusterFile(text, { fileName: "f.yaml" }),
    parseImageBuildFile(text, { fileName: "f.yaml" }),
  ];
  const lines = text.split("\n");
  for (const result of results) {
    const findings = result.ok ? result.warnings : result.findings;
    expect(result.ok || findings.length > 0).toBe(true);
    expect(result.ok).toBe(!findings.some(({ level }) => level === "ERROR"));
    for (const { id, level, line, column, message, suggestion } of findings) {
      expect(id).toMatch(/^[A-Za-z0-9]+$/);
      expect(["INFO", "WARNING", "ERROR"]).toContain(level);
      expect(line).toBeGreaterThan(0);
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeGreaterThan(0);
      expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
      expect(message).toMatch(/^.+$/);
      expect(suggestion).toMatch(/^.+$/);
    }
  }
}

const examples = new URL("../../../../examples/", import.meta.url);
const files = [
  ...readdirSync(examples)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => readFileSync(new URL(name, examples), "utf8")),
  largeClusterText({ queues: 2, resources: 2 }),
];

const snippet = fc.constantFrom(
  ..."&a,*a,<<: *a,- , -,: ,:,? ,|\n,>-\n,!!set ,!!binary ,!!timestamp ,! ,%YAML 1.1\n,%TAG ! x\n,---\n,...\n,[,],{,},#, #,',\",\\,\t,\r,\0,\u0085,\u2028,\ufeff,\ud800,💥,~,null,1e999,0x,.nan,2001-12-14,__proto__: 1\n,constructor: {}\n".split(
    ",",
  ),
);
const change = fc.record({
  where: fc.nat(),
  length: fc.oneof(fc.constant(0), fc.nat({ max: 3 }), fc.nat({ max: 200 })),
  put: fc.oneof(snippet, fc.string({ unit: "binary", maxLength: 3 }), fc.constant("")),
  kind: fc.constantFrom("splice", "splice", "cut", "double", "move", "flip"),
});

function mangled(text: string, { where, length, put, kind }: Value<typeof change>): string {
  const at = where % (text.length + 1);
  const lines = text.split("\n");
  const line = where % lines.length;
  switch (kind) {
    case "cut":
      return text.slice(0, at);
    case "double":
      return lines.toSpliced(line, 0, lines[line] ?? "").join("\n");
    case "move":
      return lines
        .toSpliced(line, 1)
        .toSpliced(length % lines.length, 0, lines[line] ?? "")
        .join("\n");
    case "flip": {
      const bytes = new TextEncoder().encode(text);
      if (bytes.length > 0)
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << (length % 8));
      return new TextDecoder().decode(bytes);
    }
    default:
      return text.slice(0, at) + put + text.slice(at + length);
  }
}

type Value<T> = T extends fc.Arbitrary<infer V> ? V : never;

/** Every path that the schemas know, an entry of a list as `0`. */
const paths = [clusterSchema, imageBuildSchema].flatMap((schema) =>
  [...keysBelow(schema)].map(({ path }) =>
    path.split(".").flatMap((step) => (step.endsWith("[]") ? [step.slice(0, -2), 0] : [step])),
  ),
);

const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(
      null,
      "",
      "x".repeat(5000),
      -1,
      0,
      1e308,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      true,
      "2001-12-14",
      "yes",
      "10",
      "local",
      "aws",
      "SPOT",
      "c5.large",
      "subnet-0123456789abcdef0",
      "\n",
      "💥",
      "\u202e",
      [],
      {},
      [[]],
      [null],
      { a: null },
    ),
    fc.double(),
    fc.integer(),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        fc.constantFrom("Name", "constructor", "toString", "k".repeat(300)),
        fc.string({ maxLength: 5 }),
      ),
      tie("value"),
      { maxKeys: 3, noNullPrototype: true },
    ),
  ),
}));

/** The tree with this value at the path; what is in the way is replaced. */
function withValue(
  tree: unknown,
  [step, ...rest]: readonly (string | number)[],
  value: unknown,
): unknown {
  if (step === undefined) return value;
  if (typeof step === "number") {
    const list = Array.isArray(tree) ? tree : [];
    return list.toSpliced(step, 1, withValue(list[step], rest, value));
  }
  const section = typeof tree === "object" && tree !== null && !Array.isArray(tree) ? tree : {};
  return { ...section, [step]: withValue((section as Record<string, unknown>)[step], rest, value) };
}

describe("whatever the file is", { timeout: 1_000_000 }, () => {
  it("is a config or findings with their places, for texts that were mangled", () => {
    const texts = fc.tuple(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 6 }),
    );
    fc.assert(
      fc.property(texts, ([text, changes]) => check(changes.reduce(mangled, text))),
      { numRuns: RUNS },
    );
  });

  it("is a config or findings with their places, for texts in any style", () => {
    fc.assert(
      fc.property(yamlTexts(), fc.array(change, { maxLength: 2 }), (text, changes) =>
        check(changes.reduce(mangled, text)),
      ),
      { numRuns: RUNS },
    );
  });

  it("is a config or findings with their places, for values where others belong", () => {
    const values = fc.tuple(
      fc.constantFrom(...files),
      fc.array(fc.tuple(fc.constantFrom(...paths), anything), { minLength: 1, maxLength: 8 }),
    );
    fc.assert(
      fc.property(values, ([text, replaced]) => {
        const tree = replaced.reduce<unknown>(
          (before, [path, value]) => withValue(before, path, value),
          readYaml(text).value,
        );
        check(printClusterFile(tree));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("a file too large to be one", () => {
  const seconds = (text: string) => {
    const before = performance.now();
    const result = parseClusterFile(text, { fileName: "f.yaml" });
    expect(result.ok).toBe(false);
    return (performance.now() - before) / 1000;
  };
  const MEGABYTE = 1024 * 1024;

  it.each<[string, string]>([
    ["commas", `[${",".repeat(400_000)}]`],
    ["tags", "! ".repeat(400_000)],
    ["quotes", '"'.repeat(400_000)],
    ["directives", "%\n".repeat(200_000)],
    ["entries in brackets", `a: [${"{}, ".repeat(120_000)}]\n`],
    ["keys that nobody knows", Array.from({ length: 100_000 }, (_, i) => `k${i}:\n`).join("")],
    ["the same key", "a: 1\n".repeat(200_000)],
    ["aliases", `a: &a 1\nb:\n${"  - *a\n".repeat(100_000)}`],
    [
      "merge keys",
      `a: &a {${Array.from({ length: 9999 }, (_, i) => `k${i}: 1`).join(", ")}}\nb:\n${"  - <<: *a\n".repeat(30_000)}`,
    ],
    ["queues of nothing", `Scheduling:\n  SlurmQueues:\n${"    -\n".repeat(200_000)}`],
    ["queues of mistakes", `Scheduling:\n  SlurmQueues:\n${"    - Nome: a\n".repeat(100_000)}`],
    ["queues of one name", `Scheduling:\n  SlurmQueues:\n${"    - Name: a\n".repeat(100_000)}`],
    [
      "lenient values",
      `Provider: local\nScheduling:\n  SlurmQueues:\n${"    - {Name: a, JobExclusiveAllocation: yes}\n".repeat(40_000)}`,
    ],
    ["text", "x".repeat(8 * MEGABYTE)],
    ["comments", "# x\n".repeat(2 * MEGABYTE)],
    ["fifty megabytes", "Name: x\n".repeat(6.5 * MEGABYTE)],
  ])(
    "ends soon: %s",
    (_, text) => {
      expect(seconds(text)).toBeLessThan(10);
    },
    30_000,
  );

  it("has no levels below levels by way of aliases", () => {
    const level = (index: number) =>
      `a${index}: &a${index} ${"[".repeat(20)}${index === 0 ? "x" : `*a${index - 1}`}${"]".repeat(20)}\n`;
    const text = Array.from({ length: 2000 }, (_, index) => level(index)).join("");
    const result = parseClusterFile(text, { fileName: "f.yaml" });
    expect(result.ok || result.findings.map(({ message }) => message)).toContain(
      "values are nested more than 50 deep",
    );
  });
});

it("reads 2,000 queues with five compute resources each", () => {
  const result = parseClusterFile(largeClusterText(), { fileName: "f.yaml" });
  const findings = result.ok ? [] : result.findings;
  expect(findings).toEqual([]);
  expect(result.ok && result.config.Scheduling.SlurmQueues).toHaveLength(2000);
}, 30_000);
