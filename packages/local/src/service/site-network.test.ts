import fc from "fast-check";
import { expect, test } from "vitest";
import { formatNetwork, overlaps, parseNetwork } from "../host/network.ts";
import { freeRange, siteRange } from "./site-network.ts";
import { readSiteFile, siteSlots } from "./site-plan.ts";

const network = parseNetwork("10.208.64.0/18");
const SITE = `
Provider: local
Zones: [a, b]
Clusters: [{ Name: left, File: left.yaml }]
`;

test("clusters of a site get ranges of its network that overlap neither each other nor its own", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 15 }), (count) => {
      const taken: string[] = [];
      for (let i = 0; i < count; i++) taken.push(formatNetwork(freeRange(network, taken)));
      const ranges = [siteRange(network, 0), ...taken.map(parseNetwork)];
      for (const [i, one] of ranges.entries()) {
        expect(overlaps(one, network)).toBe(true);
        expect(ranges.slice(i + 1).some((other) => overlaps(one, other))).toBe(false);
      }
    }),
  );
});

test("a range that was given back is given again; with all of them given it says so", () => {
  const all: string[] = [];
  for (let i = 0; i < 15; i++) all.push(formatNetwork(freeRange(network, all)));
  const without = all.filter((_, i) => i !== 6);
  expect(formatNetwork(freeRange(network, without))).toBe(all[6]);
  expect(() => freeRange(network, all)).toThrow(
    expect.objectContaining({ code: "LOCAL_NETWORK_FULL" }),
  );
});

test("a site has a machine a zone, which know each other and hold no secret", () => {
  const slots = siteSlots({
    ...{ site: "campus", config: readSiteFile(SITE, "campus"), network },
    serverText: "Pages: {Title: Campus}\n",
  });
  expect(slots.map(({ node, zone, address }) => [node, zone, address])).toEqual([
    ["site-a", "a", "10.208.64.3"],
    ["site-b", "b", "10.208.64.4"],
  ]);
  expect(slots[0]?.userData).toContain("10.208.64.4");
  // What the site file names of the servers' own file.
  expect(slots[1]?.userData).toContain("Title: Campus");
  expect(slots[0]?.userData).not.toMatch(/password|BEGIN/i);
});

test("a file that is no site's says where", () => {
  expect(() => readSiteFile("Provider: local\nZones: []\n", "campus")).toThrow();
});
