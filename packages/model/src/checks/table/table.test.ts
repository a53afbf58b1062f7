import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Finding } from "../../cluster-file/finding.ts";
import { parseClusterFile } from "../../cluster-file/parse.ts";
import { parseImageBuildFile } from "../../cluster-file/parse-image-build.ts";
import { parseSiteFile } from "../../site-file/parse.ts";
import type { CheckCase } from "../cases/case.ts";
import { COMPUTE_CASES } from "../cases/compute.ts";
import { SITE_CASES } from "../cases/site.ts";
import { STORAGE_CASES } from "../cases/storage.ts";
import { SURVIVAL_CASES } from "../cases/survival.ts";
import { ONLINE_IMAGE_CHECKS } from "../online/image-build.ts";
import { ONLINE_CHECKS } from "../online/index.ts";
import theirs from "../parallelcluster-checks.json" with { type: "json" };
import { suppressedChecks } from "../strictness.ts";
import { CHECK_TABLE } from "./index.ts";

const CASES: readonly CheckCase[] = [
  ...COMPUTE_CASES,
  ...STORAGE_CASES,
  ...SURVIVAL_CASES,
  ...SITE_CASES,
];
const rows = new Map(CHECK_TABLE.map((row) => [row.id, row]));

const PARSERS = {
  cluster: parseClusterFile,
  image: parseImageBuildFile,
  site: parseSiteFile,
} as const;

function findingsOf(
  { file, kind }: CheckCase,
  suppressed?: ReadonlySet<string>,
): readonly Finding[] {
  const parse = PARSERS[kind ?? "cluster"];
  const result = parse(file, {
    fileName: "f",
    ...(suppressed === undefined ? {} : { suppressed }),
  });
  return result.ok ? result.warnings : result.findings;
}

describe("the table of checks", () => {
  it("has each check once", () => {
    expect(CHECK_TABLE.map(({ id }) => id)).toEqual([...rows.keys()]);
  });

  it("has every check of ParallelCluster, and says of no other that it is theirs", () => {
    const known = Object.keys(theirs);
    expect(known.filter((id) => !rows.has(id))).toEqual([]);
    const claimed = CHECK_TABLE.filter(({ id, ours }) => !ours && !known.includes(id));
    // Of the schema and of newer releases than the list is of.
    expect(claimed.map(({ id }) => id)).toEqual(["ConfigSchemaValidator"]);
  });

  it("gives a reason for every check that is not made", () => {
    const silent = CHECK_TABLE.filter(({ how, note }) => how === "refused" && !note);
    expect(silent.map(({ id }) => id)).toEqual([]);
  });

  it("has every check that the code names", () => {
    const root = new URL("../../", import.meta.url);
    const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && !/test|cases\//.test(name),
    );
    const named = new Set(
      sources.flatMap((name) =>
        [
          ...readFileSync(new URL(name, root), "utf8").matchAll(
            /"(\w+Validator|ExternalSlurmdbd\w+)"/g,
          ),
        ].map(([, id]) => id ?? ""),
      ),
    );
    expect([...named].filter((id) => !rows.has(id))).toEqual([]);
  });

  it("names as online just those that ask an account", () => {
    const asking = new Set([...ONLINE_CHECKS, ...ONLINE_IMAGE_CHECKS].flatMap(({ ids }) => ids));
    const listed = CHECK_TABLE.filter(({ how }) => how === "online" || how === "both");
    expect(listed.map(({ id }) => id).sort()).toEqual([...asking].sort());
  });

  it("has a case for each level of every check that needs no account", () => {
    const proven = new Set(CASES.map(({ id, level }) => `${id} ${level}`));
    const unproven = CHECK_TABLE.filter(({ how }) => how === "offline").flatMap(({ id, levels }) =>
      levels.map((level) => `${id} ${level}`).filter((entry) => !proven.has(entry)),
    );
    expect(unproven).toEqual([]);
  });
});

describe("a check", () => {
  it.each(CASES)("$id, $level: $name", (one) => {
    const { id, level, path, says } = one;
    const found = findingsOf(one).filter((finding) => finding.id === id && finding.path === path);
    expect(found.map((finding) => finding.level)).toContain(level);
    expect(found.map(({ message }) => message).join("\n")).toMatch(says);
    expect(rows.get(id)?.levels).toContain(level);
  });

  const suppressible = CASES.filter(({ id }) => {
    const row = rows.get(id);
    return row?.suppressible !== false && row?.how !== "schema";
  });
  it.each(suppressible)("$id, $level, can be left out: $name", (one) => {
    const suppressed = suppressedChecks([`type:${one.id}`]);
    expect(findingsOf(one, suppressed).map(({ id }) => id)).not.toContain(one.id);
  });
});
