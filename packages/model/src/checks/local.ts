import builtIn from "../catalogue/local-machine-types.json" with { type: "json" };
import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { privateRange } from "./cidr.ts";
import { headTypesOf } from "./machine-types.ts";
import { nearestOf } from "./nearest-names.ts";
import { providerOf } from "./provider.ts";
import { instanceTypesOf } from "./resources.ts";

/** What a check needs of a machine type; undefined where the file has it wrong. */
interface KnownType {
  readonly light: boolean | undefined;
  readonly memory: number | undefined;
}

function knownTypes(file: DraftFile): ReadonlyMap<string, KnownType> {
  const types = new Map<string, KnownType>(
    builtIn.map((type) => [type.Name, { light: type.Light === true, memory: type.Memory }]),
  );
  for (const { item } of entriesOf(file.Local?.MachineTypes)) {
    if (typeof item.Name !== "string") continue;
    const light = item.Light === null ? undefined : (item.Light ?? false);
    types.set(item.Name, { light, memory: item.Memory ?? undefined });
  }
  return types;
}

/** Machine types of the local cloud are declared, so a name that is not can only be a mistake. */
export function* localMachineTypeNames(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "local") return;
  const known = knownTypes(file);
  const unknownType = unknownAmong(known);
  const named = [...instanceTypesOf(file)];
  for (const { name, path } of headTypesOf(file)) {
    yield* unknownType(name, path);
    if (known.get(name)?.light) {
      const message = `${showValue(name)} is a light machine type, and the head node needs a whole system`;
      yield problem("InstanceTypeValidator", path, message, "write local.head");
    }
  }
  for (const { name, path, resource } of named) {
    yield* unknownType(name, path);
    const memory = known.get(name)?.memory;
    const { SchedulableMemory: wanted } = resource;
    if (typeof wanted === "number" && memory !== undefined && wanted > memory) {
      const place = [
        ...path.slice(0, path.lastIndexOf("ComputeResources") + 2),
        "SchedulableMemory",
      ];
      const message = `${wanted} MiB is more than ${name} has, which is ${memory} MiB`;
      yield problem("SchedulableMemoryValidator", place, message, `write at most ${memory}`);
    }
  }
}

function unknownAmong(known: ReadonlyMap<string, KnownType>) {
  const nearest = nearestOf(() => known.keys());
  const names = [...known.keys()].slice(0, 20).join(", ");
  return function* (name: string, path: Path): Generator<Problem> {
    if (known.has(name)) return;
    const meant = nearest(name) ?? `one of ${names}`;
    const message = `${showValue(name)} is not a machine type of the local cloud`;
    const suggestion = `write ${meant}, or declare it under Local.MachineTypes`;
    yield problem("InstanceTypeValidator", path, message, suggestion);
  };
}

export function* localNetwork(file: DraftFile): Generator<Problem> {
  const text = file.Local?.Network;
  if (typeof text !== "string") return;
  yield* privateRange(text, {
    check: "LocalNetworkValidator",
    path: ["Local", "Network"],
    widest: 16,
    narrowest: 26,
    example: "10.77.0.0/20",
  });
}
