import { expect, test } from "vitest";
import { FileLinks } from "./links.ts";

test("a link is good for an hour, and for its own path", () => {
  let now = 1_000_000_000_000;
  const clock = { now: () => new Date(now), sleep: async () => {} };
  const publicUrl = new URL("http://localhost:8480");
  const key = new Uint8Array(32).fill(7);
  const links = new FileLinks(key, clock, publicUrl);
  const url = new URL(links.linkTo("/v3/a"));
  expect(url.origin).toBe("http://localhost:8480");
  const query = Object.fromEntries(url.searchParams);
  expect(links.isGood("/v3/a", query)).toBe(true);
  expect(links.isGood("/v3/b", query)).toBe(false);
  expect(links.isGood("/v3/a", { ...query, signature: ["x", "y"] })).toBe(false);
  expect(links.isGood("/v3/a", { ...query, expires: `${Number(query.expires) + 1}` })).toBe(false);
  const beside = new FileLinks(key, clock, publicUrl);
  expect(beside.isGood("/v3/a", query)).toBe(true);
  const others = new FileLinks(new Uint8Array(32).fill(8), clock, publicUrl);
  expect(others.isGood("/v3/a", query)).toBe(false);
  now += 3600_000;
  expect(links.isGood("/v3/a", query)).toBe(false);
});
