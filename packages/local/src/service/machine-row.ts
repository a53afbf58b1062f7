import { randomBytes } from "node:crypto";
import type { LaunchRequest, Machine, MachineRole } from "@sluice/cloud";
import type { LocalMachineType } from "@sluice/model";
import { addressAt } from "../host/network.ts";
import type { ProcessRef } from "../host/processes.ts";
import { type Bind, type MachineSpec, quote } from "../machines/process.ts";
import type { LiveCluster } from "./live-cluster.ts";
import type { MachineRow } from "./store.ts";

export function newRow(
  cluster: LiveCluster,
  role: MachineRole,
  request: LaunchRequest,
  address: string,
): MachineRow {
  return {
    id: `m-${randomBytes(6).toString("hex")}`,
    cluster: cluster.row.name,
    token: request.token,
    role,
    node: request.node,
    queue: role === "head" ? null : request.pool.queue,
    computeResource: role === "head" ? null : request.pool.computeResource,
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
  };
}

/** All that is needed to switch a machine on, for the first time or again. */
export function machineSpec(
  cluster: LiveCluster,
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
    name: row.node,
    kind: type.light ? "light" : "booted",
    directory: at.directory,
    image: cluster.row.imageRoot,
    address: row.address,
    prefix: cluster.network.prefix,
    gateway: addressAt(cluster.network, 1),
    bridge: cluster.row.bridge,
    delaySeconds: at.isNew ? type.simulatedBootSeconds : 0,
    userData: type.neverBoots ? inert(type.light) : at.userData,
    limits: { vcpus: type.vcpus, memoryMiB: type.memoryMiB },
    group: at.group,
    binds: [...cluster.storage, ...roleBinds(cluster, row, at.guest, type.light)],
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
      { mode: "rw", source: paths.cloudSocketDir, target: "/run/sluice-cloud" },
      { mode: "rw", source: paths.munge, target: "/run/munge" },
    ];
  }
  return [
    { mode: "ro", source: paths.names, target: "/etc/sluice/names" },
    light
      ? { mode: "rw", source: paths.munge, target: "/run/munge" }
      : { mode: "ro", source: guest, target: "/run/sluice-machine" },
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
