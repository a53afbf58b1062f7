import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import type { Path } from "../cluster-file/problem.ts";
import type { CapacityType } from "../cluster-file/schema/slurm-queue.ts";
import { type MachineFacts, machineFacts } from "./machine-facts.ts";
import { providerOf } from "./provider.ts";
import { computeResourcesOf, type FoundResource as Found } from "./resources.ts";

/** A compute resource together with what its queue, its machine types and its network add to it. */
export interface ComputeGroup {
  readonly queue: Found["queue"];
  readonly resource: Found["resource"];
  readonly path: Path;
  readonly queuePath: Path;
  /** For messages: `compute resource "b" of queue "a"`. */
  readonly label: string;
  /** Those that could be read. */
  readonly types: readonly GroupType[];
  /** Whether the machine types are a list, even one of one. */
  readonly isFlexible: boolean;
  /** How many zones its machines may be in; unknown when the subnets can't be read. */
  readonly zones: "one" | "several" | "unknown";
  /** Undefined when it can't be read. */
  readonly placement: Placement | undefined;
  readonly efa: boolean;
  /** Undefined when it can't be read. */
  readonly capacityType: CapacityType | undefined;
  /** What machines come out of; undefined without one, or when it can't be read. */
  readonly reservation: Reservation | undefined;
}

export interface GroupType {
  readonly name: string;
  readonly path: Path;
  readonly facts: MachineFacts | undefined;
}

/** - `managed`: Sluice makes the group. `named`: it exists. `declined`: the file says none. */
export type Placement =
  | { readonly is: "managed"; readonly path: Path }
  | { readonly is: "named"; readonly path: Path; readonly name: string }
  | { readonly is: "declined"; readonly path: Path }
  | { readonly is: "unsaid" };

export interface Reservation {
  readonly path: Path;
  readonly id?: string;
  readonly group?: string;
}

const groups = new WeakMap<DraftFile, readonly ComputeGroup[]>();

/** Every compute resource that could be read; worked out once for a file. */
export function computeGroupsOf(file: DraftFile): readonly ComputeGroup[] {
  let found = groups.get(file);
  if (found === undefined) {
    found = computeResourcesOf(file).map((one) => computeGroup(file, one));
    groups.set(file, found);
  }
  return found;
}

/** Those of a vendor's cloud: checks by the catalogue have nothing to say of others. */
export function cloudGroupsOf(file: DraftFile): readonly ComputeGroup[] {
  const provider = providerOf(file);
  return provider === "aws" || provider === "azure" ? computeGroupsOf(file) : [];
}

export function awsGroupsOf(file: DraftFile): readonly ComputeGroup[] {
  return providerOf(file) === "aws" ? computeGroupsOf(file) : [];
}

/** Whether machines are put close together. */
export function isPlaced({ placement }: ComputeGroup): boolean {
  return placement?.is === "managed" || placement?.is === "named";
}

function computeGroup(file: DraftFile, { queue, resource, path }: Found): ComputeGroup {
  const queuePath = path.slice(0, -2);
  return {
    queue,
    resource,
    path,
    queuePath,
    get label() {
      return `compute resource ${showName(resource.Name)} of queue ${showName(queue.Name)}`;
    },
    types: typesOf(file, resource, path),
    isFlexible: resource.Instances !== undefined,
    zones: zonesOf(queue),
    placement: placementOf(queue, resource, queuePath, path),
    efa: resource.Efa?.Enabled === true,
    capacityType: queue.CapacityType === undefined ? "ONDEMAND" : (queue.CapacityType ?? undefined),
    reservation: reservationOf(queue, resource, queuePath, path),
  };
}

function showName(name: string | null | undefined): string {
  return typeof name === "string" ? showValue(name) : "without a name";
}

function typesOf(file: DraftFile, resource: Found["resource"], path: Path): readonly GroupType[] {
  const named = [
    { name: resource.InstanceType, path: [...path, "InstanceType"] },
    ...entriesOf(resource.Instances).map(({ index, item }) => ({
      name: item.InstanceType,
      path: [...path, "Instances", index, "InstanceType"],
    })),
  ];
  const provider = providerOf(file);
  return named.flatMap(({ name, path: place }) => {
    if (typeof name !== "string") return [];
    const facts = provider === undefined ? undefined : machineFacts(provider, name);
    return [{ name, path: place, facts }];
  });
}

function zonesOf({ Networking: networking }: Found["queue"]): ComputeGroup["zones"] {
  if (networking === undefined) return "one";
  if (networking === null || networking.SubnetIds === null) return "unknown";
  const [first, ...others] = networking.SubnetIds ?? [];
  return others.some((id) => id !== first) ? "several" : "one";
}

/** That of the compute resource goes before that of its queue. */
function placementOf(
  queue: Found["queue"],
  resource: Found["resource"],
  queuePath: Path,
  path: Path,
): Placement | undefined {
  if (resource.Networking === null || queue.Networking === null) return undefined;
  const isOwn = resource.Networking?.PlacementGroup !== undefined;
  const group = isOwn ? resource.Networking?.PlacementGroup : queue.Networking?.PlacementGroup;
  if (group === null) return undefined;
  if (group === undefined) return { is: "unsaid" };
  const place = [...(isOwn ? path : queuePath), "Networking", "PlacementGroup"];
  const { Enabled: enabled, Id: id, Name: name } = group;
  if (enabled === null || id === null || name === null) return undefined;
  const existing = name ?? id;
  if (existing !== undefined) return { is: "named", path: place, name: existing };
  if (enabled === undefined) return { is: "unsaid" };
  return { is: enabled ? "managed" : "declined", path: place };
}

function reservationOf(
  queue: Found["queue"],
  resource: Found["resource"],
  queuePath: Path,
  path: Path,
): Reservation | undefined {
  const isOwn = resource.CapacityReservationTarget !== undefined;
  const target = isOwn ? resource.CapacityReservationTarget : queue.CapacityReservationTarget;
  if (target === undefined || target === null) return undefined;
  const { CapacityReservationId: id, CapacityReservationResourceGroupArn: group } = target;
  return {
    path: [...(isOwn ? path : queuePath), "CapacityReservationTarget"],
    ...(typeof id === "string" ? { id } : {}),
    ...(typeof group === "string" ? { group } : {}),
  };
}
