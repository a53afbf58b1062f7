import type { AuditRecord } from "@sluice/api";

const COLUMNS = [
  ...["sequence", "time", "user", "via", "credential", "actingAs", "action", "target"],
  ...["result", "from", "requestId", "detail"],
] as const;

/** Records as comma-separated values, with a line of names. */
export function auditCsv(records: readonly AuditRecord[]): string {
  const rows = records.map((record) =>
    COLUMNS.map((name) => {
      const value = record[name as keyof AuditRecord];
      return cell(typeof value === "object" ? JSON.stringify(value) : `${value ?? ""}`);
    }).join(","),
  );
  return `${[COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
}

/** A spreadsheet takes what begins with one of these for a formula, and runs it. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string): string {
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
