import type { Clock } from "@sluice/model";
import { type ClusterSnapshot, headControl } from "./head-control.ts";
import { type ClusterOperation, requireHead } from "./operation.ts";

const PERIOD_SECONDS = 1;

/**
 * Queue and nodes now.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `HEAD_UNREACHABLE`.
 */
export async function clusterSnapshot(operation: ClusterOperation): Promise<ClusterSnapshot> {
  const { cloud, name, signal } = operation;
  await requireHead(cloud, name);
  return headControl(cloud.shell, name, signal === undefined ? {} : { signal }).snapshot();
}

/** A snapshot, or the error that came instead of one. */
export type Watched =
  | { readonly ok: true; readonly snapshot: ClusterSnapshot }
  | { readonly ok: false; readonly error: unknown };

/**
 * A snapshot about every second until `signal` fires, then it returns. A look that fails is an
 * element like any other: the head may be back at the next.
 *
 * Errors: `CLUSTER_NOT_FOUND` and `CLUSTER_WRONG_STATE`, before the first element.
 */
export async function* watchCluster(
  operation: ClusterOperation & { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<Watched> {
  const { cloud, name, clock, signal } = operation;
  await requireHead(cloud, name);
  const control = headControl(cloud.shell, name, { signal });
  while (!signal.aborted) {
    const next = clock.now().getTime() + PERIOD_SECONDS * 1000;
    const watched = await control.snapshot().then(
      (snapshot): Watched => ({ ok: true, snapshot }),
      (error: unknown): Watched => ({ ok: false, error }),
    );
    if (signal.aborted) return;
    yield watched;
    await clock.sleep(Math.max(0, next - clock.now().getTime()), signal);
  }
}
