import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anything,
  change,
  expectFileOrFindings,
  mangled,
  pathsOf,
  withValue,
} from "../testing/hostile-texts.ts";
import { largeClusterText } from "../testing/large-cluster.ts";
import { yamlTexts } from "../testing/yaml-texts.ts";
import { printClusterFile } from "./edit/print.ts";
import { parseClusterFile } from "./parse.ts";
import { parseImageBuildFile } from "./parse-image-build.ts";
import { clusterSchema } from "./schema/cluster.ts";
import { imageBuildSchema } from "./schema/image-build.ts";
import { readYaml } from "./yaml-source.ts";

const RUNS = Number(process.env.SLUICE_RUNS ?? 80);

/** Any text is a file or has findings, whichever kind of file it is taken for. */
function check(text: string): void {
  for (const parse of [parseClusterFile, parseImageBuildFile]) {
    expectFileOrFindings(text, parse(text, { fileName: "f.yaml" }));
  }
}

const examples = new URL("../../../../examples/", import.meta.url);
const files = [
  ...readdirSync(examples)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => readFileSync(new URL(name, examples), "utf8")),
  largeClusterText({ queues: 2, resources: 2 }),
];

const paths = [clusterSchema, imageBuildSchema].flatMap(pathsOf);

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
