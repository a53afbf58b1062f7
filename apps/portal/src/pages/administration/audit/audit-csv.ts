import type { AuditRecord } from "@sluice/api";
import { csvOf } from "../../../parts/csv.ts";

const COLUMNS = [
  ...["sequence", "time", "user", "via", "credential", "actingAs", "action", "target"],
  ...["result", "from", "requestId", "detail"],
] as const;

/** Records as comma-separated values, with a line of names. */
export function auditCsv(records: readonly AuditRecord[]): string {
  const rows = records.map((record) =>
    COLUMNS.map((name) => {
      const value = record[name as keyof AuditRecord];
      return typeof value === "object" ? JSON.stringify(value) : value;
    }),
  );
  return csvOf(COLUMNS, rows);
}
