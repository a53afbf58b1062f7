import { Text } from "@codemirror/state";
import { expect, it } from "vitest";
import type { Diagnostic } from "./contract.ts";
import { placedDiagnostics } from "./diagnostics.ts";

const DOC = Text.of(["Provider: local", '  Name: "two words" # why', ""]);

function marked(place: Pick<Diagnostic, "line" | "column">): string {
  const [found] = placedDiagnostics(DOC, [{ ...place, level: "error", message: "no" }]);
  return DOC.sliceString(found?.from ?? 0, found?.to ?? 0);
}

it.each([
  [{ line: 1, column: 11 }, "local"],
  [{ line: 2, column: 9 }, '"two words"'],
  [{ line: 2 }, 'Name: "two words" # why'],
  [{ line: 2, column: 0 }, 'Name: "two words" # why'],
  [{ line: 1, column: 99 }, ""],
  [{ line: 3, column: 1 }, ""],
  [{ line: 99, column: 1 }, ""],
  [{ line: 0, column: 1 }, "Provider:"],
])("what is said about %j marks %j", (place, text) => expect(marked(place)).toBe(text));

it("is in the order of the text", () => {
  const said = [3, 1, 2].map((line): Diagnostic => ({ line, level: "info", message: `${line}` }));
  expect(placedDiagnostics(DOC, said).map(({ message }) => message)).toEqual(["1", "2", "3"]);
});
