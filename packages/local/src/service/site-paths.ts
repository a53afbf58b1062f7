import { join } from "node:path";
import { clusterPaths, type StatePaths } from "../paths.ts";

/** Folders of a site on the host; all of it is root-only but what machines share. */
export interface SitePaths {
  readonly root: string;
  /** What the machines of all its clusters mount. */
  readonly storage: string;
  /** Keys that the heads of all its clusters have: those of munge and of Slurm's tokens. */
  readonly keys: string;
  /** All its secrets, which no machine has as a whole. */
  readonly secrets: string;
  /** Of HAProxy on this host. */
  readonly balancer: string;
  /** Holds the hosts file of its machines. */
  readonly names: string;
  readonly machines: string;
}

export function sitePaths(state: StatePaths, site: string): SitePaths {
  const root = join(state.root, "sites", site);
  return {
    root,
    storage: join(root, "storage"),
    keys: join(root, "keys"),
    secrets: join(root, "secrets"),
    balancer: join(root, "balancer"),
    names: join(root, "names"),
    machines: join(root, "machines"),
  };
}

/** The volume of a machine of the site, which outlives it. */
export function siteVolume({ root }: SitePaths, node: string): string {
  return join(root, "volumes", node);
}

/** The secrets that a machine of the site has. */
export function siteMachineSecrets({ root }: SitePaths, node: string): string {
  return join(root, "machine-secrets", node);
}

/** The folder of the socket by which a machine of the site reaches the service. */
export function siteSocketDir({ root }: SitePaths, node: string): string {
  return join(root, "sockets", node);
}

/** Whose the machines of a site itself are. */
export function siteOwner(site: string): string {
  return `site:${site}`;
}

/** The site of an owner; undefined of a cluster. */
export function siteOf(owner: string): string | undefined {
  return /^site:(.*)$/.exec(owner)?.[1];
}

/** Folder of the folders of an owner's machines. */
export function machinesFolder(state: StatePaths, owner: string): string {
  const site = siteOf(owner);
  return site === undefined ? clusterPaths(state, owner).machines : sitePaths(state, site).machines;
}
