import { parentPort } from "node:worker_threads";
import { messageOf } from "@sluice/model";
import { FILE_TASKS, type FileTasks } from "./tasks.ts";

/** What a thread is asked, and how it answers. */
export interface Asked {
  readonly task: keyof FileTasks;
  readonly words: readonly unknown[];
}
export type Answered =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why: string };

parentPort?.on("message", async ({ task, words }: Asked) => {
  let answer: Answered;
  try {
    const work = FILE_TASKS[task] as (...all: readonly unknown[]) => unknown;
    answer = { ok: true, value: await work(...words) };
  } catch (error) {
    answer = { ok: false, why: messageOf(error) };
  }
  parentPort?.postMessage(answer);
});
