import { describe, expect, it } from "vitest";
import { valuesShown } from "./values.ts";

const field = (name: string, label: string, more: object = {}) => ({
  ...{ name, label, type: "text", required: false, multiline: false, isList: false },
  ...{ hasChoicesOfCluster: false },
  ...more,
});

describe("values of a run", () => {
  it("stand by the labels of the form, in its order, what it has not at the end", () => {
    const fields = [
      field("nodes", "Nodes"),
      field("solver", "Solver", { choices: [{ value: "cg", label: "Conjugate gradient" }] }),
    ];
    const shown = valuesShown({ old: "x", solver: "cg", nodes: 4, empty: "" }, fields);
    expect(shown.map(({ label, value }) => [label, value])).toEqual([
      ["Nodes", "4"],
      ["Solver", "Conjugate gradient"],
      ["old", "x"],
    ]);
  });

  it("are readable whatever they are", () => {
    const [list, yes, script] = valuesShown({ a: ["1", "2"], b: true, c: "one\ntwo" }, []);
    expect(list?.value).toBe("1, 2");
    expect(yes?.value).toBe("✓");
    expect(script?.isLong).toBe(true);
  });
});
