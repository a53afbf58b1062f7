import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { yamlTexts } from "../../testing/yaml-texts.ts";
import { parseClusterFile } from "../parse.ts";
import { readYaml } from "../yaml-source.ts";
import { printClusterFile } from "./print.ts";

const RUNS = Number(process.env.SLUICE_RUNS ?? 500);

describe("printClusterFile", { timeout: 1_000_000 }, () => {
  it("is in the schema's order, with comments and quotes where they are wanted", () => {
    const tree = {
      Unknown: 1,
      Scheduling: {
        SlurmQueues: [
          { ComputeResources: [{ MaxCount: 4, Name: "small" }], Name: "cpu", Tags: [] },
          { Name: "no" },
        ],
        Scheduler: "slurm",
      },
      Region: undefined,
      Provider: "local",
    };
    const comments = [
      { path: [], text: "A first cluster" },
      { path: ["Scheduling", "SlurmQueues", 1], text: "Nobody\nuses it" },
      { path: ["Scheduling", "SlurmQueues", 0, "ComputeResources"], text: "Machines" },
    ];
    expect(printClusterFile(tree, { comments })).toBe(`# A first cluster
Provider: local

Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: cpu
      Tags: []
      # Machines
      ComputeResources:
        - Name: small
          MaxCount: 4
    # Nobody
    # uses it
    - Name: "no"
Unknown: 1
`);
  });

  it("gives the examples back as the same files", () => {
    const examples = new URL("../../../../../examples/", import.meta.url);
    for (const name of readdirSync(examples).filter((file) => file.endsWith(".yaml"))) {
      const text = readFileSync(new URL(name, examples), "utf8");
      const printed = printClusterFile(readYaml(text).value);
      expect(readYaml(printed).value, name).toEqual(readYaml(text).value);
      const again = parseClusterFile(printed, { fileName: name });
      const first = parseClusterFile(text, { fileName: name });
      expect(again.ok && again.config, name).toEqual(first.ok && first.config);
    }
  });

  it("says what was read, and the same again when that is read", () => {
    fc.assert(
      fc.property(yamlTexts(), (text) => {
        const source = readYaml(text);
        fc.pre(source.problems.length === 0);
        const printed = printClusterFile(source.value);
        expect(readYaml(printed)).toMatchObject({ problems: [], value: source.value });
        expect(printClusterFile(readYaml(printed).value)).toBe(printed);
      }),
      { numRuns: RUNS },
    );
  });

  const data = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(
        fc.string(),
        fc.string({ unit: "binary" }),
        fc.string({
          unit: fc.constantFrom(
            ..."0123456789.:-+_eExobnyNYs~ #<=!&*?|>@`%,[]{}\"'\\\n\t\u0085\u2028\ufeff",
          ),
        }),
        fc.double(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
      ),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.string({ maxLength: 20 }), tie("value"), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  })).value;

  it("says any plain data", () => {
    fc.assert(
      fc.property(data, (value) => {
        const source = readYaml(printClusterFile(value));
        // What the reader does not take as a key can't be had from it either.
        fc.pre(!source.problems.some(({ message }) => message.endsWith("can't be a key")));
        expect(source).toMatchObject({ problems: [] });
        expect(source.value).toEqual(value);
      }),
      { numRuns: RUNS },
    );
  });

  it("says the same to readers of YAML 1.1, such as ParallelCluster's", () => {
    fc.assert(
      fc.property(data, (value) => {
        const source = readYaml(printClusterFile(value));
        fc.pre(source.problems.length === 0);
        const printed = printClusterFile(value);
        expect(
          parseYaml(printed, { version: "1.1", schema: "yaml-1.1", uniqueKeys: false }),
        ).toEqual(value);
      }),
      { numRuns: RUNS },
    );
  });
});
