import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, truncateSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScratchMachine, shellcheck } from "../testing/user-data.ts";
import { ROTATION_TIMER, rotationFiles } from "./rotation.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = new ScratchMachine();
  machine.folder("var/lib/sluice/log");
  machine.program("systemctl", `echo 0; echo "$*" >> ${machine.path("called")}`);
});
afterEach(() => machine[Symbol.dispose]());

const script = (role: "head" | "compute"): string =>
  String(rotationFiles(role).find(({ path }) => path.endsWith("rotate-logs"))?.content);

function grow(name: string, text: string): void {
  machine.file(`var/lib/sluice/log/${name}`, text);
  truncateSync(machine.path(`var/lib/sluice/log/${name}`), 33 << 20);
}
const rotate = () => {
  const { status, said } = machine.run(script("head"));
  expect(status, said).toBe(0);
};
const there = () => readdirSync(machine.path("var/lib/sluice/log")).toSorted();

describe("logs", () => {
  it("of a usual size stay", () => {
    machine.file("var/lib/sluice/log/slurmctld.log", "few lines\n");
    rotate();
    expect(there()).toEqual(["slurmctld.log"]);
    expect(machine.called).toEqual([]);
  });

  it("that are too large become old ones, packed a turn later, and of these six are kept", () => {
    for (let turn = 1; turn <= 9; turn++) {
      grow("slurmctld.log", `turn ${turn}\n`);
      rotate();
    }
    expect(there()).toEqual([
      "slurmctld.log.1",
      ...[2, 3, 4, 5, 6].map((number) => `slurmctld.log.${number}.gz`),
    ]);
    const oldest = readFileSync(machine.path("var/lib/sluice/log/slurmctld.log.6.gz"));
    expect(gunzipSync(oldest).toString("utf8")).toMatch(/^turn 4\n/);
  });

  it("are opened anew by the daemon that writes them, at a signal of Slurm's", async () => {
    grow("slurmdbd.log", "x\n");
    const daemon = spawn("sh", [
      "-c",
      "trap 'exit 7' USR2; echo ready; while :; do sleep 0.05; done",
    ]);
    const ended = once(daemon, "exit");
    await once(daemon.stdout, "data");
    machine.program("systemctl", `echo "$*" >> ${machine.path("called")}; echo ${daemon.pid}`);
    rotate();
    expect(machine.called).toEqual(["show --property=MainPID --value slurmdbd.service"]);
    expect(await ended).toEqual([7, null]);
  });
});

it("is done every hour, on the head by whom the logs belong to", () => {
  const files = new Map(rotationFiles("head").map(({ path, content }) => [path, String(content)]));
  expect(files.get("/etc/systemd/system/sluice-rotation.service")).toContain("\nUser=slurm\n");
  expect(files.get(`/etc/systemd/system/${ROTATION_TIMER}`)).toContain("OnUnitInactiveSec=1h");
});

it("is shell that shellcheck has nothing against", () => {
  expect(shellcheck([script("head"), script("compute")])).toBe("");
});
