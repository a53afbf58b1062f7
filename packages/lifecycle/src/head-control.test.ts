import type { ExecResult, HeadShell } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { headControl } from "./head-control.ts";
import { createdCluster } from "./testing/index.ts";

function shellThat(answer: Partial<ExecResult> | Error): HeadShell {
  return {
    exec: async () => {
      if (answer instanceof Error) throw answer;
      return { exitCode: 0, stdout: "", stderr: "", ...answer };
    },
    attach: async () => 0,
  };
}

describe("headControl", () => {
  it("asks a head for each of its documents", async () => {
    const { cloud, name, head } = await createdCluster();
    head.events = [
      { time: "2026-01-05T08:00:01Z", kind: "launch", message: "one" },
      { time: "2026-01-05T08:00:02Z", kind: "ready", message: "two" },
    ];
    const control = headControl(cloud.shell, name);
    expect(await control.fleet()).toMatchObject({ status: "STARTING" });
    expect(await control.jobs()).toEqual([]);
    expect((await control.events(1)).events.map(({ message }) => message)).toEqual(["two"]);
    expect(await control.snapshot()).toMatchObject({ nodes: [], jobs: [] });
  });

  it("gives the head's own error back as it was", async () => {
    const error = {
      code: "SLURM_DOWN",
      source: "system",
      message: "slurmctld is off",
      hint: "wait",
    };
    const shell = shellThat({ exitCode: 1, stdout: JSON.stringify({ error }) });
    await expect(headControl(shell, "demo").fleet()).rejects.toMatchObject(error);
  });

  it.each<[string, Partial<ExecResult> | Error]>([
    ["a machine that is off", new Error("no such machine")],
    ["a program that is missing", { exitCode: 127, stderr: "sluice-head: not found\n" }],
    ["half an answer", { stdout: '{"status":' }],
    ["an answer with a failure", { exitCode: 2, stdout: "{}" }],
  ])("calls %s unreachable", async (_what, answer) => {
    await expect(headControl(shellThat(answer), "demo").fleet()).rejects.toMatchObject({
      code: "HEAD_UNREACHABLE",
      source: "system",
      message: expect.stringContaining("demo does not answer"),
    });
  });

  it("lets through what the caller can mend", async () => {
    const shell = shellThat(new SluiceError("NEEDS_ROOT", "user", "only root may do this"));
    await expect(headControl(shell, "demo").fleet()).rejects.toMatchObject({ code: "NEEDS_ROOT" });
  });
});
