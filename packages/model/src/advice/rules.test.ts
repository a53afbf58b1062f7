import { describe, expect, test } from "vitest";
import { parseClusterFile } from "../cluster-file/parse.ts";
import { adviseOn } from "./advise.ts";
import type { Advice } from "./contract.ts";
import { fixText } from "./fix.ts";
import { PITFALLS } from "./pitfalls.ts";
import { RULES } from "./rules/index.ts";
import { CASES } from "./testing/cases.ts";

const fileName = "f.yaml";

function adviceOn(text: string): readonly Advice[] {
  const result = adviseOn(text, { fileName });
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join("\n"));
  return result.advice;
}

const idsOn = (text: string) => adviceOn(text).map(({ id }) => id);

describe("each rule", () => {
  const ruleOf = (id: string) => RULES.find((rule) => rule.id === id);

  test("has a case, and each case a rule", () => {
    expect([...new Set(CASES.map(({ id }) => id))].sort()).toEqual(
      RULES.map(({ id }) => id).sort(),
    );
  });

  test("has an id of its own, below its pitfall's word, and there is one for each pitfall", () => {
    const ids = RULES.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    const words = Map.groupBy(RULES, ({ pitfall }) => pitfall);
    expect([...words.keys()]).toEqual(Object.keys(PITFALLS).map(Number));
    for (const rules of words.values()) {
      expect(new Set(rules.map(({ id }) => id.split("/")[0])).size).toBe(1);
      expect(rules.length).toBeGreaterThanOrEqual(3);
    }
  });

  test.each(CASES)("$id speaks", ({ id, speaks }) => {
    const said = adviceOn(speaks).filter((one) => one.id === id);
    expect(said).not.toEqual([]);
    for (const { evidence, why, title, cost, fix, alternatives } of said) {
      expect(evidence).not.toEqual([]);
      for (const { line, column } of evidence) expect(line * column).toBeGreaterThan(0);
      for (const text of [why, title, cost.basis, fix?.does ?? "", ...alternatives]) {
        expect(text).not.toMatch(/undefined|NaN|Infinity|\.$|!/);
      }
      expect(fix !== undefined || alternatives.length > 0).toBe(true);
    }
  });

  test.each(CASES)("$id is silent", ({ id, silent }) => {
    expect(idsOn(silent)).not.toContain(id);
  });

  test.each(CASES)("$id says truly whether an edit mends it", ({ id, speaks }) => {
    const said = adviceOn(speaks).filter((one) => one.id === id);
    const mends = ruleOf(id)?.mends;
    if (mends === "none") expect(said.flatMap(({ fix }) => fix ?? [])).toEqual([]);
    if (mends === "edit") expect(said.some(({ fix }) => fix?.safe === true)).toBe(false);
  });

  const mended = CASES.filter(({ speaks, id }) =>
    adviceOn(speaks).some((one) => one.id === id && one.fix !== undefined),
  );

  test.each(mended)("$id is silenced by its edits, which the checks accept", ({ id, speaks }) => {
    const fixed = fixText(speaks, { fileName, accepted: new Set([id]) });
    if (!fixed.ok) throw new Error("refused");
    expect(fixed.applied.map((one) => one.id)).toContain(id);
    expect(idsOn(fixed.text)).not.toContain(id);
    const before = parseClusterFile(speaks, { fileName });
    const after = parseClusterFile(fixed.text, { fileName });
    expect(before.ok && after.ok).toBe(true);
    expect(fixText(fixed.text, { fileName, accepted: new Set([id]) })).toMatchObject({
      text: fixed.text,
      applied: [],
    });
  });
});
