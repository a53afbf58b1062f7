import Box from "@cloudscape-design/components/box";
import Papa from "papaparse";
import { useMemo } from "react";
import { text } from "../../catalogue/index.ts";
import { number } from "../../frame/format.ts";
import { columnsOf } from "./columns.ts";

/** Rows and columns that are drawn; the rest is for programs. */
const MOST_ROWS = 500;
const MOST_COLUMNS = 60;

/** A CSV file as a table, its numbers under each other. */
export default function TablePreview({
  name,
  content,
}: {
  readonly name: string;
  readonly content: string;
}) {
  const said = text.files.preview;
  const { columns, rows, count } = useMemo(() => tableOf(content), [content]);
  const shown = columns.slice(0, MOST_COLUMNS);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too */}
      <section className="preview-table" aria-label={name} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col" className="preview-line">
                {said.line}
              </th>
              {shown.map((column, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                <th key={at} scope="col" data-numeric={column.isNumeric}>
                  {column.name ?? said.column(at + 1)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
              <tr key={at}>
                <td className="preview-line">{number(at + 1)}</td>
                {shown.map((column, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <td key={place} data-numeric={column.isNumeric}>
                    {row[place] ?? ""}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Box color="text-body-secondary" fontSize="body-s" margin={{ top: "xs" }}>
        {said.rows(Math.min(count, MOST_ROWS), count)}
        {columns.length > MOST_COLUMNS && ` ${said.columns(MOST_COLUMNS, columns.length)}`}
      </Box>
    </>
  );
}

function tableOf(content: string) {
  const lines = Papa.parse<string[]>(content.replace(/^#.*\n/gm, ""), {
    skipEmptyLines: true,
  }).data;
  const columns = columnsOf(lines.slice(0, MOST_ROWS + 1));
  const hasNames = columns.some((column) => column.name !== undefined);
  const rows = hasNames ? lines.slice(1) : lines;
  return { columns, rows, count: rows.length };
}
