import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { detectCgroups, makeGroups, removeGroups } from "./cgroups.ts";

const line = (mountPoint: string, type: string, options = "rw"): string =>
  `31 23 0:27 / ${mountPoint} rw,relatime shared:9 - ${type} ${type} ${options}`;

describe("what a host has", () => {
  test.for([
    ["none", [line("/", "ext4")], { unified: undefined, v1: {} }],
    ["version 2 alone", [line("/sys/fs/cgroup", "cgroup2")], { unified: "/sys/fs/cgroup", v1: {} }],
    [
      "version 1, and version 2 beside it",
      [
        line("/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"),
        line("/sys/fs/cgroup/memory", "cgroup", "rw,memory"),
        line("/sys/fs/cgroup/systemd", "cgroup", "rw,name=systemd"),
        line("/sys/fs/cgroup/unified", "cgroup2"),
      ],
      {
        unified: "/sys/fs/cgroup/unified",
        v1: { cpu: "/sys/fs/cgroup/cpu,cpuacct", memory: "/sys/fs/cgroup/memory" },
      },
    ],
  ] as const)("%s", ([, lines, expected]) => {
    expect(detectCgroups(lines.join("\n"))).toEqual(expected);
  });
});

describe("the groups of a machine", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "cgroups-"));
    for (const folder of ["cpu", "memory"]) mkdirSync(join(root, folder));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const limits = { vcpus: 1.5, memoryMiB: 256 };

  test("hold its limits in each hierarchy of version 1", () => {
    const host = {
      unified: undefined,
      v1: { cpu: join(root, "cpu"), memory: join(root, "memory") },
    };
    const entries = makeGroups(host, "sluice/c/m-1", limits);
    expect(entries).toEqual(
      ["cpu", "memory"].map((name) => join(root, name, "sluice/c/m-1/cgroup.procs")),
    );
    const read = (file: string): string => readFileSync(join(root, file), "utf8");
    expect(read("cpu/sluice/c/m-1/cpu.cfs_quota_us")).toBe("150000");
    expect(read("memory/sluice/c/m-1/memory.limit_in_bytes")).toBe(String(256 * 2 ** 20));
  });

  test("are in version 2 where that is all there is", () => {
    for (const folder of [".", "sluice", "sluice/c"]) {
      mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, folder, "cgroup.controllers"), "cpu memory pids\n");
    }
    const entries = makeGroups({ unified: root, v1: {} }, "sluice/c/m-1", limits);
    expect(entries).toEqual([join(root, "sluice/c/m-1/cgroup.procs")]);
    const read = (file: string): string => readFileSync(join(root, "sluice/c/m-1", file), "utf8");
    expect(read("cpu.max")).toBe("150000 100000");
    expect(read("memory.max")).toBe(String(256 * 2 ** 20));
  });

  test("a host without any gives none, and has none to remove", () => {
    const host = { unified: undefined, v1: {} };
    expect(makeGroups(host, "sluice/c/m-1", limits)).toEqual([]);
    expect(removeGroups(host, "sluice/c")).toBe(true);
  });

  test("go with all below them", () => {
    mkdirSync(join(root, "cpu/sluice/c/m-1/inner"), { recursive: true });
    const host = { unified: undefined, v1: { cpu: join(root, "cpu") } };
    expect(removeGroups(host, "sluice/c")).toBe(true);
    expect(existsSync(join(root, "cpu/sluice/c"))).toBe(false);
    expect(existsSync(join(root, "cpu/sluice"))).toBe(true);
  });
});
