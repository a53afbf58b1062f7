import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Act } from "./testing/disks-trial.ts";

let folder: string;
let devices: string[];
const path = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-disks-"));
  devices = [];
});
afterEach(() => {
  for (const device of devices) execFileSync("losetup", ["--detach", device]);
  rmSync(folder, { recursive: true });
});

/** A blank disk of so many MiB, really a file. */
function disk(name: string, size = 32): string {
  writeFileSync(path(name), "");
  truncateSync(path(name), size << 20);
  const device = execFileSync("losetup", ["--find", "--show", path(name)], { encoding: "utf8" });
  devices.push(device.trim());
  return device.trim();
}

function run(...acts: Act[]): string[] {
  mkdirSync(path("volume"), { recursive: true });
  const trial = join(import.meta.dirname, "testing/disks-trial.ts");
  const own = ["--mount", "--propagation", "private", process.execPath, trial];
  const input = JSON.stringify({ volume: path("volume"), acts });
  const said = execFileSync("unshare", own, { input, encoding: "utf8" });
  return JSON.parse(said) as string[];
}

const KILOBYTES = "df --output=size --block-size=1K";

it("gives a blank disk a file system once, and keeps what is on it", () => {
  const mount = [{ device: disk("a"), mountPoint: path("volume") }];
  expect(run({ mount }, { sh: `echo kept > ${path("volume/file")}` })[0]).toBe("mounted");
  expect(run({ mount }, { mount }, { sh: `cat ${path("volume/file")}` })).toEqual([
    "mounted",
    "mounted",
    "kept",
  ]);
});

it("uses a disk to its end when it has grown", () => {
  const device = disk("a");
  const mount = [{ device, mountPoint: path("volume") }];
  const size = { sh: `${KILOBYTES} ${path("volume")} | tail -n 1` };
  const before = Number(run({ mount }, size)[1]);
  truncateSync(path("a"), 96 << 20);
  execFileSync("losetup", ["--set-capacity", device]);
  const after = Number(run({ mount }, size)[1]);
  expect(after).toBeGreaterThan(before + 48 * 1024);
});

it("mounts the volume first, then folders above those that are in them", () => {
  const places = ["volume", "shared/deep", "shared"].map((name) => path(name));
  const mount = places.map((mountPoint, index) => ({ device: disk(`${index}`), mountPoint }));
  const seen = run(
    { mount },
    { sh: `findmnt --noheadings --output TARGET | grep -o '${folder}.*'` },
  );
  expect(seen[0]).toBe("mounted");
  expect(seen[1]?.split("\n").toSorted()).toEqual(places.toSorted());
});

it.each([
  // One partition from sector 2048 on.
  ["a table of partitions", 446, "\\000\\0\\0\\0\\203\\0\\0\\0\\0\\010\\0\\0\\0\\100\\0\\0"],
  ["something encrypted", 0, "LUKS\\272\\276\\000\\001"],
])("leaves a disk alone that holds %s", (_, at, bytes) => {
  const device = disk("a");
  write(device, at, bytes);
  write(device, 510, "\\125\\252");
  const sum = () => execFileSync("sha256sum", [path("a")], { encoding: "utf8" });
  const before = sum();
  const [said] = run({ mount: [{ device, mountPoint: path("volume") }] });
  expect(said).toContain(`the disk ${device} is of no use`);
  expect(sum()).toBe(before);
});

it("says of a file system that is beyond repair that it is", () => {
  const device = disk("a");
  const mount = [{ device, mountPoint: path("volume") }];
  run({ mount });
  // All of its tables; the description in its first kilobytes stays.
  execFileSync("dd", ["if=/dev/urandom", `of=${device}`, "bs=1024", "seek=2", "count=2000"], {
    stdio: "ignore",
  });
  expect(run({ mount })[0]).toContain("its file system can't be repaired");
});

/** Bytes as printf(1) has them. */
function write(device: string, at: number, bytes: string): void {
  const script = `printf '%b' '${bytes}' | dd of=${device} bs=1 seek=${at} conv=notrunc`;
  execFileSync("sh", ["-c", script], { stdio: "ignore" });
}
