import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseClusterFile } from "../cluster-file/parse.ts";
import { arbitraryConfig } from "../testing/arbitrary-config.ts";
import { type AdviceOptions, adviseOn, savableUsdPerMonth } from "./advise.ts";
import { adviceFile } from "./file.ts";
import { fixText } from "./fix.ts";
import { renderAdvicePage } from "./reference.ts";
import { RULES } from "./rules/index.ts";
import { adviceRules } from "./selection.ts";
import { arbitraryFile } from "./testing/arbitrary-file.ts";
import { CASES } from "./testing/cases.ts";

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");

function adviceOn(text: string, options: Partial<AdviceOptions> = {}) {
  const result = adviseOn(text, { fileName: "f.yaml", ...options });
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join("\n"));
  return result.advice;
}

const caseOf = (id: string) => CASES.find((one) => one.id === id)?.speaks ?? "";
const adviceOf = (id: string) => adviceOn(caseOf(id)).find((one) => one.id === id);

describe("a well-made file", () => {
  test.each(["aws", "demo", "elastic", "static"])(
    "such as examples/%s.yaml needs no advice",
    (name) => {
      expect(adviceOn(read(`../../../../examples/${name}.yaml`))).toEqual([]);
    },
  );

  test("of a site on AWS needs none either", () => {
    const text = read("testing/good-aws.yaml");
    expect(parseClusterFile(text, { fileName: "good-aws.yaml" }).ok).toBe(true);
    expect(adviceOn(text)).toEqual([]);
  });
});

describe("advice", () => {
  test("points at values, and at what should hold a missing key", () => {
    const text = `Imds:
  ImdsSupport: v1.0
Image: {Os: alinux2023}
HeadNode:
  InstanceType: m7i.large
  Networking: {SubnetId: subnet-01234567}
Scheduling:
  SlurmQueues:
    - Name: interactive
      Networking: {SubnetIds: [subnet-01234567]}
      ComputeResources: [{Name: a, InstanceType: c6i.large}]
`;
    const places = adviceOn(text).flatMap(({ id, evidence }) =>
      evidence.map(({ path, line, column, value }) => [id, path, line, column, value]),
    );
    const queue = "Scheduling.SlurmQueues[0]";
    expect(places).toContainEqual(["security/imds-v1", "Imds.ImdsSupport", 2, 16, '"v1.0"']);
    expect(places).toContainEqual([
      "autoscaling/interactive-waits",
      `${queue}.WarmNodes`,
      9,
      7,
      "",
    ]);
    expect(places).toContainEqual([
      "autoscaling/interactive-waits",
      `${queue}.Name`,
      9,
      13,
      '"interactive"',
    ]);
  });

  test("is left out by id, by pitfall and by level", () => {
    const text = caseOf("network/no-efa");
    const ids = (options: Partial<AdviceOptions>) => adviceOn(text, options).map(({ id }) => id);
    expect(ids({})).toEqual(["network/no-efa", "machine-types/hyperthreads"]);
    expect(ids({ suppressed: adviceRules(["network"]) })).toEqual(["machine-types/hyperthreads"]);
    expect(ids({ suppressed: adviceRules(["network/no-efa", "machine-types"]) })).toEqual([]);
    expect(ids({ level: "high" })).toEqual(["network/no-efa"]);
  });

  test("is not given on a file with mistakes", () => {
    expect(adviseOn("Provider: local\nScheduling: 3\n", { fileName: "f.yaml" })).toMatchObject({
      ok: false,
      findings: [{ line: 2 }],
    });
  });

  test("says what was concluded, and from what", () => {
    expect(adviceOf("network/no-efa")?.inferred).toBe(
      "jobs are taken to run over several nodes, because the name mpi says mpi",
    );
    expect(adviceOf("security/imds-v1")).not.toHaveProperty("inferred");
  });

  test.each([
    ["netwrok/no-efa", "write network/no-efa"],
    ["no", "see docs/advice.md"],
  ])("has no rule %j", (word, hint) => {
    expect(() => adviceRules([word])).toThrow(expect.objectContaining({ code: "USAGE", hint }));
  });
});

describe("money", () => {
  // Prices of us-east-1: c6i.4xlarge 0.68, m6i.32xlarge 6.144, c6i.32xlarge 5.44, c5.metal 4.08.
  test.each([
    // 4 dynamic nodes, 730 hours.
    ["cost/never-scales-in", { savesUsdPerMonth: 1985.6 }],
    // 2 static nodes, less the 50 of 168 hours of a week in which they are wanted.
    ["autoscaling/static-nodes-idle", { savesUsdPerMonth: 697.32 }],
    // 4 static nodes.
    ["machine-room/all-static", { savesUsdPerMonth: 1985.6 }],
    // One node for 50 of 168 hours.
    ["autoscaling/interactive-waits", { addsUsdPerMonth: 147.74 }],
    // 0.704 less on each of 4 nodes.
    ["machine-types/general-purpose", { savesUsdPerMonth: 2055.68 }],
    // 375 MiB/s more at 0.04.
    ["storage/slow-disk", { addsUsdPerMonth: 15 }],
    // 128 MiB/s at 6.
    ["storage/bursting-efs", { addsUsdPerMonth: 768 }],
    // From 1,200 to 7,200 GiB at 0.14: 100 nodes with 10 MB/s each, 200 MB/s for each TB.
    ["storage/small-lustre", { addsUsdPerMonth: 840 }],
    // 4 addresses at 0.005 an hour.
    ["security/public-nodes", { savesUsdPerMonth: 14.6 }],
  ])("of %s is by the price lists", (id, cost) => {
    expect(adviceOf(id)?.cost).toMatchObject(cost);
  });

  test("of another region is about that of the first", () => {
    const text = caseOf("autoscaling/interactive-waits").replace("us-east-1", "eu-central-1");
    const [advice] = adviceOn(text).filter(({ id }) => id === "autoscaling/interactive-waits");
    expect(advice?.cost.basis).toContain("at about 0.68 USD an hour");
  });

  test("says whose price it does not know", () => {
    const text = caseOf("cost/never-scales-in");
    const basis = (types: string) =>
      adviceOn(text.replace("InstanceType: c6i.4xlarge", types)).find(
        ({ id }) => id === "cost/never-scales-in",
      )?.cost.basis;
    expect(basis("InstanceType: hpc7a.96xlarge")).toBe(
      "up to an unknown amount (the price of hpc7a.96xlarge is not known here) a month for 4 idle nodes",
    );
    expect(basis("InstanceType: c6i.4xlarge")).toBe("up to 1,986 USD a month for 4 idle nodes");
  });

  test("is summed up", () => {
    expect(savableUsdPerMonth(adviceOn(caseOf("cost/never-scales-in")))).toBe(1985.6);
    expect(savableUsdPerMonth([])).toBe(0);
  });
});

describe("fixing", () => {
  const OLD = `# ours since 2019
Imds: { ImdsSupport: v1.0 } # the old tool needed it
Image: {Os: alinux2023}
HeadNode:
  InstanceType: m7i.large
  Networking: {SubnetId: subnet-01234567}
  Ssh: {AllowedIps: 192.0.2.0/24}
Scheduling:
  SlurmQueues:
    - Name: spot   # cheap
      CapacityType: SPOT
      Networking: {SubnetIds: [subnet-01234567]}
      ComputeResources:
        - Name: a
          Instances:
            - InstanceType: c6i.large
            - InstanceType: c5.large
    - Name: batch
      Networking: {SubnetIds: [subnet-01234567]}
      ComputeResources: [{Name: a, InstanceType: c6i.large, MaxCount: 4}]
`;

  test("applies what is safe, keeps comments, and leaves the rest", () => {
    const result = fixText(OLD, { fileName: "f.yaml" });
    if (!result.ok) throw new Error("refused");
    expect(result.text).toBe(
      OLD.replace("v1.0", "v2.0").replace(
        "      CapacityType: SPOT\n",
        "      CapacityType: SPOT\n      AllocationStrategy: price-capacity-optimized\n",
      ),
    );
    expect(result.applied.map(({ id, changes }) => [id, changes])).toEqual([
      [
        "preemption/lowest-price",
        [
          {
            path: "Scheduling.SlurmQueues[0].AllocationStrategy",
            line: 10,
            from: "",
            to: '"price-capacity-optimized"',
          },
        ],
      ],
      ["security/imds-v1", [{ path: "Imds.ImdsSupport", line: 2, from: '"v1.0"', to: '"v2.0"' }]],
    ]);
    expect(result.left).toEqual(adviceOn(result.text));
  });

  test("of a cluster that runs leaves what it could not take over", () => {
    const result = fixText(OLD, { fileName: "f.yaml", isRunning: true });
    if (!result.ok) throw new Error("refused");
    expect(result.applied.map(({ id }) => id)).toEqual(["preemption/lowest-price"]);
    expect(result.left).toContainEqual(
      expect.objectContaining({
        id: "security/imds-v1",
        fix: expect.objectContaining({ takesNewCluster: true }),
      }),
    );
  });

  test("applies what is accepted besides", () => {
    const text = caseOf("network/no-efa");
    const accepted = adviceRules(["network/no-efa"]);
    expect(fixText(text, { fileName: "f.yaml" })).toMatchObject({ text, applied: [] });
    const result = fixText(text, { fileName: "f.yaml", accepted });
    expect(result).toMatchObject({ ok: true, applied: [{ id: "network/no-efa" }] });
  });

  test("does not apply what is suppressed", () => {
    const suppressed = adviceRules(["security", "preemption"]);
    expect(fixText(OLD, { fileName: "f.yaml", suppressed })).toMatchObject({ text: OLD });
  });

  test("works in a file whose owner suppresses a check", () => {
    const text = OLD.replace("Name: a\n", "Name: a\n          Efa: {Enabled: true}\n");
    expect(parseClusterFile(text, { fileName: "f.yaml" }).ok).toBe(false);
    expect(fixText(text, { fileName: "f.yaml" })).toMatchObject({
      ok: true,
      applied: [{ id: "preemption/lowest-price" }, { id: "security/imds-v1" }],
    });
  });

  test("is refused on a file with mistakes", () => {
    expect(fixText("Scheduling: 3\n", { fileName: "f.yaml" }).ok).toBe(false);
  });
});

describe("whatever the file is", () => {
  const all = adviceRules(RULES.map(({ id }) => id));
  const errorsIn = (text: string) => {
    const result = parseClusterFile(text, { fileName: "f.yaml" });
    return result.ok ? 0 : result.findings.filter(({ level }) => level === "ERROR").length;
  };

  test.each(["aws", "local"] as const)("rules look at any config of %s", (provider) => {
    fc.assert(
      fc.property(arbitraryConfig(provider), (config) => {
        const file = adviceFile(config, undefined);
        for (const rule of RULES.filter(({ providers }) => providers.includes(provider))) {
          for (const { evidence, cost } of rule.find(file)) {
            expect(evidence).not.toEqual([]);
            expect(cost.savesUsdPerMonth ?? 0).toBeGreaterThanOrEqual(0);
            expect(cost.addsUsdPerMonth ?? 0).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test("advice has an id and a subject of its own, and a place", () => {
    fc.assert(
      fc.property(arbitraryFile, (text) => {
        const result = adviseOn(text, { fileName: "f.yaml" });
        if (!result.ok) return;
        const names = result.advice.map(({ id, subject }) => `${id} ${subject}`);
        expect(names).toEqual([...new Set(names)]);
        const lines = result.advice.flatMap(({ evidence }) => evidence.map(({ line }) => line));
        expect(lines.every((line) => line >= 1 && line <= text.split("\n").length)).toBe(true);
      }),
    );
  });

  test.each([
    ["what is safe", {}],
    ["everything", { accepted: all }],
  ])("fixing %s leaves no more errors, and nothing for a second time", (_, options) => {
    fc.assert(
      fc.property(arbitraryFile, (text) => {
        const once = fixText(text, { fileName: "f.yaml", ...options });
        if (!once.ok) return;
        expect(errorsIn(once.text)).toBeLessThanOrEqual(errorsIn(text));
        const twice = fixText(once.text, { fileName: "f.yaml", ...options });
        expect(twice).toMatchObject({ ok: true, text: once.text });
      }),
      { numRuns: 60 },
    );
  });

  test("what is safe is one of few keys, none of which a job's machines depend on", () => {
    const safe = CASES.flatMap(({ speaks }) => adviceOn(speaks))
      .filter(({ fix }) => fix?.safe)
      .flatMap(({ fix }) => fix?.edits.map(({ path }) => path.slice(-2).join(".")) ?? []);
    expect([...new Set(safe.map((path) => path.replace(/^\d+\./, "")))].sort()).toEqual([
      "Alarms.Enabled",
      "AllocationStrategy",
      "CheckpointGrace",
      "CloudWatch.Enabled",
      "EbsSettings.DeletionPolicy",
      "EfsSettings.DeletionPolicy",
      "EfsSettings.Encrypted",
      "Imds.ImdsSupport",
      "RootVolume.Encrypted",
    ]);
  });

  test("no text makes it throw", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          arbitraryFile.map((text) => text.slice(0, -40)),
        ),
        (text) => {
          adviseOn(text, { fileName: "f.yaml" });
          fixText(text, { fileName: "f.yaml", accepted: all });
        },
      ),
    );
  });
});

test("docs/advice.md is what scripts/docs.ts writes from the rules", () => {
  const unpadded = (text: string) => text.replace(/ {2,}/g, " ").replace(/-{3,}/g, "---");
  expect(unpadded(read("../../../../docs/advice.md"))).toBe(unpadded(renderAdvicePage()));
});
