import { expect, test } from "vitest";
import { routeFrom } from "./way-to-accounting.ts";

const ends = { to: "10.77.0.2", from: "10.77.16.2" };
const get = (route: object) => JSON.stringify([{ dst: ends.to, flags: [], uid: 0, ...route }]);

test("the way to slurmdbd is the same as before, from another address", () => {
  const near = get({ dev: "host0", prefsrc: "10.77.16.3" });
  expect(routeFrom(near, ends)).toEqual(["10.77.0.2/32", "dev", "host0", "src", "10.77.16.2"]);
  const far = get({ gateway: "10.77.0.1", dev: "ens5", prefsrc: "10.77.16.3" });
  expect(routeFrom(far, ends)).toEqual([
    "10.77.0.2/32",
    "via",
    "10.77.0.1",
    "dev",
    "ens5",
    "src",
    "10.77.16.2",
  ]);
});

test("a way that is so already, or ends here, stays", () => {
  expect(routeFrom(get({ dev: "host0", prefsrc: "10.77.16.2" }), ends)).toBeUndefined();
  expect(routeFrom(get({ type: "local", dev: "lo", prefsrc: "10.77.0.2" }), ends)).toBeUndefined();
  expect(routeFrom("[]", ends)).toBeUndefined();
});
