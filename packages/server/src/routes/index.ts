import { Waits } from "../accounting/waits.ts";
import { createClusterLooks } from "../clusters/cluster-looks.ts";
import type { Implementation } from "../http/handler.ts";
import { type AccountingParts, accountingImplementations } from "./accounting.ts";
import { type ApplicationsParts, applicationsImplementations } from "./applications.ts";
import { type AuditParts, auditImplementations } from "./audit.ts";
import { type AuthenticationParts, authenticationImplementations } from "./authentication.ts";
import { type ClusterFilesParts, clusterFilesImplementations } from "./cluster-files.ts";
import { type ClusterParts, clustersImplementations } from "./clusters.ts";
import { type EventsParts, eventsImplementations } from "./events.ts";
import { type FileParts, filesImplementations } from "./files.ts";
import { type HomeParts, homeImplementations } from "./home.ts";
import { type JobTimelineParts, jobTimelineImplementations } from "./job-timeline.ts";
import { type JobsParts, jobsImplementations } from "./jobs.ts";
import { type RunsParts, runsImplementations } from "./runs.ts";
import { type ServerStateParts, serverImplementations } from "./server.ts";
import { type ShellRouteParts, shellImplementations } from "./shell.ts";
import { type SurvivalParts, survivalImplementations } from "./survival.ts";
import { type TokensParts, tokensImplementations } from "./tokens.ts";
import { type TriggersParts, triggersImplementations } from "./triggers.ts";
import { type UsersParts, usersImplementations } from "./users.ts";

/** What all resources together need. */
export interface RouteParts
  extends AccountingParts,
    ApplicationsParts,
    AuditParts,
    AuthenticationParts,
    ClusterFilesParts,
    ClusterParts,
    EventsParts,
    FileParts,
    HomeParts,
    JobTimelineParts,
    JobsParts,
    RunsParts,
    ServerStateParts,
    ShellRouteParts,
    SurvivalParts,
    TokensParts,
    TriggersParts,
    UsersParts {}

/** Every operation of `/api/v1` with who does it. */
export function allRoutes(parts: RouteParts): readonly Implementation[] {
  const looks = createClusterLooks(parts.clock);
  const waits = new Waits(parts.jobs, parts.clock);
  return [
    ...accountingImplementations(parts, waits),
    ...applicationsImplementations(parts),
    ...auditImplementations(parts),
    ...authenticationImplementations(parts),
    ...clusterFilesImplementations(parts),
    ...clustersImplementations(parts, looks),
    ...eventsImplementations(parts),
    ...filesImplementations(parts),
    ...homeImplementations(parts, looks, waits),
    ...jobTimelineImplementations(parts, looks, waits),
    ...jobsImplementations(parts),
    ...runsImplementations(parts),
    ...serverImplementations(parts),
    ...shellImplementations(parts),
    ...survivalImplementations(parts, looks),
    ...tokensImplementations(parts),
    ...triggersImplementations(parts),
    ...usersImplementations(parts),
  ];
}
