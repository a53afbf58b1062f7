import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderComputeUserData } from "./user-data.ts";
import { watchdogFiles } from "./watchdog.ts";

const MINUTES = 3;
const BATCH = "4711 slurmstepd: [12.batch]";
const INFINITY = "90 /usr/sbin/slurmstepd infinity";

/** A machine on which the head's ports, the processes and the power button are files. */
let machine: string;
const path = (name: string): string => join(machine, name);

beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), "sluice-watchdog-"));
  for (const folder of ["bin", "run"]) mkdirSync(path(folder));
  const script = watchdogFiles(MINUTES).find(({ mode }) => mode === 0o755);
  writeFileSync(path("watchdog"), script?.content ?? "", { mode: 0o755 });
  // A port answers when there is a file of its name.
  command("timeout", `for last; do :; done; [ -e "${machine}/port-\${last##*/}" ]`);
  command("pgrep", `[ "$*" = '-a -x slurmstepd' ] || exit 2; cat "${machine}/steps" 2>/dev/null`);
  command("systemctl", `[ "$*" = poweroff ] && : > "${machine}/off"`);
});
afterEach(() => rmSync(machine, { recursive: true }));

function command(name: string, body: string): void {
  writeFileSync(path(`bin/${name}`), `#!/bin/sh\n${body}\n`);
  chmodSync(path(`bin/${name}`), 0o755);
}

/** The head answers on these ports from now on. */
function head(...ports: number[]): void {
  for (const port of [6817, 8470]) rmSync(path(`port-${port}`), { force: true });
  for (const port of ports) writeFileSync(path(`port-${port}`), "");
}

function running(...steps: string[]): void {
  if (steps.length === 0) rmSync(path("steps"), { force: true });
  else writeFileSync(path("steps"), steps.map((step) => `${step}\n`).join(""));
}

/** So many minutes pass; true when the machine is off at their end. */
function minutes(count: number): boolean {
  for (let minute = 0; minute < count; minute++) {
    execFileSync(path("watchdog"), {
      env: { PATH: `${path("bin")}:/usr/bin:/bin`, RUNTIME_DIRECTORY: path("run") },
    });
  }
  return existsSync(path("off"));
}

describe("the watchdog of a compute machine", () => {
  it("powers off when head and work are away for as long as it was told, and not before", () => {
    expect(minutes(MINUTES)).toBe(false);
    expect(minutes(1)).toBe(true);
  });

  it.each([6817, 8470])("does nothing while port %i of the head alone answers", (port) => {
    head(port);
    expect(minutes(MINUTES * 3)).toBe(false);
  });

  it("counts anew when the head was there in between, if only once", () => {
    minutes(MINUTES);
    head(6817);
    minutes(1);
    head();
    expect(minutes(MINUTES)).toBe(false);
    expect(minutes(1)).toBe(true);
  });

  it("never powers off under a job, nor as soon as it ended", () => {
    running(INFINITY, BATCH);
    expect(minutes(MINUTES * 3)).toBe(false);
    running();
    expect(minutes(MINUTES)).toBe(false);
    expect(minutes(1)).toBe(true);
  });

  it("takes slurmd's keeper of control groups for no job", () => {
    running(INFINITY);
    expect(minutes(MINUTES + 1)).toBe(true);
  });

  it("does nothing when it cannot tell whether a job runs", () => {
    command("pgrep", "exit 3");
    expect(minutes(MINUTES * 3)).toBe(false);
  });

  it("waits an hour when nobody says otherwise", () => {
    const boot = { users: [], headAddress: "10.0.0.2", headCertificate: "", identityCommand: ":" };
    expect(renderComputeUserData(boot)).toContain(watchdogMessage(60));
    expect(renderComputeUserData({ ...boot, watchdogMinutes: 5 })).toContain(watchdogMessage(5));
  });
});

const watchdogMessage = (count: number): string => `no head and no job for ${count} minutes`;
