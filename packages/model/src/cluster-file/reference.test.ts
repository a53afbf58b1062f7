import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clusterJsonSchema, renderReference } from "./reference.ts";
import { clusterSchema } from "./schema/cluster.ts";
import { keysBelow, metaOf } from "./schema-tree.ts";

const docs = new URL("../../../../docs/", import.meta.url);
const committed = (name: string) => readFileSync(new URL(name, docs), "utf8");

/** The formatter pads the columns of tables. */
const unpadded = (text: string) => text.replace(/ {2,}/g, " ").replace(/-{3,}/g, "---");

describe("the documents of the cluster file", () => {
  it("are what scripts/docs.ts writes from the schema", () => {
    expect(unpadded(committed("cluster-file.md"))).toBe(unpadded(renderReference()));
    expect(JSON.parse(committed("cluster.schema.json"))).toEqual(clusterJsonSchema());
  });

  it("describe every key, on one line, with an update policy", () => {
    const loose = /^SharedStorage\[\]\.\w+Settings\./;
    const bare = [...keysBelow(clusterSchema)].filter(({ path, schema }) => {
      const { description, update } = metaOf(schema);
      const isDescribed = description !== undefined && /^[^\n]+\.$/.test(description);
      return !loose.test(path) && !(isDescribed && update !== undefined);
    });
    expect(bare.map(({ path }) => path)).toEqual([]);
  });
});
