export type { BundleObject, ProgramBundles } from "../steps/bundle.ts";
export { type CloudSiteBoot, renderCloudSiteUserData } from "./cloud-user-data.ts";
export * from "./layout.ts";
export * from "./units.ts";
export * from "./user-data.ts";
