import { chmod, copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { SITE_SECRETS } from "@sluice/boot";
import type { LiveSite } from "./live-site.ts";
import { siteFolders } from "./live-site.ts";
import { siteBackupFolder } from "./site-backups.ts";
import { siteMachineSecrets, siteSocketDir, siteVolume } from "./site-paths.ts";
import { ensureMachineSecrets, ensureSiteSecrets } from "./site-secrets.ts";

/** Makes every folder of a site and its secrets; those that are there stay as they are. */
export async function makeSiteFolders(site: LiveSite): Promise<void> {
  const { paths, slots, row, address } = site;
  const make = (folder: string, mode: number): Promise<unknown> =>
    mkdir(folder, { recursive: true, mode });
  await make(paths.root, 0o711);
  const open = [paths.names, ...slots.map(({ node }) => siteVolume(paths, node))];
  for (const folder of open) await make(folder, 0o755);
  const hidden = [
    paths.machines,
    paths.keys,
    ...slots.map(({ node }) => siteSocketDir(paths, node)),
  ];
  for (const folder of hidden) await make(folder, 0o700);
  await ensureSiteSecrets(paths.secrets, row.name);
  for (const name of [SITE_SECRETS.munge, SITE_SECRETS.jwt]) {
    const file = join(paths.keys, name);
    await copyFile(join(paths.secrets, name), file);
    await chmod(file, 0o400);
  }
  for (const { node, address: own } of slots) {
    const folder = siteMachineSecrets(paths, node);
    await ensureMachineSecrets(paths.secrets, { folder, name: node, addresses: [own, address] });
  }
  await make(siteBackupFolder(site), 0o700);
  for (const { source, target } of siteFolders(site)) {
    await make(source, 0o755);
    // Like /tmp: everybody may put things there, nobody may take another's away.
    await chmod(source, target === "/home" ? 0o755 : 0o1777);
  }
}
