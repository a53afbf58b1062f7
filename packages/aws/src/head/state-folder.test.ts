import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { mountState } from "./state-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-state-"));
afterAll(() => rmSync(folder, { recursive: true }));
const state = { dnsName: "fs-1.efs.eu-central-1.amazonaws.com", folder: join(folder, "there") };

/** A clock that only sleeping moves, and a machine that mounts at the given try. */
function machine(mountsAt: number) {
  let milliseconds = 0;
  const ran: string[] = [];
  const clock = {
    now: () => new Date(milliseconds),
    sleep: async (more: number) => {
      milliseconds += more;
    },
  };
  const run = async (argv: readonly string[]): Promise<void> => {
    ran.push(argv.join(" "));
    const tries = ran.filter((one) => one.startsWith("mount ")).length;
    if (tries < mountsAt || argv[0] === "mountpoint") throw new Error("can't resolve the name");
  };
  return { clock, run, ran, seconds: () => milliseconds / 1000 };
}

test("a file system whose name is not known yet is asked for until it is", async () => {
  const { clock, run, ran, seconds } = machine(3);
  await mountState(state, { clock, run });
  expect(seconds()).toBe(4);
  expect(ran.at(-1)).toMatch(
    new RegExp(`^mount -t nfs4 -o nfsvers=4\\.1,\\S*hard\\S* ${state.dnsName}:/ ${state.folder}$`),
  );
});

test("what is mounted stays", async () => {
  const ran: string[] = [];
  const { clock } = machine(1);
  await mountState(state, { clock, run: async (argv) => void ran.push(argv[0] ?? "") });
  expect(ran).toEqual(["mountpoint"]);
});

test("one that never comes is told of, with what mount said last", async () => {
  const { clock, run } = machine(Number.POSITIVE_INFINITY);
  await expect(mountState(state, { clock, run })).rejects.toThrow(/can't resolve the name/);
});
