import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { awakeBelow, freezeBelow, thawBelow } from "./frozen.ts";

test("stops all that a machine runs, and what it starts meanwhile, but not its launcher", async () => {
  const script = "while :; do sleep 0.01; done & echo there; while :; do sleep 0.01; done";
  const launcher = spawn("sh", ["-c", `sh -c '${script}'; true`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = launcher.pid ?? 0;
  const inside = () => awakeBelow(pid);
  try {
    await once(launcher.stdout, "data");
    expect(inside()).toContain("sh");
    freezeBelow(pid);
    expect(inside()).toEqual([]);
    expect(readFileSync(`/proc/${pid}/stat`, "utf8")).not.toMatch(/\) T /);
    freezeBelow(pid);
    thawBelow(pid);
    await expect.poll(inside).toContain("sh");
  } finally {
    freezeBelow(pid);
    for (const one of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" "))
      killTree(Number(one));
    launcher.kill("SIGKILL");
  }
});

function killTree(pid: number): void {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  for (const child of children === "" ? [] : children.split(" ")) killTree(Number(child));
  process.kill(pid, "SIGKILL");
}
