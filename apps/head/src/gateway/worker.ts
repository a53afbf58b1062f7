import { createInterface } from "node:readline";
import { serveWorker } from "@sluice/gateway/worker";
import type { rootsOf } from "./roots.ts";

type Roots = ReturnType<typeof rootsOf>;

/**
 * As the user that the gateway started it for, until its input ends: that is the gateway's life. Each
 * line there is the user's roots as they are from then on.
 */
export async function worker([socketPath = ""]: readonly string[]): Promise<void> {
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  const { promise: first, resolve } = Promise.withResolvers<Roots>();
  let roots: Roots = [];
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      roots = JSON.parse(line) as Roots;
      resolve(roots);
    })
    .once("close", () => stop.abort());
  stop.signal.addEventListener("abort", () => resolve(roots), { once: true });
  await first;
  try {
    process.chdir(process.env.HOME ?? "/");
  } catch {
    // A home that is not there yet, or not to be entered, is told by what is asked of it.
  }
  await serveWorker({ socketPath, signal: stop.signal, roots: () => roots });
  // What is left are connections that nobody needs.
  process.exit(0);
}
