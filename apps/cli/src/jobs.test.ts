import { describe, expect, test } from "vitest";
import { duration, jobTable } from "./render/jobs.ts";
import { painter } from "./render/paint.ts";
import { sluiceWithDemo } from "./testing/sluice.ts";

describe("verbs about jobs", () => {
  test.each([["jobs"], ["job", "12"], ["cancel", "12"]])(
    "%s without a server wants to know the cluster",
    async (...words) => {
      const run = await sluiceWithDemo();
      const outcome = await run(...words);
      expect(outcome.code).toBe(2);
      expect(outcome.error().hint).toContain("sluice login");
    },
  );

  test("nothing but the id of a job gets into a command", async () => {
    const run = await sluiceWithDemo();
    const outcome = await run("cancel", "-n", "demo", "-u", "ada", "12;reboot");
    expect(outcome.error().code).toBe("JOB_ID_INVALID");
  });

  test("what is no script is not submitted", async () => {
    const run = await sluiceWithDemo();
    const missing = await run("submit", "-n", "demo", "--partition=q", "/nowhere/job.sh");
    expect(missing.error()).toMatchObject({ code: "USAGE" });
    expect((await run("submit", "-n", "demo", "--hold")).error().code).toBe("USAGE");
    run.host.input = "echo hello\n";
    const piped = await run("submit", "-n", "demo", "-");
    expect(piped.error().message).toBe("standard input is no script");
  });
});

describe("the list", () => {
  const job = {
    ...{ cluster: "demo", id: 12, label: "12", name: "a\u001b[2Jb", user: "ada", account: "" },
    ...{ partition: "q", qos: "", state: "PENDING", reason: "Resources", nodes: "", nodeCount: 1 },
    ...{ cpus: 1, tres: "", workingDirectory: "/", exitCode: "", restarts: 0 },
    ...{ isLive: true, isFinished: false },
  };

  test("has a line a job, with nothing that could move a cursor, and says what it leaves out", () => {
    const text = jobTable({ jobs: [job], total: 3 }, painter(false));
    expect(text.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["JOB", "NAME", "USER", "QUEUE", "STATE", "TIME", "NODES", "WHERE OR WHY"],
      ["12", "ab", "ada", "q", "PENDING", "1", "(Resources)"],
      ["1 of 3: see --limit"],
      [""],
    ]);
  });

  test("names clusters where there are several", () => {
    const jobs = [job, { ...job, cluster: "other" }];
    const text = jobTable({ jobs, total: 2 }, painter(false));
    expect(text).toMatch(/^CLUSTER/);
    expect(text).toContain("other");
  });

  test.each([
    [0, "00:00:00"],
    [93_784, "1-02:03:04"],
    [undefined, ""],
  ])("%s seconds", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
