import { deleteCluster } from "../delete-cluster.ts";
import { interrupted, type LongOperation, signalOf } from "../operation.ts";
import { requireSite, siteFileOf, sitesOf } from "./operation.ts";

export interface DeleteSite extends LongOperation {
  /** Keep homes and shared folders. */
  readonly retainStorage: boolean;
}

export interface DeletedSite {
  readonly siteName: string;
  readonly siteStatus: "DELETE_COMPLETE";
  readonly kept: readonly string[];
}

/**
 * Removes a site with all its clusters, in whatever state they are. After a failure the site is still
 * listed: delete it again.
 *
 * Errors: `SITE_NOT_FOUND`, `INTERRUPTED`, and what the cloud says.
 */
export async function deleteSite(operation: DeleteSite): Promise<DeletedSite> {
  const { cloud, clock, name, signal, retainStorage } = operation;
  const record = await requireSite(cloud, name);
  const onProgress = operation.onProgress ?? (() => {});
  try {
    for (const { Name } of siteFileOf(record).Clusters) {
      if ((await cloud.infrastructure.describe(Name)) === undefined) continue;
      await deleteCluster({
        ...{ cloud, clock, name: Name, retainAccounting: false, onProgress },
        ...(signal === undefined ? {} : { signal }),
      });
    }
    const options = { onProgress, signal: signalOf(operation), retainStorage };
    const { kept } = await sitesOf(cloud).destroy(name, options);
    return { siteName: name, siteStatus: "DELETE_COMPLETE", kept };
  } catch (error) {
    if (!signal?.aborted) throw error;
    const hint = `finish it with: sluice delete-site -n ${name}`;
    throw interrupted(`deleting site ${name}`, hint, error);
  }
}
