import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { processRef } from "../host/processes.ts";
import { type KeptImage, KeptImages } from "./kept.ts";

let folder: string;
let kept: KeptImages;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-kept-"));
  kept = new KeptImages(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

function image(id: string, more: Partial<KeptImage> = {}): KeptImage {
  return {
    id,
    status: "BUILD_COMPLETE",
    os: "debian13",
    arch: "x86_64",
    createdAt: "2026-01-05T08:00:00.000Z",
    sluiceVersion: "0.1.0",
    configText: "",
    ...more,
  };
}

const alive = processRef(process.pid);

test("an id is one image's, until that is removed", async () => {
  expect(await kept.begin(image("lab"))).toBe(true);
  expect(await kept.begin(image("lab"))).toBe(false);
  await kept.write(image("lab", { slurmVersion: "24.11.5" }));
  expect(await kept.list()).toMatchObject([{ id: "lab", slurmVersion: "24.11.5" }]);
  await kept.remove("lab");
  await kept.remove("lab");
  expect(await kept.find("lab")).toBeUndefined();
  expect(readdirSync(join(folder, "built"))).toEqual([]);
});

test("a build goes on while its builder lives, and is removed when that was killed", async () => {
  const status = "BUILD_IN_PROGRESS" as const;
  if (alive === undefined) throw new Error("this process is not there");
  await kept.begin(image("living", { status, builder: alive }));
  const dead = { ...alive, startTicks: alive.startTicks - 1 };
  await kept.begin(image("dead", { status, builder: dead }));
  mkdirSync(join(kept.folder("dead"), "work", "etc"), { recursive: true });
  expect((await kept.list()).map(({ id }) => id)).toEqual(["living"]);
  expect(existsSync(kept.folder("dead"))).toBe(false);
});

test("what a builder that was killed had begun or was removing goes with the next look", async () => {
  await kept.begin(image("lab"));
  // No process of a number above the kernel's limit.
  for (const name of [".gone-99999999-a", ".new-99999999-b"]) {
    mkdirSync(join(folder, "built", name));
    writeFileSync(join(folder, "built", name, "record.json"), "{}");
  }
  await kept.list();
  expect(readdirSync(join(folder, "built"))).toEqual(["lab"]);
});

test.each(["../x", ".", "a/b", ""])("%j is no image", async (id) => {
  expect(await kept.find(id)).toBeUndefined();
});
