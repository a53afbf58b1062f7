import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScratchMachine, shellcheck } from "../testing/user-data.ts";
import { scratchFunction, scratchOf } from "./scratch.ts";
import { STEPS } from "./steps.ts";

let folder: string;
let devices: string[];
const path = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-scratch-"));
  devices = [];
  mkdirSync(path("by-id"));
});
afterEach(() => {
  for (const device of devices) execFileSync("losetup", ["--detach", device]);
  rmSync(folder, { recursive: true });
});

/** A blank disk, really a file, under two names that match and one that does not. */
function disk(name: string): string {
  writeFileSync(path(name), "");
  truncateSync(path(name), 32 << 20);
  const device = execFileSync("losetup", ["--find", "--show", path(name)], { encoding: "utf8" });
  devices.push(device.trim());
  for (const link of [`fast_${name}`, `fast_${name}_1`, `other_${name}`]) {
    symlinkSync(device.trim(), path(`by-id/${link}`));
  }
  return device.trim();
}

const script = (): string => {
  const scratch = { disks: `${path("by-id")}/fast_*`, mountPoint: path("scratch") };
  return ["#!/bin/sh", STEPS, "failed() { :; }", scratchFunction(scratch), ""].join("\n");
};

/** Boots, each of which sees what the one before left on the disks, and says what it was asked. */
function boot(...asked: string[]): string[] {
  return asked.map((question) => {
    writeFileSync(path("boot"), `${script()}step scratch mount_scratch\n${question}\n`);
    const own = ["--mount", "--propagation", "private", "sh", path("boot")];
    const env = { ...process.env, SLUICE_BOOT_STATE: path("state") };
    return execFileSync("unshare", own, { encoding: "utf8", env }).trim();
  });
}

const withMode = () => `findmnt -n -o FSTYPE ${path("scratch")}; stat -c %a ${path("scratch")}`;

describe("disks of the machine's own", () => {
  it("are a file system for everybody, which a boot of the same machine finds again", () => {
    disk("a");
    const [first, second] = boot(
      `${withMode()}; echo kept > ${path("scratch/file")}`,
      `cat ${path("scratch/file")}`,
    );
    expect(first).toMatch(/took \d+ ms\next4\n1777$/);
    expect(second).toMatch(/\nkept$/);
  });

  it("are not made twice when they are there already", () => {
    disk("a");
    const [said] = boot(
      `echo kept > ${path("scratch/file")}; mount_scratch; cat ${path("scratch/file")}`,
    );
    expect(said).toMatch(/\nkept$/);
  });

  it("that hold something of somebody else's are left as they are", () => {
    const device = disk("a");
    execFileSync("mkfs.ext4", ["-q", "-L", "mine", device]);
    const [said] = boot(`cat ${path("state/log")}; [ -e ${path("scratch")} ] || echo unmounted`);
    expect(said).toContain(`left as they are: ${device}\nunmounted`);
    expect(execFileSync("blkid", ["-p", device], { encoding: "utf8" })).toContain('LABEL="mine"');
  });

  it("of which a making was cut short begin again", () => {
    const device = disk("a");
    execFileSync("mkfs.ext4", ["-q", device]);
    mkdirSync(path("state"));
    writeFileSync(path("state/scratch"), "");
    expect(boot(withMode())).toEqual([expect.stringMatching(/\next4\n1777$/)]);
  });

  it("are nothing where there are none", () => {
    const [said] = boot(`[ -e ${path("scratch")} ] || echo none`);
    expect(said).toMatch(/ms\nnone$/);
  });
});

describe("several of them", () => {
  it("become one, each once", () => {
    const disks = [disk("a"), disk("b")];
    using machine = new ScratchMachine();
    machine.program("blkid", 'exec /usr/sbin/blkid "$@"');
    for (const name of ["mdadm", "mkfs.ext4"]) machine.noted(name);
    machine.run(`${script()}step scratch mount_scratch\n`);
    expect(machine.called[0]).toMatch(
      new RegExp(
        `^mdadm --create /dev/md/\\S+ --run .*--level=0 --raid-devices=2 ${disks.join(" ")}$`,
      ),
    );
    expect(machine.called[1]).toMatch(/^mkfs\.ext4 .* \/dev\/md\/sluice-scratch$/);
  });

  it("are said to be in want of mdadm", () => {
    disk("a");
    disk("b");
    using machine = new ScratchMachine();
    machine.program("blkid", 'exec /usr/sbin/blkid "$@"');
    const { status, said } = machine.run(`${script()}step scratch mount_scratch\n`);
    expect([status, said]).toEqual([1, expect.stringContaining("become one by mdadm")]);
  });
});

it("mounts where the cluster file says, or where ParallelCluster does, if there can be disks", () => {
  expect(scratchOf(undefined, { MountDir: "/fast" })).toEqual({});
  expect(scratchOf("/dev/x*", { MountDir: "/fast" }).scratch?.mountPoint).toBe("/fast");
  expect(scratchOf("/dev/x*", undefined).scratch?.mountPoint).toBe("/scratch");
});

it("is shell that shellcheck has nothing against", () => {
  expect(shellcheck([`${script()}step scratch mount_scratch\n`])).toBe("");
});
