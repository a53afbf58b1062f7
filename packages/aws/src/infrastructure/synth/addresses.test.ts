import fc from "fast-check";
import { expect, test } from "vitest";
import { subnetRanges } from "./addresses.ts";

test("compute machines get nearly everything", () => {
  expect(subnetRanges("10.0.0.0/16", 2)).toEqual({
    privates: ["10.0.0.0/18", "10.0.64.0/18"],
    publics: ["10.0.192.0/19", "10.0.224.0/19"],
  });
  expect(subnetRanges("192.168.4.0/24", 6).publics.at(-1)).toBe("192.168.4.176/28");
});

test("subnets are in the network, apart from each other and as small as AWS takes them", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 16, max: 24 }),
      fc.integer({ min: 2, max: 6 }),
      fc.nat(0xff_ff_ff),
      (prefix, zones, bits) => {
        const size = 2 ** (32 - prefix);
        const base = Math.floor((10 * 2 ** 24 + bits) / size) * size;
        const address = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
        const { privates, publics } = subnetRanges(`${address.join(".")}/${prefix}`, zones);
        expect([privates.length, publics.length]).toEqual([zones, zones]);
        const ranges = [...privates, ...publics].map(rangeOf).sort((a, b) => a.from - b.from);
        let end = base;
        for (const { from, length, bits: own } of ranges) {
          expect(from).toBeGreaterThanOrEqual(end);
          expect(from % length).toBe(0);
          expect(own).toBeLessThanOrEqual(28);
          end = from + length;
        }
        expect(end).toBeLessThanOrEqual(base + size);
      },
    ),
  );
});

function rangeOf(cidr: string) {
  const [address = "", prefix] = cidr.split("/");
  const from = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return { from, length: 2 ** (32 - Number(prefix)), bits: Number(prefix) };
}
