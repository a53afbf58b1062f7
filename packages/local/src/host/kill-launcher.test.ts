import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { findByArgument, killLauncher, processRef } from "./processes.ts";

const ARGUMENTS = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child"];

test("a launcher that is killed in its first instants leaves nothing of what it started", async () => {
  const mark = `sluice-test-${process.pid}`;
  for (let i = 0; i < 120; i++) {
    const child = spawn("unshare", [...ARGUMENTS, "sh", "-c", "sleep 60", mark], {
      stdio: "ignore",
    });
    const ref = child.pid === undefined ? undefined : processRef(child.pid);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // From before its fork to well after it.
    await new Promise((resolve) => setTimeout(resolve, (i % 8) * 0.75));
    if (ref !== undefined) killLauncher(ref);
    await ended;
  }
  await expect.poll(() => findByArgument(mark), { timeout: 2000 }).toEqual([]);
});
