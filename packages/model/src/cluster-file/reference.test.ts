import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { renderSiteReference, siteJsonSchema } from "../site-file/reference.ts";
import { siteSchema } from "../site-file/schema/site.ts";
import { renderCompatibility } from "./compatibility.ts";
import parallelClusterKeys from "./parallelcluster-keys.json" with { type: "json" };
import {
  clusterJsonSchema,
  imageBuildJsonSchema,
  renderImageBuildReference,
  renderReference,
} from "./reference.ts";
import { clusterSchema } from "./schema/cluster.ts";
import { imageBuildSchema } from "./schema/image-build.ts";
import { keysBelow, metaOf } from "./schema-tree.ts";

const docs = new URL("../../../../docs/", import.meta.url);
const committed = (name: string) => readFileSync(new URL(name, docs), "utf8");

/** Where Sluice needs less of a running cluster than ParallelCluster's policy says. */
const GENTLER: Readonly<Record<string, string>> = {
  // The node manager reads both from the file that it has; no node is asked.
  "Scheduling.SlurmSettings.ScaledownIdletime": "SUPPORTED",
  // As in its releases from 3.15 on.
  Tags: "SUPPORTED",
  "Tags[].Key": "SUPPORTED",
  "Tags[].Value": "SUPPORTED",
};

/** Keys that came after the release that the list is of. */
const SINCE: Readonly<Record<string, string>> = {
  "Scheduling.SlurmQueues[].ComputeResources[].LaunchTemplateOverrides": "3.15",
  "Scheduling.SlurmQueues[].ComputeResources[].LaunchTemplateOverrides.LaunchTemplateId": "3.15",
  "Scheduling.SlurmQueues[].ComputeResources[].LaunchTemplateOverrides.Version": "3.15",
  "DevSettings.EfaInterfaceType": "3.15",
};

/** The formatter pads the columns of tables. */
const unpadded = (text: string) => text.replace(/ {2,}/g, " ").replace(/-{3,}/g, "---");

describe("the documents of the cluster file", () => {
  it("are what scripts/docs.ts writes from the schema and the table of checks", () => {
    expect(unpadded(committed("cluster-file.md"))).toBe(unpadded(renderReference()));
    expect(unpadded(committed("image-file.md"))).toBe(unpadded(renderImageBuildReference()));
    expect(unpadded(committed("parallelcluster.md"))).toBe(unpadded(renderCompatibility()));
    expect(JSON.parse(committed("cluster.schema.json"))).toEqual(clusterJsonSchema());
    expect(unpadded(committed("site-file.md"))).toBe(unpadded(renderSiteReference()));
    expect(JSON.parse(committed("site.schema.json"))).toEqual(siteJsonSchema());
    expect(JSON.parse(committed("image.schema.json"))).toEqual(imageBuildJsonSchema());
  });

  it.each([
    ["cluster", clusterSchema],
    ["image build", imageBuildSchema],
    ["site", siteSchema],
  ])("describe every key of a %s, on one line, with an update policy", (_, root) => {
    const bare = [...keysBelow(root)].filter(({ schema }) => {
      const { description, update } = metaOf(schema);
      const isDescribed = description !== undefined && /^[^\n]+\.$/.test(description);
      return !(isDescribed && update !== undefined);
    });
    expect(bare.map(({ path }) => path)).toEqual([]);
  });
});

describe("ParallelCluster's file", () => {
  const ours = new Map([...keysBelow(clusterSchema)].map(({ path, schema }) => [path, schema]));
  const isBatch = (path: string) => path.startsWith("Scheduling.AwsBatch");

  it("is known key by key, with the policy that each has there or a gentler one", () => {
    const differing = Object.entries(parallelClusterKeys).flatMap(([path, policy]) => {
      const schema = ours.get(path);
      if (schema === undefined) return isBatch(path) ? [] : [`${path} is missing`];
      const { update } = metaOf(schema);
      return update === policy || GENTLER[path] === update ? [] : [`${path} is ${update}`];
    });
    expect(differing).toEqual([]);
  });

  it("has every key that does not say that it is ours", () => {
    const strange = [...ours].flatMap(([path, schema]) => {
      const isTheirs = Object.hasOwn(parallelClusterKeys, path) || SINCE[path] !== undefined;
      // A script, or several: one entry stands for all of it.
      const isAction = /\.OnNode(Start|Configured|Updated)\./.test(path);
      return isTheirs || isAction || metaOf(schema).extension ? [] : [path];
    });
    expect(strange).toEqual([]);
  });
});
