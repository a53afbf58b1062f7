import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SITE_SECRETS } from "@sluice/boot";
import type { Secrets } from "@sluice/cloud";

/** Where heads have the keys that all clusters of a site share. */
export const SITE_KEYS = "/run/sluice-site";

/** Names of the files there, by what they are asked for as. */
const FILES: Readonly<Record<string, string>> = {
  munge: SITE_SECRETS.munge,
  jwt: SITE_SECRETS.jwt,
};

/** Keys that a site gives the heads of its clusters; what it does not give, a head makes itself. */
export function siteKeys(folder = SITE_KEYS): Secrets {
  return {
    async read(name) {
      const file = FILES[name];
      return file === undefined ? undefined : readFile(join(folder, file));
    },
  };
}
