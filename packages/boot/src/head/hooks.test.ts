import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { shellcheck } from "../testing/user-data.ts";
import { HOOK_PATHS, headHooks } from "./hooks.ts";

it("hooks are shell that shellcheck has nothing against", () => {
  expect(shellcheck(headHooks().map(({ content }) => String(content)))).toBe("");
});

describe("before slurmctld is started", () => {
  interface Given {
    readonly first?: string;
    readonly jobs?: readonly string[];
    readonly kept?: string;
  }

  /** @returns FirstJobId as it is then. */
  function numbered({ first = "1", jobs = [], kept }: Given): string | undefined {
    const folder = mkdtempSync(join(tmpdir(), "sluice-numbers-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [conf, state, highest, script] = ["slurm.conf", "state", "highest", "hook"].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    writeFileSync(conf, `ClusterName=demo\nFirstJobId=${first}\nMaxJobCount=1000\n`, {
      mode: 0o640,
    });
    for (const job of jobs) mkdirSync(join(state, job), { recursive: true });
    if (kept !== undefined) writeFileSync(highest, kept);
    const hook = headHooks().find(({ path }) => path === HOOK_PATHS.numberJobs);
    writeFileSync(script, String(hook?.content), { mode: 0o755 });
    execFileSync(script, [conf, state, highest]);
    expect(statSync(conf).mode & 0o777).toBe(0o640);
    const lines = readFileSync(conf, "utf8").split("\n");
    expect([lines[0], lines[2]]).toEqual(["ClusterName=demo", "MaxJobCount=1000"]);
    return /^FirstJobId=(.*)$/.exec(lines[1] ?? "")?.[1];
  }

  it("no number is given away again whose job has a folder, or is over", () => {
    expect(numbered({ jobs: ["hash.1/job.11", "hash.9/job.109", "hash.2/job.92"] })).toBe("110");
    expect(numbered({ jobs: ["hash.1/job.11"], kept: "300\n" })).toBe("301");
    expect(numbered({ jobs: ["hash.1/job.11"], kept: "3\n" })).toBe("12");
  });

  it("a number that is high enough stays", () => {
    expect(numbered({ first: "500", jobs: ["hash.1/job.11"] })).toBe("500");
    expect(numbered({})).toBe("1");
  });

  it("what is no number is nothing", () => {
    expect(numbered({ jobs: ["hash.1/job.11.new", "other/job.99"], kept: "$(reboot)\n" })).toBe(
      "1",
    );
    expect(numbered({ jobs: ["hash.1/job.67000000"] })).toBe("1");
  });
});
