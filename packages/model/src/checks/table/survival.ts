import type { CheckRow } from "./row.ts";

/** What goes on when a machine or a zone is lost. */
export const SURVIVAL_CHECKS: readonly CheckRow[] = [
  {
    id: "ZoneValidator",
    says: "zones of the local cloud are declared, once each",
    how: "offline",
    levels: ["ERROR"],
    suppressible: false,
    ours: true,
  },
  {
    id: "StandbyValidator",
    says: "a second head is in another zone, and finds there what the first one had",
    how: "offline",
    levels: ["ERROR"],
    suppressible: false,
    ours: true,
  },
  {
    id: "BackupValidator",
    says: "backups are put where they outlive the head machine",
    how: "offline",
    levels: ["ERROR", "WARNING"],
    ours: true,
  },
  {
    id: "SiteValidator",
    says: "the parts of a site fit each other, and none of them is lost with one zone",
    how: "offline",
    levels: ["ERROR", "WARNING", "INFO"],
    suppressible: false,
    ours: true,
  },
  {
    id: "MemberValidator",
    says: "the file of a cluster in a site does not say what the site says",
    how: "schema",
    levels: ["ERROR", "WARNING"],
    suppressible: false,
    ours: true,
    note: "for the clusters of a site",
  },
];
