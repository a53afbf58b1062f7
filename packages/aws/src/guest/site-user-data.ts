import { type BundleObject, type ProgramBundles, renderCloudSiteUserData } from "@sluice/boot";
import type { Os } from "@sluice/model";
import { OBJECTS, siteFactsPath, siteStackName } from "../names.ts";
import { awsGuest } from "./index.ts";

export interface SiteMachineBoot {
  readonly site: string;
  /** See `names.ts`. */
  readonly unique: string;
  /** Of the machine: `site-a`. */
  readonly name: string;
  readonly region: string;
  /** `prefix` is `OBJECTS.sitePrefix`. */
  readonly bucket: { readonly name: string; readonly prefix: string };
  readonly os: Os;
  /** Logical id in the site's stack of what waits for this machine. */
  readonly resource: string;
  readonly bundles: ProgramBundles;
  readonly server: BundleObject;
}

/**
 * User data of a machine of a site, raw. It changes with Sluice's version only: what else the stack
 * knows of the machine is in `SiteMachineFacts`.
 *
 * @throws SluiceError `USER_DATA_TOO_LARGE`
 */
export function siteUserData(boot: SiteMachineBoot): string {
  const { site, unique, name, region, bucket, os, resource, bundles, server } = boot;
  const { files, pack, agent, fetchCommand, reportCommand } = awsGuest({
    region,
    bucket: bucket.name,
    name: site,
    unique,
    prefix: OBJECTS.siteMachine(bucket.prefix, name),
    headResource: resource,
    stack: siteStackName(site),
  });
  return renderCloudSiteUserData({
    ...{ site, provider: "aws", name, os, bundles, server },
    cloud: { region, factsPath: siteFactsPath(site, unique) },
    ...{ files, pack, agent, fetchCommand, reportCommand },
  });
}
