import type { SharedStorage } from "@sluice/model";
import { efs } from "../../infrastructure/synth/storage/efs.ts";
import { lustre } from "../../infrastructure/synth/storage/lustre.ts";
import { SITE_OUTPUTS } from "../outputs.ts";
import type { SiteScope } from "./contract.ts";
import type { SiteNetwork } from "./network.ts";
import type { SitePorts } from "./ports.ts";

/** Ids of what was made, by output. */
export type MadeFileSystems = Readonly<Record<string, string>>;

/** Every site has these, unless its `SharedStorage` has something there. */
const ALWAYS = { homes: "/home", shared: "/shared" } as const;

/**
 * File systems that all clusters mount: homes, `/shared`, and what the file names and is not there
 * yet. EFS is in all zones; of Lustre each zone has its own, since one is in one zone.
 */
export function makeSiteStorage(
  scope: SiteScope,
  network: SiteNetwork,
  ports: SitePorts,
): MadeFileSystems {
  const { SharedStorage: storages } = scope.config;
  const taken = new Set(storages.map(({ MountDir }) => MountDir));
  const always = Object.entries(ALWAYS).filter(([, mountDir]) => !taken.has(mountDir));
  return Object.fromEntries([
    ...always.map(([name, mountDir]) => [
      SITE_OUTPUTS.fileSystem(mountDir),
      makeEfs(scope, network, ports, { name, settings: undefined }),
    ]),
    ...storages.flatMap((storage) => ofStorage(scope, network, ports, storage)),
  ]);
}

function ofStorage(
  scope: SiteScope,
  network: SiteNetwork,
  ports: SitePorts,
  storage: SharedStorage,
): readonly (readonly [string, string])[] {
  const { Name, MountDir, StorageType, EfsSettings, FsxLustreSettings } = storage;
  if (StorageType === "Efs" && EfsSettings?.FileSystemId === undefined) {
    const wish = { name: `storage-${Name}`, settings: EfsSettings };
    return [[SITE_OUTPUTS.fileSystem(MountDir), makeEfs(scope, network, ports, wish)]];
  }
  if (StorageType !== "FsxLustre" || FsxLustreSettings?.FileSystemId !== undefined) return [];
  return network.subnets.map(({ zone, subnetId }) => {
    const place = { vpcId: network.vpcId, machineSubnets: [subnetId], headSubnet: subnetId };
    const one = { ...storage, Name: `${Name}-${zone}` };
    const { id = "" } = lustre(scope, place, { machines: [ports.members] }, one);
    return [SITE_OUTPUTS.fileSystem(MountDir, zone), id];
  });
}

function makeEfs(
  scope: SiteScope,
  { vpcId, subnets }: SiteNetwork,
  ports: SitePorts,
  wish: { readonly name: string; readonly settings: SharedStorage["EfsSettings"] },
): string {
  const place = { vpcId, mountSubnets: subnets };
  const storage = { ...wish, backedUp: true, elastic: wish.settings === undefined };
  return efs(scope, place, { machines: [ports.members] }, storage).id ?? "";
}
