import { expect, test } from "vitest";
import { overlayAddress } from "./overlay-address.ts";

test("a cluster has the same address always, and another one another", () => {
  const addresses = ["0a1b2c3d", "0a1b2c3d", "ffffffff"].map((unique) =>
    overlayAddress(unique, []),
  );
  expect(addresses[0]).toBe(addresses[1]);
  expect(addresses[2]).not.toBe(addresses[0]);
  for (const address of addresses)
    expect(address).toMatch(/^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./);
});

test("it is in no range of the network, and could be any machine's", () => {
  for (let cluster = 0; cluster < 500; cluster++) {
    const unique = cluster.toString(16).padStart(8, "0");
    const [a, b] = overlayAddress(unique, []).split(".");
    const moved = overlayAddress(unique, ["10.0.0.0/16", `${a}.${b}.0.0/16`]);
    expect(moved).not.toMatch(new RegExp(`^${a}\\.${b}\\.`));
    expect(moved).not.toMatch(/\.(0|255)$/);
  }
});
