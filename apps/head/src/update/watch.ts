import type { ClusterFiles } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import type { ClusterStateFile } from "../cluster-state.ts";

export interface WatchOptions {
  readonly state: ClusterStateFile;
  readonly files: ClusterFiles;
  readonly clock: Clock;
  /** Starts the update; nothing when it runs. */
  readonly begin: () => Promise<unknown>;
}

const LOOK_SECONDS = 15;

/**
 * Looks now and then whether the cluster is to be another one, until `signal` fires. Whoever gives
 * it a file tells its head at once; this is for when nobody could.
 */
export async function watchForUpdates(options: WatchOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (await isWanted(options).catch(() => false)) await options.begin().catch(() => {});
    await options.clock.sleep(LOOK_SECONDS * 1000, signal);
  }
}

async function isWanted({ state: file, files }: WatchOptions): Promise<boolean> {
  const state = file.read();
  if (state === undefined) return false;
  if (state.update !== undefined) return true;
  const { version } = await files.wanted();
  const { inForce, gaveUpOn } = state;
  return version !== gaveUpOn && !(inForce.kind === "file" && inForce.version === version);
}
