import type { ApplicationField } from "@sluice/api";
import { describe, expect, it, test } from "vitest";
import { askedFields, initialValues, localProblem, requestValues, sectionsOf } from "./values.ts";

function field(name: string, more: Partial<ApplicationField> = {}): ApplicationField {
  return {
    ...{ name, type: "text", label: name, required: false, multiline: false, isList: false },
    ...{ hasChoicesOfCluster: false },
    ...more,
  };
}

describe("values of a form", () => {
  it("begin with defaults, and what another run had goes over them", () => {
    const fields = [
      field("steps", { type: "integer", default: 10 }),
      field("whole", { type: "boolean", default: false }),
      field("words", { type: "words", isList: true }),
      field("decks", { type: "files", isList: true }),
      field("nothing"),
    ];
    expect(initialValues(fields)).toEqual({ steps: "10", whole: false });
    const given = { steps: 5, whole: true, words: ["-a", "it's two"], decks: ["/a", "/b"] };
    expect(initialValues(fields, given)).toEqual({
      ...{ steps: "5", whole: true, words: `-a 'it'\\''s two'`, decks: ["/a", "/b"] },
    });
  });

  it("go out as numbers where they are, and what was emptied is told where there is a default", () => {
    const fields = [
      field("steps", { type: "integer", default: 10 }),
      field("tasks", { type: "integer", default: 1 }),
      field("note"),
      field("odd", { type: "number" }),
    ];
    const values = { steps: "20", tasks: "", note: "", odd: "12x" };
    expect(requestValues(fields, values)).toEqual({ steps: 20, tasks: "", odd: "12x" });
  });

  it("of fields that are not asked for stay here, and ask for no others", () => {
    const fields = [
      field("mode", { type: "choice" }),
      field("list", { when: { mode: "lines" } }),
      field("sorted", { type: "boolean", when: { list: true } }),
      field("order", { when: { mode: ["lines", "numbers"] } }),
    ];
    const names = (values: Record<string, string | boolean>) =>
      askedFields(fields, values).map(({ name }) => name);
    expect(names({ mode: "lines", list: "/x" })).toEqual(["mode", "list", "sorted", "order"]);
    expect(names({ mode: "numbers", list: "/x" })).toEqual(["mode", "order"]);
    expect(names({})).toEqual(["mode"]);
    expect(requestValues(fields, { mode: "numbers", list: "/x" })).toEqual({ mode: "numbers" });
  });
});

test.each([
  [{ required: true }, "", true],
  [{ required: false }, "", false],
  [{ type: "integer", min: 1, max: 4 }, "4", false],
  [{ type: "integer", min: 1, max: 4 }, "5", true],
  [{ type: "integer" }, "1.5", true],
  [{ type: "number" }, "1.5e3", false],
  [{ type: "number" }, "many", true],
  [{ minLength: 2, maxLength: 3 }, "a", true],
  [{ minLength: 2, maxLength: 3 }, "abc", false],
  [{ minLength: 2, maxLength: 3 }, "abcd", true],
  [{ type: "choices", isList: true, required: true }, [], true],
] as const)("%o takes %o: problem %s", (more, value, isProblem) => {
  const problem = localProblem(field("it", more), value);
  expect(problem !== undefined).toBe(isProblem);
});

test("sections stand in the order in which they are first named", () => {
  const fields = [
    field("a"),
    field("b", { section: "Resources" }),
    field("c"),
    field("d", { section: "Resources" }),
  ];
  expect(sectionsOf(fields).map(([name, own]) => [name, own.map((one) => one.name)])).toEqual([
    ["", ["a", "c"]],
    ["Resources", ["b", "d"]],
  ]);
});
