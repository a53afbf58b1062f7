import type { ApplicationTables } from "./applications.ts";
import type { ClusterTables } from "./clusters.ts";
import type { IdentityTables } from "./identity.ts";
import type { ServerTables } from "./servers.ts";
import type { SubmissionTables } from "./submissions.ts";
import type { TerminalTables } from "./terminals.ts";
import type { TriggerTables } from "./triggers.ts";
import type { UsageTables } from "./usage.ts";

export * from "./applications.ts";
export * from "./clusters.ts";
export * from "./identity.ts";
export * from "./servers.ts";
export * from "./submissions.ts";
export * from "./terminals.ts";
export * from "./triggers.ts";
export * from "./usage.ts";

/** Every table of a site, as Kysely sees it. */
export interface Tables
  extends ApplicationTables,
    ClusterTables,
    IdentityTables,
    ServerTables,
    SubmissionTables,
    TerminalTables,
    TriggerTables,
    UsageTables {}
