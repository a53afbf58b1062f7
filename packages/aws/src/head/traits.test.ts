import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { awsSlurmTraits, hostHasCgroups } from "./traits.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cgroup-"));
});
afterEach(() => rmSync(root, { recursive: true }));

test("a machine of EC2 keeps names of nodes, and else leaves Slurm as it is rendered", () => {
  expect(awsSlurmTraits("24.11", true)).toMatchObject({
    slurmConf: { Prolog: "/etc/sluice/prolog.d/*" },
    cgroupConf: {},
  });
});

test("machines without control groups are not confined by them", () => {
  expect(awsSlurmTraits("24.11", false)).toMatchObject({
    slurmConf: { ProctrackType: "proctrack/linuxproc" },
    cgroupConf: { CgroupPlugin: "disabled" },
  });
  // That release does not know `disabled`.
  expect(awsSlurmTraits("22.05", false).cgroupConf.CgroupPlugin).toBe("cgroup/v1");
});

test("a hierarchy counts when it hands out what slurmd needs", () => {
  expect(hostHasCgroups(root)).toBe(false);
  writeFileSync(join(root, "cgroup.controllers"), "\n");
  expect(hostHasCgroups(root)).toBe(false);
  writeFileSync(join(root, "cgroup.controllers"), "cpuset cpu io memory pids\n");
  expect(hostHasCgroups(root)).toBe(true);
});

test("so does the older one", () => {
  mkdirSync(join(root, "freezer"));
  writeFileSync(join(root, "freezer", "tasks"), "");
  expect(hostHasCgroups(root)).toBe(true);
});
