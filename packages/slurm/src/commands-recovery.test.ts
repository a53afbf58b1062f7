import { describe, expect, test } from "vitest";
import { isUnreachable } from "./answers.ts";
import { createSlurmCommands } from "./commands.ts";
import type { RunResult } from "./exec-runner.ts";

const ok = (stdout = ""): RunResult => ({ exitCode: 0, stdout, stderr: "" });
const no = (stderr: string): RunResult => ({ exitCode: 1, stdout: "", stderr });

function scripted(...answers: RunResult[]) {
  const asked: string[][] = [];
  const control = createSlurmCommands({
    run: async (argv) => {
      asked.push([...argv]);
      return answers.shift() ?? no(`nothing to answer to ${argv.join(" ")}`);
    },
  });
  return { asked, control };
}

describe("what slurmctld may have forgotten", () => {
  test("the last runs of many jobs come in one command, none but theirs", async () => {
    const { asked, control } = scripted(
      ok(
        [
          "30|COMPLETED|2026-11-20T23:12:10|2026-11-20T23:12:13",
          "31|CANCELLED by 1000|2026-11-20T23:12:10|2026-11-20T23:12:14",
          "32|RUNNING|2026-11-20T23:12:10|Unknown",
          "33|PENDING|None|Unknown",
          "",
        ].join("\n"),
      ),
    );
    expect(await control.lastRuns([30, 32, 31])).toEqual([
      {
        jobId: 30,
        state: "COMPLETED",
        start: new Date("2026-11-20T23:12:10Z"),
        end: new Date("2026-11-20T23:12:13Z"),
      },
      expect.objectContaining({ jobId: 31, state: "CANCELLED" }),
      expect.objectContaining({ jobId: 32, state: "RUNNING", end: undefined }),
    ]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain("--jobs=30,32,31");
  });

  test("very many are asked for in parts", async () => {
    const { asked, control } = scripted(ok(), ok(), ok());
    await control.lastRuns(Array.from({ length: 12_000 }, (_, i) => 10_000_000 + i));
    expect(asked).toHaveLength(3);
    for (const argv of asked) expect(Math.max(...argv.map((w) => w.length))).toBeLessThan(100_000);
  });

  test("accounting that is away is unreachable, and none at all knows of no run", async () => {
    // Printed by sacct 24.11.5.
    const away = no(
      "sacct: error: _open_persist_conn: failed to open persistent connection to host:head:6819: Connection refused\n" +
        "sacct: error: Sending PersistInit msg: Connection refused\n",
    );
    const { control } = scripted(away, no("Slurm accounting storage is disabled\n"));
    expect(isUnreachable(await control.lastRuns([1]).catch((e: unknown) => e))).toBe(true);
    expect(await control.lastRuns([1])).toEqual([]);
  });

  test("slurmctld says when it was started", async () => {
    const config = (value: string) =>
      ok(
        `Configuration data as of 2026-11-20T23:14:00\nBatchStartTimeout       = 10 sec\nBOOT_TIME               = ${value}\n`,
      );
    const { control } = scripted(config("2026-11-20T23:13:46"), config("N/A"));
    expect(await control.startedAt()).toEqual(new Date("2026-11-20T23:13:46Z"));
    expect(await control.startedAt()).toBeUndefined();
  });

  test("the state of nodes is written down by an update that changes nothing", async () => {
    const { asked, control } = scripted(ok());
    await control.saveNodes("cpu-dy-a-1");
    expect(asked).toEqual([["scontrol", "update", "NodeName=cpu-dy-a-1", "State=POWER_UP"]]);
  });
});
