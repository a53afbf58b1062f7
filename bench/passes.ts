import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { HEAD_NODE_FLAGS } from "@sluice/boot";
import { add } from "./report.ts";

/** The node manager's own speed and size, each measured in a process of its own. */
export async function measurePasses(): Promise<void> {
  const pass = await child<{ milliseconds: number[]; residentMB: number }>("pass");
  add(
    "a pass over 20,000 nodes, 10,000 machines",
    "s",
    pass.milliseconds.map((ms) => ms / 1000),
    1,
  );
  add("  resident memory of it", "MB", [pass.residentMB], 300);
  const first = await child<{ milliseconds: number[] }>("first-call");
  const sorted = first.milliseconds.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  add("resume of 1,000 nodes to the first call of the cloud", "ms", first.milliseconds);
  add(`  the 99th percentile of ${sorted.length}`, "ms", [at(0.99)], 200);
}

function child<T>(what: string): Promise<T> {
  const program = fileURLToPath(new URL("pass-process.ts", import.meta.url));
  const args = [...HEAD_NODE_FLAGS, program, what];
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    process_.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    process_.on("error", reject);
    process_.on("exit", (code) => {
      if (code === 0) resolve(JSON.parse(text) as T);
      else reject(new Error(`the measurement of ${what} ended with ${code}`));
    });
  });
}
