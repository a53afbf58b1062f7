import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { SITE_LAYOUT } from "@sluice/boot";
import type { LaunchRequest, Machine, MachineRole } from "@sluice/cloud";
import type { LocalMachineType } from "@sluice/model";
import { addressAt } from "../host/network.ts";
import type { ProcessRef } from "../host/processes.ts";
import { GUEST_DIR } from "../leadership.ts";
import { type Bind, type MachineSpec, quote } from "../machines/process.ts";
import { cloudSocketDir } from "../paths.ts";
import { SITE_KEYS } from "../site-keys.ts";
import { isOneOfTwo } from "./head-slots.ts";
import type { LiveCluster } from "./live-cluster.ts";
import { type LiveSite, siteFolders } from "./live-site.ts";
import { bridgeOf, type Place } from "./place.ts";
import { siteBackupFolder } from "./site-backups.ts";
import { siteMachineSecrets, siteSocketDir, siteVolume } from "./site-paths.ts";
import type { MachineRow } from "./store.ts";

/** Where a machine may be: of a cluster, or of a site itself. */
export type LivePlace = LiveCluster | LiveSite;

export function newRow(
  place: Pick<Place, "owner"> & { readonly row: { readonly imageRoot: string } },
  role: MachineRole,
  request: LaunchRequest,
  address: string,
): MachineRow {
  return {
    id: `m-${randomBytes(6).toString("hex")}`,
    cluster: place.owner,
    token: request.token,
    role,
    node: request.node,
    queue: role === "compute" ? request.pool.queue : null,
    computeResource: role === "compute" ? request.pool.computeResource : null,
    instanceType: request.offering.instanceType,
    zone: request.offering.zone,
    market: request.offering.market,
    state: "pending",
    address,
    launchedAt: new Date().toISOString(),
    tags: JSON.stringify(request.tags),
    proof: randomBytes(24).toString("hex"),
    pid: null,
    startTicks: null,
    goneAt: null,
    image: place.row.imageRoot,
  };
}

/** All that is needed to switch a machine on, for the first time or again. */
export function machineSpec(
  place: LivePlace,
  type: LocalMachineType,
  row: MachineRow,
  at: {
    readonly directory: string;
    readonly guest: string;
    readonly group: string;
    readonly userData: string;
    readonly isNew: boolean;
  },
): MachineSpec {
  return {
    id: row.id,
    // Slurm's controller has one host name, whichever machine it runs on.
    name: row.role === "head" ? "head" : row.node,
    kind: type.light ? "light" : "booted",
    directory: at.directory,
    image: row.image ?? place.row.imageRoot,
    address: row.address,
    prefix: place.network.prefix,
    gateway: addressAt(place.network, 1),
    bridge: bridgeOf(place, row.zone),
    isPlugged: !place.isUnplugged(row.id),
    delaySeconds: at.isNew ? type.simulatedBootSeconds : 0,
    userData: type.neverBoots ? inert(type.light) : at.userData,
    limits: { vcpus: type.vcpus, memoryMiB: type.memoryMiB },
    group: at.group,
    binds:
      place.kind === "site"
        ? siteBinds(place, row.node, at.guest)
        : [...place.storage, ...roleBinds(place, row, at.guest, type.light)],
    // It gives the common address up without help.
    ...(row.role !== "compute" && isOneOfTwo(row.node) ? { capabilities: ["CAP_NET_ADMIN"] } : {}),
  };
}

function roleBinds(
  cluster: LiveCluster,
  row: MachineRow,
  guest: string,
  light: boolean,
): readonly Bind[] {
  const { paths } = cluster;
  if (row.role === "head") {
    return [
      { mode: "ro", source: paths.headNames, target: "/etc/sluice/names" },
      { mode: "rw", source: paths.volume, target: "/var/lib/sluice" },
      { mode: "ro", source: cluster.row.bundle, target: "/opt/sluice" },
      { mode: "rw", source: cloudSocketDir(paths, row.node), target: "/run/sluice-cloud" },
      { mode: "rw", source: paths.munge, target: "/run/munge" },
      ...(cluster.siteKeys === undefined
        ? []
        : [{ mode: "ro" as const, source: cluster.siteKeys, target: SITE_KEYS }]),
      ...(cluster.siteBackups === undefined
        ? []
        : [{ mode: "rw" as const, source: cluster.siteBackups, target: SITE_LAYOUT.backups }]),
      ...(isOneOfTwo(row.node) ? [{ mode: "ro" as const, source: guest, target: GUEST_DIR }] : []),
    ];
  }
  return [
    { mode: "ro", source: paths.names, target: "/etc/sluice/names" },
    light
      ? { mode: "rw", source: paths.munge, target: "/run/munge" }
      : { mode: "ro", source: guest, target: GUEST_DIR },
  ];
}

function siteBinds(site: LiveSite, node: string, guest: string): readonly Bind[] {
  const { paths, row } = site;
  return [
    { mode: "ro", source: paths.names, target: "/etc/sluice/names" },
    { mode: "rw", source: siteVolume(paths, node), target: "/var/lib/sluice" },
    { mode: "ro", source: row.bundle, target: "/opt/sluice" },
    { mode: "rw", source: siteSocketDir(paths, node), target: "/run/sluice-cloud" },
    { mode: "ro", source: row.serverBundle, target: dirname(dirname(SITE_LAYOUT.server)) },
    { mode: "ro", source: siteMachineSecrets(paths, node), target: SITE_LAYOUT.secrets },
    { mode: "rw", source: siteBackupFolder(site), target: SITE_LAYOUT.backups },
    // The site file may have backups go into one of them.
    ...siteFolders(site),
    { mode: "ro", source: guest, target: GUEST_DIR },
  ];
}

/** User data of a machine that comes up and does nothing. */
function inert(light: boolean): string {
  return light ? `exec sleep infinity\n` : `#cloud-config\nruncmd: [[echo, ${quote("idle")}]]\n`;
}

export function refOf(row: MachineRow): ProcessRef | undefined {
  return row.pid === null || row.startTicks === null
    ? undefined
    : { pid: row.pid, startTicks: row.startTicks };
}

export function toMachine(row: MachineRow): Machine {
  return {
    id: row.id,
    token: row.token,
    role: row.role,
    node: row.node,
    pool:
      row.queue === null || row.computeResource === null
        ? undefined
        : { queue: row.queue, computeResource: row.computeResource },
    offering: { instanceType: row.instanceType, zone: row.zone, market: row.market },
    // Switched on until it is off.
    state: row.state === "halting" ? "running" : row.state,
    address: row.address,
    launchedAt: new Date(row.launchedAt),
    tags: JSON.parse(row.tags) as Record<string, string>,
  };
}
