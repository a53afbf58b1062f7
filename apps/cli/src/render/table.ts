import { stripVTControlCharacters } from "node:util";

const GAP = "  ";

/** Columns of text with their headings; empty without rows. Ends with a line feed. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  return aligned([headings, ...rows]);
}

/** `name  value` lines. */
export function fields(pairs: readonly (readonly [string, string])[]): string {
  return aligned(pairs);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ""))),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)));
  return rows.map((row) => `${line(row).join(GAP).trimEnd()}\n`).join("");
}

/** Columns that a text takes on a terminal, its colours taking none. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** What users and machines named, without what could move a cursor or change a terminal. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, " ");
}

/** A text without colours, cut to the terminal. */
export function clipped(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
