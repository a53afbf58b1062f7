import { type BackupStore, type RestoredSite, restoreSite } from "@sluice/lifecycle";
import type { Context } from "../context.ts";
import type { Paint } from "../render/paint.ts";

/** `sluice restore --site-name`. Errors: those of `restoreSite`. */
export async function restoreWholeSite(
  context: Context,
  wanted: {
    readonly name: string;
    readonly store: BackupStore;
    readonly file: string;
    readonly identities: readonly string[];
  },
): Promise<number> {
  const { name, store, file, identities } = wanted;
  const cloud = await context.openCloud(context.provider ?? "local");
  const { onProgress } = context.showProgress(
    "interrupted: taking down what was made; press Ctrl-C again to leave it as it is",
  );
  const restored = await restoreSite({
    ...{ cloud, name, identities, onProgress, signal: context.signal },
    clock: context.host.clock,
    ...{ store, file },
  });
  await context.output.emit(restored, lines);
  return 0;
}

function lines({ site, backup, clusters }: RestoredSite, paint: Paint): string {
  return [
    `${site.siteName} is ${paint.state(site.siteStatus)}, as it was at ${backup.createdAt.toISOString()}`,
    `  portal and API: ${site.url ?? "none"}`,
    ...clusters.map(({ cluster, jobs }) => {
      const count = Object.entries(jobs).map(([state, number]) => `${number} ${state}`);
      return `  ${cluster.clusterName}: ${count.length === 0 ? "no jobs" : count.join(", ")}`;
    }),
    "  homes and shared folders are not in a backup",
    "",
  ].join("\n");
}
