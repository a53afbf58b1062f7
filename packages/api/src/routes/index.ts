import { applicationsRoutes } from "./applications.ts";
import { auditRoutes } from "./audit.ts";
import { authenticationRoutes } from "./authentication.ts";
import { clustersRoutes } from "./clusters.ts";
import { eventsRoutes } from "./events.ts";
import { filesRoutes } from "./files.ts";
import { jobsRoutes } from "./jobs.ts";
import { runsRoutes } from "./runs.ts";
import { tokensRoutes } from "./tokens.ts";
import { triggersRoutes } from "./triggers.ts";
import { usersRoutes } from "./users.ts";

export * from "./applications.ts";
export * from "./audit.ts";
export * from "./authentication.ts";
export * from "./clusters.ts";
export * from "./events.ts";
export * from "./files.ts";
export * from "./jobs.ts";
export * from "./runs.ts";
export * from "./tokens.ts";
export * from "./triggers.ts";
export * from "./users.ts";

/** Every operation of `/api/v1`. */
export const ROUTES = {
  ...applicationsRoutes,
  ...auditRoutes,
  ...authenticationRoutes,
  ...clustersRoutes,
  ...eventsRoutes,
  ...filesRoutes,
  ...jobsRoutes,
  ...runsRoutes,
  ...tokensRoutes,
  ...triggersRoutes,
  ...usersRoutes,
};
