import { clusterJsonSchema } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { ENTRY, keysOf, type SchemaStep, schemaAt, shapeOf, valuesOf } from "./schema.ts";

const SCHEMA = clusterJsonSchema();

function at(...path: readonly SchemaStep[]) {
  const found = schemaAt(SCHEMA, path);
  if (found === undefined) throw new Error("the path leads nowhere");
  return found;
}

describe("the schema of cluster files", () => {
  it("has the keys of a list's entries", () => {
    const keys = keysOf(at("Scheduling", "SlurmQueues", ENTRY)).map(([key]) => key);
    expect(keys).toContain("ComputeResources");
    expect(keys).toContain("CapacityType");
  });

  it("has the values of a key that has few", () => {
    expect(valuesOf(at("Provider"))).toEqual(["aws", "azure", "local"]);
    expect(valuesOf(at("HeadNode", "Networking", "ElasticIp"))).toEqual(["true", "false"]);
    expect(valuesOf(at("Region"))).toEqual([]);
  });

  it("tells sections, lists and values apart", () => {
    expect(shapeOf(at("Image"))).toBe("section");
    expect(shapeOf(at("Users"))).toBe("list");
    expect(shapeOf(at("Scheduling", "SlurmSettings", "ScaledownIdletime"))).toBe("value");
  });

  it("has nothing where the file has nothing", () => {
    expect(schemaAt(SCHEMA, ["Image", "constructor"])).toBeUndefined();
    expect(schemaAt(SCHEMA, ["Users", "Name"])).toBeUndefined();
  });
});
