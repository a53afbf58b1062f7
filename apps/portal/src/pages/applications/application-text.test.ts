import { expect, test } from "vitest";
import { copyName, renamed } from "./application-text.ts";

test("a copy gets a name that nothing has", () => {
  expect(copyName("heat", new Set())).toBe("heat-copy");
  expect(copyName("heat", new Set(["heat-copy", "heat-copy-2"]))).toBe("heat-copy-3");
  expect(copyName("a".repeat(60), new Set())).toHaveLength(60);
});

test("only the application's own name changes", () => {
  const text = "# mine\nName: heat # hot\nFields:\n  - Name: deck\nScript: |\n  Name: x\n";
  expect(renamed(text, "cold$&")).toBe(
    "# mine\nName: cold$&\nFields:\n  - Name: deck\nScript: |\n  Name: x\n",
  );
  expect(renamed("Title: Heat\n", "heat")).toBe("Name: heat\nTitle: Heat\n");
});
