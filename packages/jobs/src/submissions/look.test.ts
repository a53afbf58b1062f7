import type { Gateway, HistoryJob } from "@sluice/gateway";
import { expect, test } from "vitest";
import { historyJob } from "../cache/testing/simulated-slurm.ts";
import { createLooker, type Found } from "./look.ts";
import type { SubmissionRow } from "./store.ts";
import { tagOf } from "./tag.ts";

const NOW = new Date("2030-01-01T12:00:00Z");
const ID = "11111111-2222-4333-8444-555555555555";
const ROW = { id: ID, unix_user: "ada", job_id: 40, created_at: NOW } as SubmissionRow;

function lookAmong(...over: readonly (Partial<HistoryJob> & { readonly id: number })[]) {
  const gateway: Pick<Gateway, "find" | "queue" | "history"> = {
    find: async () => new Map(),
    queue: async () => [],
    history: async function* () {
      yield* over.map((job) => historyJob({ submitTime: NOW, endTime: NOW, ...job }));
    },
  };
  const look = createLooker(
    async () => gateway as Gateway,
    () => NOW,
  );
  return look(ROW);
}

const array = { arrayJobId: 40, arrayTaskId: "3", label: "40_3" };
const tag = tagOf(ID);

test.each<[string, Promise<Found>, Found]>([
  ["its tag", lookAmong({ id: 41, tag }), { where: "history", jobId: 41 }],
  ["a task with its tag", lookAmong({ id: 43, tag, ...array }), { where: "history", jobId: 40 }],
  ["a task of its number", lookAmong({ id: 43, ...array }), { where: "history", jobId: 40 }],
  [
    "parts with its tag",
    lookAmong({ id: 41, tag }, { id: 40, tag }),
    { where: "history", jobId: 40 },
  ],
  ["another's number", lookAmong({ id: 40, user: "ben" }), { where: "nowhere" }],
  ["another's tag", lookAmong({ id: 40, tag: tagOf(ID.replace("1", "2")) }), { where: "nowhere" }],
  ["one that runs", lookAmong({ id: 40, tag, endTime: undefined }), { where: "nowhere" }],
])("among what is over: %s", async (_, found, wanted) => expect(await found).toEqual(wanted));
