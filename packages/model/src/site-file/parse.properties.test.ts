import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClusterConfig } from "../cluster-file/config.ts";
import { printClusterFile } from "../cluster-file/edit/print.ts";
import { parseStoredClusterFile } from "../cluster-file/parse.ts";
import { clusterSchema } from "../cluster-file/schema/cluster.ts";
import { readYaml } from "../cluster-file/yaml-source.ts";
import {
  anything,
  change,
  expectFileOrFindings,
  mangled,
  pathsOf,
  withValue,
} from "../testing/hostile-texts.ts";
import { yamlTexts } from "../testing/yaml-texts.ts";
import type { SiteConfig } from "./config.ts";
import { memberConfig } from "./member.ts";
import { parseSiteFile } from "./parse.ts";
import { siteSchema } from "./schema/site.ts";

const RUNS = Number(process.env.SLUICE_RUNS ?? 80);

const AWS = `Region: eu-central-1
Zones: [eu-central-1a, eu-central-1b]
Vpc: {Id: vpc-01234567, Subnets: [{Zone: eu-central-1a, SubnetId: subnet-01234567}, {Zone: eu-central-1b, SubnetId: subnet-89abcdef}]}
Clusters: [{Name: a, File: a.yaml}]
SharedStorage: [{Name: d, MountDir: d, StorageType: Efs}]
Tags: [{Key: team, Value: a}]
Backup: {Every: 6h}
`;
const example = (name: string) =>
  readFileSync(new URL(`../../../../examples/site/${name}.yaml`, import.meta.url), "utf8");
const SITES = [example("site"), AWS];
const MEMBERS = ["left", "right"].map(example);

const site = (text: string): SiteConfig => {
  const result = parseSiteFile(text, { fileName: "site.yaml" });
  if (!result.ok) throw new Error(result.findings[0]?.message);
  return result.config;
};
const sites = SITES.map(site);

/** Any text is a file, or has findings; what a member comes to reads as the same again. */
function check(text: string): void {
  expectFileOrFindings(text, parseSiteFile(text, { fileName: "f.yaml" }));
  for (const one of sites) {
    const result = memberConfig(one, text, { fileName: "f.yaml" });
    expectFileOrFindings(text, result);
    if (result.ok) expect(stored(result.text)).toEqual(result.config);
  }
}

function stored(text: string): ClusterConfig | undefined {
  const result = parseStoredClusterFile(text, "f.yaml");
  return result.ok ? result.config : undefined;
}

describe("whatever the file of a site or of its cluster is", { timeout: 1_000_000 }, () => {
  const texts = [...SITES, ...MEMBERS];

  it("is a config or findings with their places, for texts that were mangled", () => {
    const some = fc.array(change, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...texts), some, (text, changes) =>
        check(changes.reduce(mangled, text)),
      ),
      { numRuns: RUNS },
    );
  });

  it("is a config or findings with their places, for texts in any style", () => {
    fc.assert(fc.property(yamlTexts(), check), { numRuns: RUNS });
  });

  it("is a config or findings with their places, for values where others belong", () => {
    const paths = [siteSchema, clusterSchema].flatMap(pathsOf);
    const values = fc.array(fc.tuple(fc.constantFrom(...paths), anything), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.constantFrom(...texts), values, (text, replaced) => {
        const tree = replaced.reduce<unknown>(
          (before, [path, value]) => withValue(before, path, value),
          readYaml(text).value,
        );
        check(printClusterFile(tree));
      }),
      { numRuns: RUNS },
    );
  });
});
