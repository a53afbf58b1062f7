import { type Job, ROUTES } from "@sluice/api";
import { saveTextAs } from "../../../frame/save-as.ts";
import { server } from "../../../frame/server.ts";
import { csvOf } from "../../../parts/csv.ts";
import { rawOf } from "./columns.tsx";
import type { JobsQuery } from "./filters.ts";

/** More rows than this are not put into a file. */
export const MOST_ROWS = 100_000;
const PAGE = 1_000;

/**
 * Saves what a question finds as CSV, with the columns that are shown; gives how many rows it has.
 * `onRow` is told how far it is. Errors: as the client's.
 */
export async function exportJobs({
  query,
  columns,
  onRow,
}: {
  readonly query: JobsQuery;
  readonly columns: readonly { readonly id: string; readonly title: string }[];
  readonly onRow: (count: number) => void;
}): Promise<number> {
  const jobs: Job[] = [];
  let cursor: string | undefined;
  do {
    const page = await server.call(ROUTES.listAllJobs, {
      query: { ...query, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
    });
    jobs.push(...page.items);
    cursor = page.next;
    onRow(jobs.length);
  } while (cursor !== undefined && jobs.length < MOST_ROWS);
  const rows = jobs.map((job) => columns.map(({ id }) => rawOf(job, id)));
  const header = columns.map(({ title }) => title);
  const day = new Date().toISOString().slice(0, 10);
  saveTextAs(`jobs-${day}.csv`, csvOf(header, rows), "text/csv");
  return jobs.length;
}
