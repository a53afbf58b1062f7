import { expect, test } from "vitest";
import { fields, pageOf, passing } from "./describe.ts";

const row = (Name: string, Color?: string) => ({
  Name,
  ...(Color === undefined ? {} : { Tags: [{ Key: "Color", Value: Color }] }),
});

const ROWS = [row("q-1", "red"), row("q-2", "blue"), row("q*1"), row("p.1", "dark red")];

function names(Name: string, ...Values: string[]): string[] {
  return passing(ROWS, [{ Name, Values }], fields<(typeof ROWS)[number]>("Name")).map(
    (one) => one.Name,
  );
}

test("filters take any of several values, with wildcards that can be meant as they are", () => {
  expect(names("name", "q-1", "p.1")).toEqual(["q-1", "p.1"]);
  expect(names("name", "q-?")).toEqual(["q-1", "q-2"]);
  expect(names("name", "*1")).toEqual(["q-1", "q*1", "p.1"]);
  expect(names("name", "q\\*1")).toEqual(["q*1"]);
  expect(names("name", "p?1")).toEqual(["p.1"]);
  expect(names("name", "p+1")).toEqual([]);
});

test("filters look at tags", () => {
  expect(names("tag:Color", "*red")).toEqual(["q-1", "p.1"]);
  expect(names("tag-key", "Color")).toEqual(["q-1", "q-2", "p.1"]);
});

test("pages go on where they were, whatever has gone meanwhile", () => {
  const serialOf = (serial: number) => serial;
  const first = pageOf([1, 2, 3, 4], { MaxResults: 2 }, serialOf);
  expect(first.rows).toEqual([1, 2]);
  const { NextToken } = first;
  expect(pageOf([3, 4, 5], { MaxResults: 3, NextToken }, serialOf)).toEqual({
    rows: [3, 4, 5],
    NextToken: undefined,
  });
  expect(() => pageOf([1], { NextToken: "made up" }, serialOf)).toThrow(
    expect.objectContaining({ code: "InvalidNextToken" }),
  );
});
