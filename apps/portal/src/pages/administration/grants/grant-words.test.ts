import { expect, test } from "vitest";
import { grantWords } from "./grant-words.ts";

test.each([
  [{ role: "administrator", cluster: "*", account: "*" }, "Administrator"],
  [{ role: "operator", cluster: "demo", account: "*" }, "Operator on demo"],
  [{ role: "user", cluster: "demo", account: "physics" }, "User on demo, account physics"],
  [{ role: "user", cluster: "*", account: "physics" }, "User on all clusters, account physics"],
] as const)("%j is said in words", (grant, words) => {
  expect(grantWords(grant)).toBe(words);
});
