import { describe, expect, it } from "vitest";
import type { SiteConfig } from "./config.ts";
import { parseSiteFile } from "./parse.ts";
import { describeSiteStep, planSiteChange } from "./plan-site-change.ts";

const LEFT = "{Name: left, File: left.yaml}";
const RIGHT = "{Name: right, File: right.yaml}";

function site(text = "", clusters = LEFT, zones = "a, b"): SiteConfig {
  const file = `Provider: local\nZones: [${zones}]\nClusters: [${clusters}]\n${text}\n`;
  const result = parseSiteFile(file, { fileName: "site.yaml" });
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join("\n"));
  return result.config;
}

/** `path: effect` of each change. */
const effects = (before: SiteConfig, after: SiteConfig) =>
  planSiteChange(before, after).changes.map(({ path, effect }) => `${path}: ${effect}`);
const steps = (before: SiteConfig, after: SiteConfig) =>
  planSiteChange(before, after).steps.map(describeSiteStep);

describe("a change of a site", () => {
  it("is nothing where nothing changes, defaults written out or not", () => {
    const written = site(
      "Servers: {Count: 2, InstanceType: local.head}\nDatabase: {Replica: true}",
    );
    expect(planSiteChange(site(), written)).toEqual({ changes: [], steps: [] });
  });

  it("creates and deletes clusters, the new before the old go", () => {
    expect(effects(site(), site("", RIGHT))).toEqual([
      "Clusters[right]: create",
      "Clusters[left]: delete",
    ]);
    expect(steps(site(), site("", RIGHT))).toEqual([
      "create the cluster right from right.yaml",
      "delete the cluster left; its jobs are lost, the homes stay",
    ]);
  });

  it("updates the cluster whose file is another one, and all where they share what changes", () => {
    const both = `${LEFT}, ${RIGHT}`;
    expect(steps(site("", both), site("", both.replace("left.yaml", "new.yaml")))).toEqual([
      "update the cluster left from new.yaml and what the site gives",
    ]);
    const more = site("Users: [{Name: ada}]", both);
    expect(effects(site("", both), more)).toEqual(["Users[ada]: members"]);
    expect(planSiteChange(site("", both), more).steps.map((step) => step.do)).toEqual([
      "update-cluster",
      "update-cluster",
    ]);
  });

  it("has servers come and go, or be made anew one by one", () => {
    const one = site("Servers: {Count: 1}");
    expect(steps(one, site())).toEqual(["have 2 servers"]);
    const other = site(
      "Servers: {InstanceType: local.large, PublicUrl: 'https://hpc.example.com'}",
    );
    expect(effects(site(), other)).toEqual([
      "Servers.InstanceType: rolling",
      "Servers.PublicUrl: rolling",
    ]);
    expect(steps(site(), other)).toEqual(["make 2 servers anew, one after the other"]);
  });

  it("gives the database its copy before all else, and takes it last", () => {
    const none = site("Database: {Replica: false}");
    const [first] = steps(none, site("Failover: {After: 5m}"));
    expect(first).toBe("make a copy of the database in another zone");
    expect(steps(site("", `${LEFT}, ${RIGHT}`), none).at(-1)).toBe(
      "give up the copy of the database",
    );
  });

  it("takes what needs no machine over at once", () => {
    const after = site("Failover: {ResubmitPending: true}\nFederation: fed");
    expect(effects(site(), after)).toEqual(["Federation: live", "Failover.ResubmitPending: live"]);
    expect(steps(site(), after)).toEqual([
      "apply at once: Failover.ResubmitPending",
      "have all clusters in the federation fed",
    ]);
  });

  it("has clusters that come into the federation, and those that go out of it before", () => {
    const before = site("Federation: fed", `${LEFT}, ${RIGHT}`);
    const after = site("Federation: fed", RIGHT);
    expect(planSiteChange(before, after).steps.map((step) => step.do)).toEqual([
      "federation",
      "delete-cluster",
    ]);
  });

  it.each([
    ["Zones", site("", LEFT, "a, b, c"), /placed in the zones/],
    ["Network", site("Network: 10.77.0.0/18"), /address/],
    ["Database.Uri", site("Database: {Uri: db, UserName: u, PasswordFile: /p}"), /move along/],
  ])("is refused as a whole where a site that exists can't have it: %s", (path, after, why) => {
    const { changes, steps: none } = planSiteChange(site(), after);
    const refused = changes.find((change) => change.path === path);
    expect(refused).toMatchObject({ effect: "refused", suggestion: expect.any(String) });
    expect(refused?.reason).toMatch(why);
    expect(none).toEqual([]);
  });
});
