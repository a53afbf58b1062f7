import { describe, expect, test } from "vitest";
import { onDemandPrice, pricedNames, pricedRegions } from "./prices.ts";

describe("on-demand prices of AWS", () => {
  test("are those of us-east-1", () => {
    const price = {
      usdPerHour: 3.888,
      region: "us-east-1",
      asOf: "2026-07-20",
      approximate: false,
    };
    expect(onDemandPrice("aws", "c5n.18xlarge", "us-east-1")).toEqual(price);
    expect(onDemandPrice("aws", "c5n.18xlarge")).toEqual(price);
  });

  test("stand in for those of other regions, and say so", () => {
    expect(onDemandPrice("aws", "m5.4xlarge", "eu-central-1")).toMatchObject({
      usdPerHour: 0.768,
      region: "us-east-1",
      approximate: true,
    });
  });

  test("are unknown of types that us-east-1 does not have", () => {
    expect(onDemandPrice("aws", "hpc7a.96xlarge", "us-east-2")).toBeUndefined();
  });
});

describe("on-demand prices of Azure", () => {
  test("are those of the region", () => {
    expect(onDemandPrice("azure", "Standard_D16s_v5", "westeurope")).toEqual({
      usdPerHour: 0.92,
      region: "westeurope",
      asOf: "2026-06-18",
      approximate: false,
    });
    expect(onDemandPrice("azure", "Standard_D16s_v5")?.usdPerHour).toBe(0.768);
  });

  test("elsewhere are those of the first region that has the size, and say so", () => {
    for (const region of ["canadacentral", "westus2"]) {
      expect(onDemandPrice("azure", "Standard_HB176rs_v4", region)).toMatchObject({
        usdPerHour: 7.2,
        region: "eastus",
        approximate: true,
      });
    }
  });

  test("that a list gives as 0 are unknown", () => {
    expect(pricedRegions("azure", "Standard_M16bs_v4")).not.toContain("eastus");
  });

  test("say where a size can be bought", () => {
    expect(pricedRegions("azure")).toHaveLength(14);
    expect(pricedRegions("azure", "Standard_HB176rs_v4")).toEqual([
      "eastus",
      "eastus2",
      "southcentralus",
      "westeurope",
      "southeastasia",
      "australiaeast",
      "swedencentral",
    ]);
  });
});

test("the local cloud has none here", () => {
  expect(onDemandPrice("local", "local.small")).toBeUndefined();
  expect(pricedRegions("local")).toEqual([]);
});

test("a name that is none has no price", () => {
  for (const name of ["", "D16s_v5", "Standard_", "__proto__", "constructor", "toString"]) {
    expect(onDemandPrice("aws", name)).toBeUndefined();
    expect(onDemandPrice("azure", name)).toBeUndefined();
    expect(pricedRegions("azure", name)).toEqual([]);
  }
  expect(onDemandPrice("azure", "Standard_D16s_v5", "__proto__")?.approximate).toBe(true);
});

test.each([
  ["aws", 1367, 1367],
  ["azure", 1702, 21_041],
] as const)("every price of %s is one", (provider, names, prices) => {
  const all = [...pricedNames(provider)].flatMap((name) =>
    pricedRegions(provider, name).map((region) => onDemandPrice(provider, name, region)),
  );
  expect([...pricedNames(provider)]).toHaveLength(names);
  expect(all).toHaveLength(prices);
  expect(all.filter((price) => !(price && price.usdPerHour > 0 && !price.approximate))).toEqual([]);
});
