export type CsvValue = string | number | boolean | undefined;

/**
 * A table as a file for spreadsheets (RFC 4180). A text that a spreadsheet would take for a formula
 * begins with an apostrophe: names of jobs and files are whatever somebody chose.
 */
export function csvOf(header: readonly string[], rows: Iterable<readonly CsvValue[]>): string {
  const lines = [header, ...rows].map((row) => row.map(field).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

function field(value: CsvValue): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return `${value}`;
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
