import type { ManagedSiteSecret, SiteIdentity } from "@sluice/boot";

/**
 * What a machine of a site has to know of its account: the site's stack writes it as parameters of
 * SSM, each a JSON object of at most 4 KB, and `mergeFacts` puts them together, those that all machines
 * have (`siteFactsPath` and `/site`) before the machine's own (`/machines/NAME`). There is no secret
 * in it.
 */
export interface SiteMachineFacts {
  /** ARN of the site's stack, and the resource in it that waits for this machine. */
  readonly stack: { readonly id: string; readonly resource: string };
  readonly bucket: { readonly name: string; readonly prefix: string };
  /** `provider` is `aws`, `peers` is empty, `database` is there; without `serverFile`. */
  readonly identity: SiteIdentity;
  /** Where logs of machines go; missing: they stay there. */
  readonly logGroup?: string;
  /** Object with `SiteIdentity.serverFile`, where the site file names one. */
  readonly serverFileKey?: string;
  /**
   * ARNs in Secrets Manager. `munge` is in base64, as a cluster's `MungeKeySecretArn`; a password may
   * be a JSON object with a `password`; all others are their own text.
   */
  readonly secrets: Readonly<Record<ManagedSiteSecret, string>>;
}
