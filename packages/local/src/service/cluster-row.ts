import { createHash, randomBytes } from "node:crypto";
import type { ClusterRecord, HeadView } from "@sluice/cloud";
import { formatNetwork } from "../host/network.ts";
import { clusterPaths, type StatePaths } from "../paths.ts";
import type { ChosenPlace } from "./cluster-network.ts";
import { toMachine } from "./machine-row.ts";
import type { LocalApplyRequest } from "./requests.ts";
import type { ClusterRow, MachineRow } from "./store.ts";

/** A cluster that is about to be made; image and bundle are known later. */
export function newClusterRow(
  request: LocalApplyRequest,
  { network, within }: ChosenPlace,
): ClusterRow {
  const id = randomBytes(6).toString("hex");
  const now = new Date().toISOString();
  return {
    name: request.name,
    id,
    status: "CREATE_IN_PROGRESS",
    reason: null,
    createdAt: now,
    updatedAt: now,
    configText: request.configText,
    fileVersion: 1,
    wantedVersion: 1,
    stage: null,
    config: JSON.stringify(request.config),
    headUserData: request.headUserData,
    network: formatNetwork(network),
    bridge: within?.bridge ?? coreBridge(id),
    imageRoot: "",
    bundle: "",
    site: within?.site ?? null,
    range: within === undefined ? null : formatNetwork(within.range),
    nextHead: null,
  };
}

/** Name of the core bridge of what has that id, and what its other links are named by. */
export function coreBridge(id: string): string {
  return `slb${createHash("sha256").update(id).digest("hex").slice(0, 10)}`;
}

/** The record as it leaves the service. */
export function recordOf(
  row: ClusterRow,
  {
    leader,
    address = leader?.address,
    heads,
    state,
  }: {
    readonly leader: MachineRow | undefined;
    /** By which the leader is known; its own where there is no other. */
    readonly address: string | undefined;
    readonly heads: readonly HeadView[];
    readonly state: StatePaths;
  },
): ClusterRecord {
  const paths = clusterPaths(state, row.name);
  return {
    name: row.name,
    id: row.id,
    provider: "local",
    status: row.status,
    statusReason: row.reason ?? undefined,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    configText: row.configText,
    fileVersion: row.fileVersion,
    head: leader === undefined ? undefined : { ...toMachine(leader), address },
    heads,
    resources: {
      network: row.network,
      bridge: row.bridge,
      folder: paths.root,
      image: row.imageRoot,
    },
  };
}
