import { SluiceError } from "@sluice/model";
import type { Say } from "./apply.ts";
import type { ClusterFilesStore } from "./cluster-files.ts";
import type { DeployContext } from "./context.ts";

export interface Awaited {
  readonly name: string;
  readonly files: Pick<ClusterFilesStore, "ready" | "report">;
  /** Of two heads the one that leads says that it is ready where the other one can't overwrite it. */
  readonly hasTwo: boolean;
  /** When a head reported last, before this began. */
  readonly before?: string | undefined;
  readonly seconds: number;
  readonly say: Say;
  readonly signal: AbortSignal;
  /** What else is known of why there is none. */
  readonly failure?: () => Promise<string | undefined>;
}

/**
 * Looks at what heads say until one is ready. Errors: `HEAD_SETUP_FAILED`, `HEAD_TIMEOUT`.
 */
export async function untilReady(context: DeployContext, awaited: Awaited): Promise<void> {
  const { clock, lookEvery } = context;
  const { before, failure, files, hasTwo, name, say, signal } = awaited;
  const until = clock.now().getTime() + awaited.seconds * 1000;
  let told = "";
  for (;;) {
    const report = await files.report();
    const isNew = report !== undefined && report.at !== before;
    const ready = hasTwo ? await files.ready() : report;
    const isReady = ready?.status === "ready" && (before === undefined || ready.at > before);
    if (isReady) return;
    if (isNew && report.status === "failed") {
      throw new SluiceError(
        "HEAD_SETUP_FAILED",
        "system",
        `the head of ${name} could not be set up: ${report.message}`,
        { hint: `see: sluice logs -n ${name} head` },
      );
    }
    const message = isNew ? report.message : ((await failure?.()) ?? "");
    if (message !== "" && message !== told) say("head", "info", message);
    told = message;
    signal.throwIfAborted();
    if (clock.now().getTime() > until) throw late(name, told);
    await clock.sleep(lookEvery, signal);
  }
}

function late(name: string, told: string): SluiceError {
  const last = told === "" ? "it said nothing" : `the last that was heard: ${told}`;
  return new SluiceError("HEAD_TIMEOUT", "system", `the head of ${name} is not ready; ${last}`, {
    hint: `it goes on; see: sluice logs -n ${name} head`,
  });
}
