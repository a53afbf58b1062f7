export * from "./create-site.ts";
export * from "./delete-site.ts";
export * from "./fail-over.ts";
export type { SiteFiles, SiteOperation } from "./operation.ts";
export * from "./restore-site.ts";
export * from "./update-site.ts";
export {
  describeSite,
  listSites,
  type SiteDescription,
  type SiteSummary,
} from "./views.ts";
