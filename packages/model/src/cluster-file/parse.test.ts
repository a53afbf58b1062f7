import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseClusterFile, parseStoredClusterFile } from "./parse.ts";

const parse = (text: string) => parseClusterFile(text, { fileName: "f.yaml" });
const findings = (text: string) => {
  const result = parse(text);
  return result.ok ? [] : result.findings;
};

describe("parseClusterFile", () => {
  it("tells a misspelt key that is required once, where it stands", () => {
    const text = `Provider: local
Scheduling:
  SlurmQueues:
    - Name: cpu
      ComputeResources:
        - Name: small
          InstanceTyp: local.small
`;
    expect(findings(text).map((f) => [f.line, f.column, f.suggestion])).toEqual([
      [7, 11, "write InstanceType"],
    ]);
  });

  it("lists all of five mistakes of different kinds, in the order of the file", () => {
    const text = `Provider: local
Image:
  Os: alinux2023
Scheduling:
  SlurmQueues:
    - Name: CPU
      ComputeResources:
        - Name: small
          InstanceType: local.smal
          MinCount: 5
          MaxCount: 2
          MaxCont: 3
`;
    expect(findings(text).map((f) => [f.line, f.column, f.id, f.path, f.value])).toEqual([
      [3, 7, "OsValidator", "Image.Os", '"alinux2023"'],
      [6, 13, "NameValidator", "Scheduling.SlurmQueues[0].Name", '"CPU"'],
      [
        9,
        25,
        "InstanceTypeValidator",
        "Scheduling.SlurmQueues[0].ComputeResources[0].InstanceType",
        '"local.smal"',
      ],
      [
        10,
        21,
        "ComputeResourceSizeValidator",
        "Scheduling.SlurmQueues[0].ComputeResources[0].MinCount",
        "5",
      ],
      [
        12,
        11,
        "ConfigSchemaValidator",
        "Scheduling.SlurmQueues[0].ComputeResources[0].MaxCont",
        "3",
      ],
    ]);
    expect(findings(text).map((f) => f.suggestion.split(",", 1)[0])).toEqual([
      "write one of debian13",
      "write cpu",
      "write local.small",
      "write at most 2",
      "write MaxCount",
    ]);
  });

  it("reads every example without a warning", () => {
    const examples = new URL("../../../../examples/", import.meta.url);
    for (const name of readdirSync(examples).filter((file) => file.endsWith(".yaml"))) {
      const text = readFileSync(new URL(name, examples), "utf8");
      expect(parseClusterFile(text, { fileName: name }), name).toMatchObject({
        ok: true,
        warnings: [],
      });
    }
  });

  it("reports a syntax error together with what is wrong before it, and not what follows from it", () => {
    const text = 'Providr: local\nImage:\n  Os: "debian13\nScheduling:\n  SlurmQueues: []\n';
    expect(findings(text).map((f) => f.id)).toEqual([
      "ConfigSchemaValidator",
      "YamlSyntaxValidator",
    ]);
  });

  it("does not complain twice about one value", () => {
    const text = `Provider: local
Scheduling:
  SlurmQueues:
    - Name: q
      ComputeResources: [{ Name: a, InstanceType: local.small, MinCount: 20, MaxCount: 0 }]
`;
    expect(findings(text).map((f) => f.path)).toEqual([
      "Scheduling.SlurmQueues[0].ComputeResources[0].MaxCount",
    ]);
  });

  it("gives warnings beside a config that is otherwise fine", () => {
    const text = `Provider: local
Region: eu-central-1
Scheduling:
  SlurmQueues: [{ Name: q, ComputeResources: [{ Name: a, InstanceType: local.small }] }]
`;
    expect(parse(text)).toMatchObject({
      ok: true,
      warnings: [{ id: "ProviderKeyValidator", level: "WARNING", line: 2, column: 1 }],
    });
  });
});

const lol = Array.from({ length: 20 }, (_, i) =>
  i === 0
    ? "a0: &a0 [x, x, x]"
    : `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(", ")}]`,
).join("\n");

describe("hostile text", () => {
  it.each([
    ["nothing", "", /empty/],
    ["a comment", "# x\n", /empty/],
    ["a list at the top", "- a\n", /a list of 1/],
    ["text at the top", "hello", /"hello"/],
    ["5 MB", "a: b\n".repeat(1_000_000), /more than 700000 lines/],
    ["9 MB", "a: text without an end".repeat(409_091), /at most/],
    ["brackets without end", "[".repeat(500_000), /nested/],
    ["braces without end", "{".repeat(100_000), /nested/],
    ["dashes without end", "- ".repeat(200_000), /nested/],
    [
      "indentation without end",
      Array.from({ length: 900 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
      /nested/,
    ],
    ["aliases that multiply", lol, /more than 300000 values/],
    ["an alias of itself", "a: &a [*a]\n", /contains itself/],
    ["an alias of nothing", "a: *nope\n", /not defined above/],
    ["a key that is a prototype", "Image: { __proto__: { Os: debian13 } }\n", /can't be a key/],
    ["names of methods as keys", "constructor: 1\ntoString: 2\n", /"constructor" is not a key/],
    ["a key that is a list", "? [a]\n: 1\n", /key is missing or is not text/],
    ["a key given twice", "Provider: local\nProvider: aws\n", /here twice/],
    ["a tab", "Scheduling:\n\tSlurmQueues: []\n", /tabs/],
    ["a tag that makes an object", "Provider: !!js/function 'x'\n", /unresolved tag/],
    ["binary data by tag", "Region: !!binary aGVsbG8=\n", /neither text nor a number/],
    ["two documents", "Provider: local\n---\nProvider: aws\n", /several documents/],
    [
      "binary",
      String.fromCharCode(...Array.from({ length: 3000 }, (_, i) => (i * 7919) % 256)),
      /./,
    ],
  ])("%s is a finding", (_, text, message) => {
    expect(
      findings(text)
        .map((f) => f.message)
        .join("\n"),
    ).toMatch(message);
  });

  it("is never more findings than a person reads", () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `key${i}: 1`).join("\n");
    expect(findings(text)).toHaveLength(201);
  });
});

describe("any text and any value", () => {
  const check = (text: string) => {
    const result = parse(text);
    const said = result.ok ? result.warnings : result.findings;
    expect(result.ok).toBe(!said.some((finding) => finding.level === "ERROR"));
    for (const { line, column, message, suggestion } of said) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(message).toMatch(/^.+$/);
      expect(suggestion).toMatch(/^.+$/);
    }
  };
  const word = fc.constantFrom(
    "Provider",
    "local",
    "Scheduling",
    "SlurmQueues",
    "ComputeResources",
    "Name",
    "InstanceType",
    "MinCount",
    "CustomSlurmSettings",
    "SharedStorage",
    "MountDir",
    "Users",
    "Local",
    "Tags",
    "Key",
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), word),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.oneof(word, fc.string()), tie("value"), { maxKeys: 4 }),
    ),
  }));

  it("gives a config or findings, and never throws, for values", () => {
    fc.assert(
      fc.property(value, (given) => check(JSON.stringify(given) ?? "")),
      { numRuns: 300 },
    );
  });

  it("gives a config or findings, and never throws, for text", () => {
    const piece = fc.constantFrom(
      ..."&a *a <<: - ? : | > ! % @ [ ] { } , # ' \" \n \t".split(" "),
      "\n  ",
    );
    const text = fc.array(fc.oneof(piece, word, fc.string({ maxLength: 5 })), { maxLength: 40 });
    fc.assert(
      fc.property(text, (parts) => check(parts.join(" "))),
      { numRuns: 300 },
    );
  });
});

it("reads a file of 200 queues whole: there is no limit of fifty", () => {
  const queues = Array.from(
    { length: 200 },
    (_, i) => `    - Name: q${i}
      ComputeResources: [{ Name: small, InstanceType: local.small, MaxCount: 20 }]
`,
  ).join("");
  const result = parse(`Provider: local\nScheduling:\n  SlurmQueues:\n${queues}`);
  expect(result.ok && result.config.Scheduling.SlurmQueues).toHaveLength(200);
});

describe("a file that was accepted once", () => {
  const REFUSED = `Provider: local
Scheduling:
  SlurmQueues: [{ Name: q, ComputeResources: [{ Name: a, InstanceType: no.such }] }]
`;

  it("is read again without the checks that may be left out", () => {
    expect(parseClusterFile(REFUSED, { fileName: "f" }).ok).toBe(false);
    expect(parseStoredClusterFile(REFUSED, "f").ok).toBe(true);
  });

  it("is refused for what must hold in any case", () => {
    const unsafe = REFUSED.replace("Name: q", "Name: 'q w'");
    expect(parseStoredClusterFile(unsafe, "f").ok).toBe(false);
  });
});

describe("what the schema refuses under the id of a check", () => {
  it("is told even when that check is left out", () => {
    const text =
      "Provider: local\nRegion: NO WAY\nScheduling: {SlurmQueues: [{Name: q, ComputeResources: [{Name: a, InstanceType: local.small}]}]}\n";
    const result = parseClusterFile(text, {
      fileName: "f",
      suppressed: new Set(["RegionValidator"]),
    });
    expect(result.ok ? [] : result.findings.map(({ id }) => id)).toContain("RegionValidator");
  });
});
