import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem, showPath } from "../cluster-file/problem.ts";
import { LOCAL_ZONE } from "../cluster-file/schema/zones.ts";
import { type Named, repeated } from "./check.ts";
import { nearestOf } from "./nearest-names.ts";
import { providerOf } from "./provider.ts";
import { queuesOf } from "./resources.ts";

const ID = "ZoneValidator";

/** Zones of a local file; undefined on another cloud, and where the list is wrong. */
export function zonesOf(file: DraftFile): readonly string[] | undefined {
  if (providerOf(file) !== "local" || file.Local === null) return undefined;
  const zones = file.Local?.Zones === undefined ? [LOCAL_ZONE] : file.Local.Zones;
  if (zones === null) return undefined;
  const names = zones.filter((zone) => typeof zone === "string");
  return names.length === zones.length ? names : undefined;
}

/** A zone is declared once, and none is named that is not declared. */
export function* zones(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "local") return;
  const declared = entriesOf(file.Local?.Zones).map(({ index, item }) => ({
    name: item,
    path: ["Local", "Zones", index],
  }));
  yield* twice(declared);
  const known = zonesOf(file);
  const { HeadNode: head } = file;
  const named: Named[] = [
    { name: head?.Zone, path: ["HeadNode", "Zone"] },
    { name: head?.Standby?.Zone, path: ["HeadNode", "Standby", "Zone"] },
  ];
  for (const { queue, path } of queuesOf(file)) {
    const own = entriesOf(queue.Networking?.Zones).map(({ index, item }) => ({
      name: item,
      path: [...path, "Networking", "Zones", index],
    }));
    yield* twice(own);
    named.push(...own);
  }
  if (known !== undefined) yield* undeclaredZones(named, known, "Local.Zones");
}

/** Of those that name a zone, which must be one of `known`; `where` says what declares them. */
export function* undeclaredZones(
  named: Iterable<Named>,
  known: readonly string[],
  where: string,
): Generator<Problem> {
  const nearest = nearestOf(() => known);
  for (const { name, path } of named) {
    if (typeof name !== "string" || known.includes(name)) continue;
    const message = `${showValue(name)} is not a zone: ${where} has ${known.join(", ")}`;
    const meant = nearest(name) ?? (known.length === 1 ? known[0] : `one of ${known.join(", ")}`);
    yield problem(ID, path, message, `write ${meant}, or declare it under ${where}`);
  }
}

/** Zones that an earlier entry of a list has. */
export function* twice(entries: readonly Named[]): Generator<Problem> {
  for (const { again, first } of repeated(entries)) {
    const message = `${showValue(again.name)} is already ${showPath(first.path as Path)}`;
    yield problem(ID, again.path, message, "remove it, or write another zone");
  }
}
