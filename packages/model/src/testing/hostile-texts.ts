import fc from "fast-check";
import { expect } from "vitest";
import type { Judged } from "../cluster-file/judged-file.ts";
import { keysBelow } from "../cluster-file/schema-tree.ts";

/** Texts and values that nobody meant to write, for the readers of every kind of file. */

/** A text is a file or has findings, each of which says what and where in the text it is. */
export function expectFileOrFindings(text: string, result: Judged<unknown>): void {
  const lines = text.split("\n");
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

const snippet = fc.constantFrom(
  ..."&a,*a,<<: *a,- , -,: ,:,? ,|\n,>-\n,!!set ,!!binary ,!!timestamp ,! ,%YAML 1.1\n,%TAG ! x\n,---\n,...\n,[,],{,},#, #,',\",\\,\t,\r,\0,\u0085,\u2028,\ufeff,\ud800,💥,~,null,1e999,0x,.nan,2001-12-14,__proto__: 1\n,constructor: {}\n".split(
    ",",
  ),
);
/** A change of a text; `mangled` makes it. */
export const change = fc.record({
  where: fc.nat(),
  length: fc.oneof(fc.constant(0), fc.nat({ max: 3 }), fc.nat({ max: 200 })),
  put: fc.oneof(snippet, fc.string({ unit: "binary", maxLength: 3 }), fc.constant("")),
  kind: fc.constantFrom("splice", "splice", "cut", "double", "move", "flip"),
});

export function mangled(text: string, { where, length, put, kind }: Value<typeof change>): string {
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

/** Every path that a schema knows, an entry of a list as `0`. */
export function pathsOf(schema: Parameters<typeof keysBelow>[0]): readonly (string | number)[][] {
  return [...keysBelow(schema)].map(({ path }) =>
    path.split(".").flatMap((step) => (step.endsWith("[]") ? [step.slice(0, -2), 0] : [step])),
  );
}

const { value } = fc.letrec((tie) => ({
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

/** Values of all kinds, also such that no key takes. */
export const anything: fc.Arbitrary<unknown> = value;

/** The tree with this value at the path; what is in the way is replaced. */
export function withValue(
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
