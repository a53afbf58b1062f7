import type { Use, UseMeasures } from "@sluice/api";
import { nothing } from "@sluice/jobs";
import { expect, it } from "vitest";
import { cellOf, csvOfUse } from "./csv.ts";
import { viewOfSum } from "./measures.ts";

const measures: UseMeasures = viewOfSum({ ...nothing(), running: 0, jobs: 2, cpu_seconds: 1.5 });
const use = (rows: Use["rows"]): Use => ({
  ...{ from: "2026-11-01", to: "2026-11-21", rows, isCut: false, totals: measures, clusters: [] },
});

it("has a line a row, the groups first", () => {
  const lines = csvOfUse(use([{ ...measures, user: "ada", day: "2026-11-20" }]), ["day", "user"]);
  const [header = "", row = "", end] = lines.split("\r\n");
  expect(header).toMatch(/^day,user,jobs,running,completed,/);
  expect(row).toMatch(/^2026-11-20,ada,2,0,0,/);
  expect(row.split(",")).toHaveLength(header.split(",").length);
  expect(end).toBe("");
  expect(csvOfUse(use([]), []).split("\r\n")[1]).toMatch(/^2,0,0,/);
});

it("lets no cell be a formula or more than one cell", () => {
  for (const text of ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"]) {
    expect(cellOf(text).replace(/^"/, "")).toMatch(/^'/);
  }
  expect(cellOf('a,"b"\n')).toBe('"a,""b""\n"');
  expect(cellOf("plain")).toBe("plain");
  expect(cellOf(-1)).toBe("-1");
  expect(cellOf(undefined)).toBe("");
});
