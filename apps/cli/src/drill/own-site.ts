import type { SiteFiles } from "@sluice/lifecycle";
import { findingsError, parseSiteFile } from "@sluice/model";

/** What a drill that makes its own site calls it; its clusters begin with it too. */
export const OWN_SITE = "drill";
/** Unix users of its clusters. */
export const OWN_USERS: readonly string[] = ["ada", "ben", "cyd"];
/** Of jobs that are tried with: nodes of their own, so that they wait for nobody. */
export const PROBE_PARTITION = "probe";

const SITE_TEXT = `Provider: local
Zones: [a, b]
Clusters:
  - { Name: drill-left, File: left.yaml }
  - { Name: drill-right, File: right.yaml }
Users: [${OWN_USERS.map((name) => `{ Name: ${name} }`).join(", ")}]
SharedStorage:
  - { Name: data, MountDir: /data, StorageType: Local }
`;

const clusterText = (zone: string): string => `HeadNode:
  InstanceType: local.head
  Zone: ${zone}
  Standby: {}
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  SlurmQueues:
    - Name: cpu
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 12 }
    - Name: ${PROBE_PARTITION}
      ComputeResources:
        - { Name: apart, InstanceType: light.small, MaxCount: 8 }
`;

/** Two zones, two clusters with two heads each, and all that follows from that by default. */
export function ownSite(): SiteFiles {
  const judged = parseSiteFile(SITE_TEXT, { fileName: "drill.yaml" });
  if (!judged.ok) throw findingsError(judged.findings);
  return {
    site: judged.config,
    siteText: SITE_TEXT,
    clusterTexts: { "drill-left": clusterText("a"), "drill-right": clusterText("b") },
  };
}
