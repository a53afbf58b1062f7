import { randomUUID } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { submissionTag } from "@sluice/slurm";
import { afterAll, beforeEach, expect, it } from "vitest";
import { SavedState } from "./saved-state.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-saved-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "job_state");
beforeEach(() => rmSync(path, { force: true }));

/** Puts a file in place as slurmctld does. */
function save(...parts: readonly (string | Buffer)[]): void {
  writeFileSync(`${path}.new`, Buffer.concat(parts.map((part) => Buffer.from(part))));
  renameSync(`${path}.new`, path);
}

const newTag = (): string => submissionTag(randomUUID());

it("has nothing before there were jobs", async () => {
  expect(await new SavedState(path).tags()).toEqual(new Set());
});

it("finds tags between other bytes, and none that is cut", async () => {
  const [one, two] = [newTag(), newTag()];
  save(Buffer.from([0, 255, 47]), one, "\0\0sluice=", `a comment ${two}\0`, newTag().slice(0, 40));
  expect(await new SavedState(path).tags()).toEqual(new Set([one, two]));
});

it("finds tags wherever the pieces of a large file end", async () => {
  const tags: string[] = [];
  const parts: Buffer[] = [];
  for (let at = -44; at <= 1; at++) {
    const tag = newTag();
    tags.push(tag);
    // Filled so that each tag begins so many bytes before the end of a piece of a MiB.
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const begin = (tags.length << 20) + at;
    parts.push(Buffer.alloc(begin - length, "s"), Buffer.from(`${tag}\0`));
  }
  save(...parts);
  expect(await new SavedState(path).tags()).toEqual(new Set(tags));
});

it("forgets what the next file has no more", async () => {
  const state = new SavedState(path);
  const [one, two] = [newTag(), newTag()];
  save(one, "\0");
  expect(await state.tags()).toEqual(new Set([one]));
  save(two, "\0");
  expect(await state.tags()).toEqual(new Set([two]));
  rmSync(path);
  expect(await state.tags()).toEqual(new Set());
});

it("tells nobody of a file from before the question", async () => {
  const state = new SavedState(path);
  save(Buffer.alloc(32 << 20));
  const early = state.tags();
  const tag = newTag();
  save(tag, "\0");
  const late = state.tags();
  await early;
  expect(await late).toEqual(new Set([tag]));
});
