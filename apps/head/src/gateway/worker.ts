import { serveWorker } from "@sluice/gateway/worker";

/** As the user that the gateway started it for, until its input ends: that is the gateway's life. */
export async function worker([text = ""]: readonly string[]): Promise<void> {
  const { socketPath, roots } = JSON.parse(text) as {
    readonly socketPath: string;
    readonly roots: readonly { readonly path: string; readonly name: string }[];
  };
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  process.stdin.once("end", () => stop.abort()).resume();
  try {
    process.chdir(process.env.HOME ?? "/");
  } catch {
    // A home that is not there yet, or not to be entered, is told by what is asked of it.
  }
  await serveWorker({ socketPath, signal: stop.signal, roots });
  // What is left are connections that nobody needs.
  if (stop.signal.aborted) process.exit(0);
  await new Promise((resolve) => stop.signal.addEventListener("abort", resolve, { once: true }));
  process.exit(0);
}
