import { showValue } from "../cluster-file/finding.ts";
import { type Path, showPath } from "../cluster-file/problem.ts";
import { valueAt } from "../cluster-file/schema-problems.ts";
import type { YamlSource } from "../cluster-file/yaml-source.ts";
import type { Evidence } from "./contract.ts";

/** Where a path stands in the text: a value, the key of a section, or what should hold a missing key. */
export function evidenceAt(source: YamlSource, path: Path): Evidence {
  const value = valueAt(source.value, path);
  return {
    path: showPath(path),
    ...source.position(offsetOf(source, path)),
    value: value === undefined ? "" : showValue(value),
  };
}

function offsetOf(source: YamlSource, path: Path): number {
  let place = source.place;
  let offset = place.offset;
  for (const step of path) {
    if (typeof step === "number") {
      const item = place.items[step];
      if (item === undefined) return offset;
      place = item;
      offset = item.offset;
    } else {
      const entry = place.keys.get(step);
      if (entry === undefined) return offset;
      place = entry.place;
      offset = entry.offset;
    }
  }
  const isSection = place.keys.size > 0 || place.items.length > 0;
  return isSection ? offset : place.offset;
}
