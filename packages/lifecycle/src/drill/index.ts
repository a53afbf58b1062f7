export type {
  DrillCloud,
  DrillPortal,
  DrillResult,
  DrillTarget,
  DrillZones,
  PortalJob,
} from "./contract.ts";
export { DRILLS, type Drill } from "./drills.ts";
export { seededRandom } from "./random.ts";
export { type DrillReport, REPORT_COLUMNS, reportMarkdown, reportRow } from "./report.ts";
export { type DrillOptions, runDrill } from "./run-drill.ts";
export { SiteUnderDrill } from "./site-under-drill.ts";
