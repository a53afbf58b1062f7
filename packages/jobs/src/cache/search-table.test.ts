import { expect, test } from "vitest";
import { JobTable } from "./job-table.ts";
import { recordOfQueue } from "./records.ts";
import { searchTable } from "./search-table.ts";
import { queueJob } from "./testing/simulated-slurm.ts";

test("a row that becomes another's job while the search is under way is not shown", async () => {
  const table = new JobTable();
  for (let id = 1; id <= 2500; id++) table.add(recordOfQueue(queueJob({ id, user: "ada" })));
  const searching = searchTable(table, {
    cluster: "c",
    visibility: { users: ["ada"], accounts: [] },
    filter: {},
    order: { sort: "id", isDescending: false },
    after: undefined,
    limit: 3,
  });
  // It has looked at the first thousand by now, and waits for its next turn.
  table.remove(0);
  expect(table.add(recordOfQueue(queueJob({ id: 9999, user: "ben" })))).toBe(0);
  table.remove(1);
  expect(table.add(recordOfQueue(queueJob({ id: 2, user: "ben" })))).toBe(1);
  const { hits, total } = await searching;
  expect(hits.map(({ place, job }) => [place.id, job?.user])).toEqual([
    [1, undefined],
    [2, undefined],
    [3, "ada"],
  ]);
  expect(total).toBe(2500);
});
