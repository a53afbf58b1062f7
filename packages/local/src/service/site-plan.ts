import { renderSiteUserData, SITE_SERVER_PORT } from "@sluice/boot";
import { findingsError, parseStoredSiteFile, type SiteConfig } from "@sluice/model";
import { addressAt, type Network } from "../host/network.ts";
import { commonAddress } from "./head-slots.ts";
import { siteRange } from "./site-network.ts";

/** A machine that a site is to have. */
export interface SiteSlot {
  /** Its host name. */
  readonly node: string;
  readonly zone: string;
  readonly address: string;
  readonly instanceType: string;
  readonly hasServer: boolean;
  readonly userData: string;
}

/** Of the site's own range: the host has 1, the machine with the database 2. */
const FIRST_MACHINE_ADDRESS = 3;
/** TCP port of the balancer, on the host's address in the site. */
const BALANCER_PORT = 8443;

/** A site file as the service goes by it. Errors: those of the file, with their places. */
export function readSiteFile(text: string, name: string): SiteConfig {
  const parsed = parseStoredSiteFile(text, `the file of site ${name}`);
  if (parsed.ok) return parsed.config;
  throw findingsError(parsed.findings);
}

/** Folders that the machines of a site's clusters mount from it. */
export function siteFolderNames(config: SiteConfig): readonly string[] {
  return [...new Set(["/home", "/shared", ...config.SharedStorage.map((one) => one.MountDir)])];
}

/** Where the balancer is reached on this host. */
export function balancerAt(network: Network): { readonly address: string; readonly port: number } {
  return { address: addressAt(network, 1), port: BALANCER_PORT };
}

/** Where people reach the servers. */
export function publicUrl({ Servers }: SiteConfig, network: Network): string {
  const { address, port } = balancerAt(network);
  return Servers.PublicUrl ?? `https://${address}:${port}`;
}

/** One machine a zone, as many as there are servers, and two where the database has a replica. */
export function siteSlots({
  site,
  config,
  network,
  serverText,
}: {
  readonly site: string;
  readonly config: SiteConfig;
  readonly network: Network;
  readonly serverText: string | null;
}): readonly SiteSlot[] {
  const { Servers, Database, Zones } = config;
  const count = Math.max(Servers.Count, Database.Replica ? 2 : 1);
  const range = siteRange(network, 0);
  const places = Zones.slice(0, count).map((zone, index) => ({
    node: `site-${zone}`,
    zone,
    address: addressAt(range, FIRST_MACHINE_ADDRESS + index),
    instanceType: Servers.InstanceType,
    hasServer: index < Servers.Count,
  }));
  const databases = places.map(({ node, address }) => ({ name: node, address }));
  return places.map((place, index) => ({
    ...place,
    userData: renderSiteUserData({
      site,
      provider: "local",
      name: place.node,
      address: place.address,
      number: index + 1,
      peers: databases.filter(({ name }) => name !== place.node),
      databaseAddress: commonAddress(range),
      publicUrl: publicUrl(config, network),
      trustedProxies: [addressAt(network, 1)],
      failover: {
        resubmitPending: config.Failover.ResubmitPending,
        afterSeconds: config.Failover.After.seconds,
      },
      hasServer: place.hasServer,
      ...(serverText === null ? {} : { serverFile: serverText }),
    }),
  }));
}

/** What the balancer spreads requests over. */
export function balancedServers(slots: readonly SiteSlot[]) {
  return slots
    .filter(({ hasServer }) => hasServer)
    .map(({ node, address }) => ({ name: node, address, port: SITE_SERVER_PORT }));
}
