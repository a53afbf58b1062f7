import type { Migration } from "kysely/migration";
import { identity } from "./0001-identity.ts";
import { submissions } from "./0002-submissions.ts";
import { applications } from "./0003-applications.ts";
import { triggers } from "./0004-triggers.ts";
import { operations } from "./0005-operations.ts";
import { absentPeople } from "./0006-absent-people.ts";
import { usage } from "./0007-usage.ts";
import { terminals } from "./0008-terminals.ts";
import { severalServers } from "./0009-several-servers.ts";
import { failover } from "./0010-failover.ts";
import { movedJobs } from "./0011-moved-jobs.ts";

/** In order, each once, never changed after it was released: a change is another migration. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-identity": identity,
  "0002-submissions": submissions,
  "0003-applications": applications,
  "0004-triggers": triggers,
  "0005-operations": operations,
  "0006-absent-people": absentPeople,
  "0007-usage": usage,
  "0008-terminals": terminals,
  "0009-several-servers": severalServers,
  "0010-failover": failover,
  "0011-moved-jobs": movedJobs,
};
