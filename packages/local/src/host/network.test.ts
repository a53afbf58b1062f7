import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressAt,
  capacityOf,
  formatNetwork,
  type Network,
  olderClash,
  overlaps,
  parseNetwork,
  pickNetwork,
} from "./network.ts";

const networks: fc.Arbitrary<Network> = fc
  .record({ address: fc.nat(2 ** 32 - 1), prefix: fc.integer({ min: 8, max: 30 }) })
  .map(({ address, prefix }) => {
    const size = 2 ** (32 - prefix);
    return { base: Math.floor(address / size) * size, prefix };
  });

const firstAndLast = ({ base, prefix }: Network): readonly [number, number] => [
  base,
  base + 2 ** (32 - prefix) - 1,
];

describe("networks", () => {
  test("are read back as they are written", () => {
    fc.assert(
      fc.property(networks, (network) => {
        expect(parseNetwork(formatNetwork(network))).toEqual(network);
      }),
    );
  });

  test("overlap exactly when they share an address", () => {
    fc.assert(
      fc.property(networks, networks, (a, b) => {
        const [[aFirst, aLast], [bFirst, bLast]] = [firstAndLast(a), firstAndLast(b)];
        expect(overlaps(a, b)).toBe(aFirst <= bLast && bFirst <= aLast);
      }),
    );
  });

  test("have addresses that follow each other, up to the one before the last", () => {
    const network = parseNetwork("10.208.16.0/24");
    expect(addressAt(network, 1)).toBe("10.208.16.1");
    expect(addressAt(network, capacityOf(network))).toBe("10.208.16.254");
    expect(addressAt(parseNetwork("10.208.16.0/20"), 256)).toBe("10.208.17.0");
  });
});

describe("picking a network", () => {
  test("gives one that overlaps none that is taken", () => {
    fc.assert(
      fc.property(fc.array(networks, { maxLength: 8 }), (others) => {
        const taken = others.filter(({ prefix }) => prefix > 12);
        expect(taken.some((other) => overlaps(other, pickNetwork(taken)))).toBe(false);
      }),
    );
  });

  test("gives a different one each time until there is none, and then says so", () => {
    const taken: Network[] = [];
    for (let count = 0; count < 256; count++) taken.push(pickNetwork(taken));
    expect(new Set(taken.map(formatNetwork)).size).toBe(256);
    expect(() => pickNetwork(taken)).toThrow(
      expect.objectContaining({ code: "LOCAL_NETWORK_FULL" }),
    );
  });
});

describe("two bridges with one network", () => {
  const link = (name: string, index: number, cidr: string) => ({
    ...{ link: name, index },
    network: parseNetwork(cidr),
  });
  const links = [link("a", 3, "10.208.0.0/20"), link("b", 7, "10.208.0.0/20")];

  test("the younger yields, and the older stays", () => {
    expect(olderClash(links, "b")?.link).toBe("a");
    expect(olderClash(links, "a")).toBeUndefined();
  });

  test("networks beside each other are no clash", () => {
    expect(olderClash([...links, link("c", 9, "10.208.16.0/20")], "c")).toBeUndefined();
  });
});
