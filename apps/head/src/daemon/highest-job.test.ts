import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { HighestJob } from "./highest-job.ts";

const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), "sluice-highest-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
};

it("keeps the highest of all numbers, in whatever order they come", async () => {
  const path = join(folder(), "highest");
  const highest = new HighestJob(path, { warn() {} } as never);
  for (const jobId of [3, 41, 7]) highest.saw(jobId);
  await highest.settled();
  expect(readFileSync(path, "utf8")).toBe("41\n");
  highest.saw(40);
  highest.saw(42);
  await highest.settled();
  expect(readFileSync(path, "utf8")).toBe("42\n");
});

it("goes on where it could not be written", async () => {
  const said: string[] = [];
  const log = { warn: (_: unknown, text: string) => said.push(text) } as never;
  const highest = new HighestJob(join(folder(), "gone", "highest"), log);
  highest.saw(1);
  await highest.settled();
  highest.saw(2);
  await highest.settled();
  expect(said).toHaveLength(2);
});
