export {
  type SiteConfig,
  type SiteProvider,
  siteMachineZones,
  withSiteDefaults,
} from "./config.ts";
export * from "./member.ts";
export * from "./parse.ts";
export * from "./plan-site-change.ts";
export { renderSiteReference, siteJsonSchema } from "./reference.ts";
export type { SiteFile } from "./schema/site.ts";
