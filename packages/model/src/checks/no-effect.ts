import type { DraftFile } from "../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { clusterSchema } from "../cluster-file/schema/cluster.ts";
import type { Provider } from "../cluster-file/schema/provider.ts";
import { elementOf, metaOf, shapeOf } from "../cluster-file/schema-tree.ts";
import { providerOf } from "./provider.ts";
import { interestIn } from "./schema-interest.ts";

type Schema = Parameters<typeof metaOf>[0];

/** Keys that are read and change nothing, in any cloud. */
export function* keysWithoutEffect(file: DraftFile): Generator<Problem> {
  const provider = providerOf(file);
  if (provider !== undefined) yield* withoutEffect(clusterSchema, file, [], provider);
}

const mayBeInVain = interestIn(({ noEffect }) => noEffect !== undefined);

/** In a value of any schema of ours. What is for another cloud is another check's finding. */
export function* withoutEffect(
  schema: Schema,
  value: unknown,
  path: Path,
  provider: Provider,
): Generator<Problem> {
  if (!mayBeInVain(schema)) return;
  const element = elementOf(schema);
  if (element !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* withoutEffect(element, item, [...path, index], provider);
    }
    return;
  }
  const shape = shapeOf(schema);
  if (shape === undefined || typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const childSchema = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (childSchema === undefined || child === undefined || child === null) continue;
    const { providers, noEffect } = metaOf(childSchema);
    if (providers !== undefined && !providers.includes(provider)) continue;
    if (noEffect === undefined) yield* withoutEffect(childSchema, child, [...path, key], provider);
    else {
      const message = `${key} has no effect: ${noEffect}`;
      yield problem("NoEffectValidator", [...path, key], message, "remove it, or leave it", {
        at: "key",
        level: "WARNING",
      });
    }
  }
}
