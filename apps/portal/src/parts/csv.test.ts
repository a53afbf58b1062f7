import { expect, it } from "vitest";
import { csvOf } from "./csv.ts";

it("is a table for spreadsheets", () => {
  expect(
    csvOf(
      ["id", "name"],
      [
        [1, 'say "hi", twice'],
        [undefined, "two\nlines"],
      ],
    ),
  ).toBe('id,name\r\n1,"say ""hi"", twice"\r\n,"two\nlines"\r\n');
});

it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])("has no formula of %j", (text) => {
  expect(
    csvOf([], [[text]])
      .split("\r\n", 2)
      .at(1)
      ?.replace(/^"/, "")
      .startsWith("'"),
  ).toBe(true);
});

it("leaves numbers numbers", () => {
  expect(csvOf([], [[-1.5, true]])).toBe("\r\n-1.5,true\r\n");
});
