import { setTimeout as delay } from "node:timers/promises";
import { suppressedChecks } from "@sluice/model";
import { expect, test, vi } from "vitest";
import { createFileWork } from "./file-work.ts";

// Threads take their time to start on a machine that is busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const STRICT = { suppressed: suppressedChecks([]), failureLevel: "ERROR" } as const;

/** So many queues of one compute resource each. */
function fileOf(queues: number): string {
  const text = Array.from(
    { length: queues },
    (_, index) => `    - Name: q${index}
      ComputeResources:
        - Name: small
          InstanceType: local.small
          MaxCount: 10
`,
  );
  return `Provider: local\nScheduling:\n  SlurmQueues:\n${text.join("")}`;
}

test("a file is read beside the thread that answers, which goes on meanwhile", async () => {
  await using work = createFileWork();
  await work.run("check", fileOf(1), STRICT);
  let ticks = 0;
  const over = new AbortController();
  const ticking = (async () => {
    while (!over.signal.aborted) {
      await delay(5);
      ticks += 1;
    }
  })();
  const result = await work.run("check", fileOf(2000), STRICT);
  over.abort();
  await ticking;
  const groups = result.ok ? result.config.Scheduling.SlurmQueues.length : result.findings;
  expect(groups).toBe(2000);
  expect(ticks).toBeGreaterThan(3);
});

test("findings, advice and costs are as the model has them", async () => {
  await using work = createFileWork();
  const wrong = await work.run("validate", "Provider: local\nWhat: 1\n", STRICT, "nobody asked");
  expect(wrong.ok ? [] : wrong.findings.map(({ path }) => path)).toContain("What");
  expect(await work.run("advise", "Provider: nowhere\n")).toMatchObject({ valid: false });
  expect(await work.run("advise", fileOf(1))).toMatchObject({ valid: true, findings: [] });
});

test("what takes too long is ended, and the next piece has a thread again", async () => {
  await using slow = createFileWork({ limitMs: 1 });
  const ended = slow.run("check", fileOf(2000), STRICT);
  const next = slow.run("check", fileOf(2000), STRICT);
  await expect(ended).rejects.toMatchObject({ code: "CLUSTER_FILE_TOO_SLOW" });
  await expect(next).rejects.toMatchObject({ code: "CLUSTER_FILE_TOO_SLOW" });
  await using work = createFileWork({ idleMs: 1 });
  for (let round = 0; round < 2; round += 1) {
    expect((await work.run("check", fileOf(1), STRICT)).ok).toBe(true);
    await delay(20);
  }
});

test("what takes too much memory ends with its thread, and takes nothing else along", async () => {
  await using work = createFileWork({ memoryMib: 24 });
  await expect(work.run("check", fileOf(2000), STRICT)).rejects.toMatchObject({
    code: "CLUSTER_FILE_TOO_SLOW",
    message: "the cluster file takes more than 24 MiB to read",
  });
  await using large = createFileWork();
  expect((await large.run("check", fileOf(2000), STRICT)).ok).toBe(true);
});

test("the end refuses what waits", async () => {
  const work = createFileWork();
  const [first, second] = [1, 1].map((count) => work.run("check", fileOf(count), STRICT));
  const all = Promise.allSettled([first, second]);
  await work[Symbol.asyncDispose]();
  for (const one of await all) {
    expect(one).toMatchObject({ status: "rejected", reason: { code: "SERVER_STOPPING" } });
  }
  await expect(work.run("check", fileOf(1), STRICT)).rejects.toMatchObject({
    code: "SERVER_STOPPING",
  });
});
