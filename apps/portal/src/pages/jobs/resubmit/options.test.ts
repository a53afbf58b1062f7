import { expect, it } from "vitest";
import { NO_CHANGES, optionsOf, wrongIn } from "./options.ts";

it("asks anew only for what was changed", () => {
  expect(optionsOf(NO_CHANGES)).toEqual([]);
  const changes = { ...NO_CHANGES, name: " second try ", memory: "8G", others: "\n--exclusive\n" };
  expect(optionsOf(changes)).toEqual(["--job-name=second try", "--mem=8G", "--exclusive"]);
});

it.each([
  ["nodes", "0", "2-4"],
  ["cpus", "two", "2"],
  ["memory", "8 GB", "8g"],
  ["time", "soon", "1-12:00:00"],
  ["queue", "a b", "burst,cpu"],
  ["others", "--x=1; rm", "--gres=gpu:1\n--exclusive"],
  ["others", "exclusive", "--requeue"],
] as const)("%s is not %j", (key, wrong, right) => {
  const judged = wrongIn({ ...NO_CHANGES, [key]: wrong });
  // What stands in one word reaches no shell.
  expect(judged).toEqual(wrong.startsWith("--") ? [] : [key]);
  expect(wrongIn({ ...NO_CHANGES, [key]: right })).toEqual([]);
});
