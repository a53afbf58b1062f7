import type { ComputeResource, SlurmQueue } from "../cluster-file/config.ts";
import type { Path } from "../cluster-file/problem.ts";

/** Something that the file does not say, concluded from what it says. */
export interface Inference {
  /** Completes "because …". */
  readonly because: string;
  readonly evidence: readonly Path[];
}

const MULTI_NODE =
  /^(mpi|cfd|openfoam|foam|fluent|starccm|wrf|lammps|namd|gromacs|lsdyna|multinode|coupled)\d*$/;
const INTERACTIVE =
  /^(interactive|inter|dev|devel|debug|viz|vis|desktop|jupyter|notebook|gui|shell|remote)\d*$/;
/** Types that are bought for their network: hpc7a, c5n.18xlarge, m5dn.24xlarge; HB, HC and HX of Azure. */
const FOR_MANY_NODES = /^(hpc\d|[cmr]\d+[a-z]*n[a-z]*\.(metal|\d\d+xlarge)$|Standard_H[BCX]\d)/;

interface Where {
  readonly queue: SlurmQueue;
  readonly path: Path;
}

/** Whether jobs of a compute resource are taken to run over several of its nodes. */
export function multiNode(
  { queue, path }: Where,
  resource: ComputeResource,
  resourcePath: Path,
  types: readonly { readonly name: string; readonly path: Path }[],
): Inference | undefined {
  if (resource.MaxCount < 2) return undefined;
  return (
    byPlacement(queue, path) ??
    byPlacement(resource, resourcePath) ??
    byFabric(resource, resourcePath) ??
    byMinNodes(queue, path) ??
    byName(queue.Name, [...path, "Name"], MULTI_NODE) ??
    byName(resource.Name, [...resourcePath, "Name"], MULTI_NODE) ??
    byType(types)
  );
}

/** Whether somebody waits for the jobs of a queue. */
export function interactive({ queue, path }: Where): Inference | undefined {
  return byName(queue.Name, [...path, "Name"], INTERACTIVE);
}

type PlacedSection = Pick<ComputeResource, "Networking">;

/** Whether machines are placed together; undefined when nothing is said. */
export function placedTogether({ Networking }: PlacedSection): boolean | undefined {
  const group = Networking?.PlacementGroup;
  if (group === undefined) return undefined;
  return group.Enabled ?? (group.Id !== undefined || group.Name !== undefined);
}

function byPlacement(section: PlacedSection, path: Path): Inference | undefined {
  if (placedTogether(section) !== true) return undefined;
  return {
    because: "its machines are in a placement group",
    evidence: [[...path, "Networking", "PlacementGroup"]],
  };
}

function byFabric({ Efa }: ComputeResource, path: Path): Inference | undefined {
  if (Efa?.Enabled !== true) return undefined;
  return { because: "its machines have EFA", evidence: [[...path, "Efa", "Enabled"]] };
}

function byMinNodes({ CustomSlurmSettings }: SlurmQueue, path: Path): Inference | undefined {
  const key = Object.keys(CustomSlurmSettings).find((name) => name.toLowerCase() === "minnodes");
  if (key === undefined || !(Number(CustomSlurmSettings[key]) > 1)) return undefined;
  return {
    because: "its jobs have at least two nodes",
    evidence: [[...path, "CustomSlurmSettings", key]],
  };
}

function byName(name: string, path: Path, words: RegExp): Inference | undefined {
  const word = name.split("-").find((part) => words.test(part));
  if (word === undefined) return undefined;
  return { because: `the name ${name} says ${word}`, evidence: [path] };
}

function byType(
  types: readonly { readonly name: string; readonly path: Path }[],
): Inference | undefined {
  const type = types.find(({ name }) => FOR_MANY_NODES.test(name));
  if (type === undefined) return undefined;
  return { because: `${type.name} is made for such jobs`, evidence: [type.path] };
}

export function takenForMultiNode(inference: Inference): string {
  return `jobs are taken to run over several nodes, because ${inference.because}`;
}

export function takenForInteractive(inference: Inference): string {
  return `people are taken to wait for these jobs, because ${inference.because}`;
}
