import { stringify } from "yaml";
import { SITE_LAYOUT, type SiteIdentity } from "./layout.ts";

/**
 * cloud-init user data of a machine of a site: who it is, and Sluice's own program, which is there
 * already. There is no secret in it.
 */
export function renderSiteUserData(identity: SiteIdentity): string {
  const document = {
    hostname: identity.name,
    preserve_hostname: true,
    write_files: [
      {
        path: SITE_LAYOUT.siteFile,
        permissions: "0644",
        content: `${JSON.stringify(identity)}\n`,
      },
    ],
    runcmd: [[SITE_LAYOUT.program, "site-setup"]],
  };
  return `#cloud-config\n${stringify(document, { lineWidth: 0 })}`;
}
