import { accountingRoutes } from "./accounting.ts";
import { applicationsRoutes } from "./applications.ts";
import { auditRoutes } from "./audit.ts";
import { authenticationRoutes } from "./authentication.ts";
import { clusterFilesRoutes } from "./cluster-files.ts";
import { clustersRoutes } from "./clusters.ts";
import { eventsRoutes } from "./events.ts";
import { filesRoutes } from "./files.ts";
import { homeRoutes } from "./home.ts";
import { jobPlacementRoutes } from "./job-placement.ts";
import { jobTimelineRoutes } from "./job-timeline.ts";
import { jobsRoutes } from "./jobs.ts";
import { runsRoutes } from "./runs.ts";
import { serverRoutes } from "./server.ts";
import { shellRoutes } from "./shell.ts";
import { survivalRoutes } from "./survival.ts";
import { tokensRoutes } from "./tokens.ts";
import { triggersRoutes } from "./triggers.ts";
import { usersRoutes } from "./users.ts";

export * from "./accounting.ts";
export * from "./applications.ts";
export * from "./audit.ts";
export * from "./authentication.ts";
export * from "./cluster-files.ts";
export * from "./clusters.ts";
export * from "./events.ts";
export * from "./files.ts";
export * from "./home.ts";
export * from "./job-placement.ts";
export * from "./job-timeline.ts";
export * from "./jobs.ts";
export * from "./runs.ts";
export * from "./server.ts";
export * from "./shell.ts";
export * from "./survival.ts";
export * from "./tokens.ts";
export * from "./triggers.ts";
export * from "./users.ts";

/** Every operation of `/api/v1`. */
export const ROUTES = {
  ...accountingRoutes,
  ...applicationsRoutes,
  ...auditRoutes,
  ...authenticationRoutes,
  ...clusterFilesRoutes,
  ...clustersRoutes,
  ...eventsRoutes,
  ...filesRoutes,
  ...homeRoutes,
  ...jobPlacementRoutes,
  ...jobTimelineRoutes,
  ...jobsRoutes,
  ...runsRoutes,
  ...serverRoutes,
  ...shellRoutes,
  ...survivalRoutes,
  ...tokensRoutes,
  ...triggersRoutes,
  ...usersRoutes,
};
