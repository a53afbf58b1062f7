import { expect, test } from "vitest";
import { pageOf } from "./pages.ts";
import { Refusal } from "./refusal.ts";

test("pages make up the whole list, each thing once", () => {
  const all = Array.from({ length: 250 }, (_, index) => index);
  const seen: number[] = [];
  let token: string | undefined;
  do {
    const { items, next } = pageOf(all, token);
    seen.push(...items);
    token = next.nextToken;
  } while (token !== undefined);
  expect(seen).toEqual(all);
  expect(pageOf(all.slice(0, 100), undefined).next).toEqual({});
});

test("a token that is none of ours is refused", () => {
  for (const token of ["", "x", "ZnJvbSAtMQ", Buffer.from("from 1e9").toString("base64url")]) {
    expect(() => pageOf([1], token)).toThrow(Refusal);
  }
});
