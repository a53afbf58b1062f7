import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

/** Whether a module's import is gone when it runs. */
const TYPES_ONLY = /^import type |^export type \{/;

/** All that a module loads at once, and what it loads that is no file of ours. */
function loaded(file: string, seen: Map<string, readonly string[]> = new Map()) {
  if (seen.has(file)) return seen;
  const text = readFileSync(file, "utf8");
  const statements = text.match(/^(?:import|export) [^;]*? from "[^"]+";/gm) ?? [];
  const targets = statements
    .filter((statement) => !TYPES_ONLY.test(statement))
    .map((statement) => /"([^"]+)";$/.exec(statement)?.[1] ?? "");
  seen.set(file, targets);
  for (const target of targets) {
    if (target.startsWith(".")) loaded(join(dirname(file), target), seen);
  }
  return seen;
}

// A server on a machine of a site has the program in one folder, and no CDK beside it.
test.each(["cloud.ts", "head.ts", "head/site-machine.ts"])(
  "%s is loaded without the CDK",
  (name) => {
    const modules = loaded(join(import.meta.dirname, name));
    expect(modules.size).toBeGreaterThan(10);
    const withIt = [...modules].flatMap(([file, targets]) =>
      targets.some((target) => target.startsWith("aws-cdk-lib") || target === "constructs")
        ? [relative(import.meta.dirname, file)]
        : [],
    );
    expect(withIt).toEqual([]);
  },
);
