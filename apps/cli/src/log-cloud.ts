import type { Cloud } from "@sluice/cloud";
import { clusterNotFound } from "@sluice/lifecycle";
import type { Context } from "./context.ts";

/** The cloud that has a cluster, or logs of one that is gone. Errors: as `Context.cloudOf`. */
export async function cloudWithLogsOf(context: Context, cluster: string): Promise<Cloud> {
  const has = async ({ infrastructure, logs }: Cloud): Promise<boolean> =>
    (await infrastructure.describe(cluster)) !== undefined ||
    ((await logs?.list(cluster)) ?? []).length > 0;
  return context.cloudWith(has, () => clusterNotFound(cluster));
}
