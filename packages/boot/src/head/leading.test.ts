import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { HEAD_FENCE, LEADING_TARGET, LEADING_UNITS, leadingUnits, renderFence } from "./leading.ts";

let folder: string;
let script: ChildProcess | undefined;
const path = (name: string): string => join(folder, name);

/** Whole or not at all, as it has to be while the script reads. */
function write(name: string, text: string): void {
  writeFileSync(path(`${name}.new`), text);
  renameSync(path(`${name}.new`), path(name));
}

const said = (): readonly string[] =>
  existsSync(path("said")) ? readFileSync(path("said"), "utf8").trim().split("\n") : [];

/** systemd, as far as the script asks it: units are active until they are killed, or for ever. */
function standInSystemctl({ isObstinate }: { readonly isObstinate: boolean }): void {
  write(
    "systemctl",
    `#!/bin/sh
echo "$*" >> ${path("said")}
case $1 in
  kill) ${isObstinate ? ":" : `: > ${path("killed")}`} ;;
  show) for unit in ${LEADING_UNITS.join(" ")}; do
    if [ -e ${path("killed")} ]; then echo inactive; else echo active; fi; echo
  done ;;
  poweroff) kill -TERM "$PPID" ;;
esac
`,
  );
  chmodSync(path("systemctl"), 0o755);
}

function begin(more: Record<string, unknown> = {}): ChildProcess {
  const paths = { until: path("until"), uptime: path("uptime") };
  const text = renderFence({ ...HEAD_FENCE, ...paths, ...more });
  write("fence", text);
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  script = spawn("sh", [path("fence")], { env, stdio: "ignore" });
  return script;
}

const LONG = { timeout: 8000, interval: 20 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fence-"));
});

afterEach(() => {
  script?.kill("SIGKILL");
  script = undefined;
  rmSync(folder, { recursive: true });
});

it("stops and kills when the lease is over, and once", async () => {
  standInSystemctl({ isObstinate: false });
  write("until", "100500\n");
  write("uptime", "100.00 50.00\n");
  begin();
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(said()).toEqual([]);
  write("uptime", "100.50 50.00\n");
  await vi.waitFor(() => expect(said().length).toBeGreaterThanOrEqual(3), LONG);
  expect(said()[0]).toBe(`stop --no-block ${LEADING_TARGET}`);
  expect(said()[1]).toMatch(
    /^kill -s KILL munge.service .*slurmctld.service .*sluice-head.service/,
  );
  write("uptime", "107.00 50.00\n");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(said()).toHaveLength(3);
});

it("lets a lease that goes on go on, and acts at the next one's end", async () => {
  standInSystemctl({ isObstinate: false });
  for (const second of [100, 101, 102]) {
    write("until", `${second + 4}000\n`);
    write("uptime", `${second}.99 1.00\n`);
    if (script === undefined) begin();
    await new Promise((resolve) => setTimeout(resolve, 600));
  }
  expect(said()).toEqual([]);
  write("uptime", "200.00 1.00\n");
  await vi.waitFor(() => expect(said()).toHaveLength(3), LONG);
});

it("acts first thing where it was frozen meanwhile, or was started late", async () => {
  standInSystemctl({ isObstinate: false });
  write("until", "9000\n");
  write("uptime", "5.25 1.00\n");
  const { pid } = begin();
  await new Promise((resolve) => setTimeout(resolve, 700));
  process.kill(pid ?? 0, "SIGSTOP");
  write("uptime", "60.00 1.00\n");
  process.kill(pid ?? 0, "SIGCONT");
  await vi.waitFor(() => expect(said()).toHaveLength(3), LONG);
});

it.each(["", "garbage\n", "12x\n"])("takes %j for a lease that is over", async (text) => {
  standInSystemctl({ isObstinate: false });
  write("until", text);
  write("uptime", "5.25 1.00\n");
  begin();
  await vi.waitFor(() => expect(said()).toHaveLength(3), LONG);
});

it("starts again what knows how to wait, and only that", async () => {
  standInSystemctl({ isObstinate: false });
  write("uptime", "5.25 1.00\n");
  begin({ units: ["a.service", "b.service"], stop: undefined, again: ["a.service"] });
  await vi.waitFor(() => expect(said()).toHaveLength(4), LONG);
  expect(said()[0]).toBe("stop --no-block a.service b.service");
  expect(said()[3]).toBe("start --no-block a.service");
});

it("powers the machine off when something can't be killed", async () => {
  standInSystemctl({ isObstinate: true });
  write("uptime", "5.25 1.00\n");
  begin();
  await vi.waitFor(() => expect(said().at(-1)).toBe("poweroff -ff"), LONG);
  expect(said().filter((line) => line.startsWith("kill")).length).toBeGreaterThan(4);
});

it("is a script that the shell reads, and units that systemd reads", () => {
  execFileSync("sh", ["-n"], { input: renderFence() });
  const files = leadingUnits().filter(({ path: name }) => name.endsWith("leading.conf"));
  expect(files).toHaveLength(LEADING_UNITS.length);
  expect(new Set(files.map(({ content }) => content)).size).toBe(1);
});
