import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { add } from "./report.ts";

interface Measured {
  readonly milliseconds: readonly number[];
  readonly together: number;
  readonly loaded: number;
  readonly memoryMB: number;
  readonly blockedMs: number;
}

/** The job cache over 100,000 jobs, in a process of its own. */
export async function measureJobs(): Promise<void> {
  const measured = await child();
  const sorted = measured.milliseconds.toSorted((a, b) => a - b);
  add("100,000 jobs read into the job cache", "s", [measured.loaded]);
  add("  memory of it", "MB", [measured.memoryMB], 300);
  add("a search of them, of eight kinds", "ms", sorted);
  add("  the 95th percentile", "ms", [sorted[Math.ceil(0.95 * sorted.length) - 1] ?? NaN], 300);
  add("  eight at once", "ms", [measured.together]);
  add("  the longest that anything else waited", "ms", [measured.blockedMs], 50);
}

function child(): Promise<Measured> {
  const program = fileURLToPath(new URL("jobs-process.ts", import.meta.url));
  const args = ["--expose-gc", "--disable-warning=ExperimentalWarning", program];
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    running.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    running.on("error", reject);
    running.on("exit", (code) => {
      if (code === 0) resolve(JSON.parse(text) as Measured);
      else reject(new Error(`the measurement of the job cache ended with ${code}`));
    });
  });
}
