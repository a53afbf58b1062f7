import type { Implementation } from "../http/handler.ts";
import { type ApplicationsParts, applicationsImplementations } from "./applications.ts";
import { type AuditParts, auditImplementations } from "./audit.ts";
import { type AuthenticationParts, authenticationImplementations } from "./authentication.ts";
import { type ClusterParts, clustersImplementations } from "./clusters.ts";
import { type EventsParts, eventsImplementations } from "./events.ts";
import { type FileParts, filesImplementations } from "./files.ts";
import { type JobsParts, jobsImplementations } from "./jobs.ts";
import { type RunsParts, runsImplementations } from "./runs.ts";
import { type TokensParts, tokensImplementations } from "./tokens.ts";
import { type TriggersParts, triggersImplementations } from "./triggers.ts";
import { type UsersParts, usersImplementations } from "./users.ts";

/** What all resources together need. */
export interface RouteParts
  extends ApplicationsParts,
    AuditParts,
    AuthenticationParts,
    ClusterParts,
    EventsParts,
    FileParts,
    JobsParts,
    RunsParts,
    TokensParts,
    TriggersParts,
    UsersParts {}

/** Every operation of `/api/v1` with who does it. */
export function allRoutes(parts: RouteParts): readonly Implementation[] {
  return [
    ...applicationsImplementations(parts),
    ...auditImplementations(parts),
    ...authenticationImplementations(parts),
    ...clustersImplementations(parts),
    ...eventsImplementations(parts),
    ...filesImplementations(parts),
    ...jobsImplementations(parts),
    ...runsImplementations(parts),
    ...tokensImplementations(parts),
    ...triggersImplementations(parts),
    ...usersImplementations(parts),
  ];
}
