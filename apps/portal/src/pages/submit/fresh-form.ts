import type { ApplicationDetail, RunView } from "@sluice/api";
import { remembered } from "../../frame/memory.ts";
import type { ClusterChoice } from "../../parts/application-form/place.ts";
import { type FormValues, initialValues } from "../../parts/application-form/values.ts";
import type { FormState } from "./form-state.ts";
import { keepChoice, withoutPaths, withPaths } from "./wish.ts";

export const LAST_CLUSTER = "submit.cluster";

/** A form before anybody wrote in it: of defaults, or of the run that is named. */
export function freshForm({
  application: { fields },
  clusters,
  run,
}: {
  readonly application: ApplicationDetail;
  readonly clusters: readonly ClusterChoice[];
  readonly run: RunView | undefined;
}): FormState {
  const names = clusters.map(({ name }) => name);
  const last = remembered<string>(LAST_CLUSTER);
  const usual = last !== undefined && names.includes(last) ? last : names[0];
  if (run === undefined) {
    const values = withCluster(fields, initialValues(fields), usual);
    return { values, name: "", keep: "usual", cluster: usual };
  }
  const cluster = names.includes(run.cluster) ? run.cluster : usual;
  const own = new Set(fields.map(({ name }) => name));
  const given = Object.fromEntries(Object.entries(run.values).filter(([name]) => own.has(name)));
  const isDraft = run.state === "draft" && run.isOwn;
  return {
    values: withCluster(
      fields,
      initialValues(fields, isDraft ? given : valuesOf(given, run)),
      cluster,
    ),
    name: run.name,
    keep: keepChoice(run.keepSeconds),
    cluster,
    ...(isDraft ? { draft: { id: run.id, folder: run.folder } } : {}),
  };
}

/** A form that asks for the cluster shows the one that is meant. */
export function withCluster(
  fields: ApplicationDetail["fields"],
  values: FormValues,
  cluster: string | undefined,
): FormValues {
  const own = fields.filter(({ type }) => type === "cluster");
  if (cluster === undefined) return values;
  return { ...values, ...Object.fromEntries(own.map(({ name }) => [name, cluster])) };
}

/** Whether a run had inputs that can't be read for another one. */
export function hasLostInputs(run: RunView): boolean {
  const kept = withoutPaths(run.values, "inputs/");
  return isUnreadable(run) && JSON.stringify(kept) !== JSON.stringify(run.values);
}

function isUnreadable({ isOwn, state }: Pick<RunView, "isOwn" | "state">): boolean {
  return !isOwn || state === "expired";
}

/** Inputs of the run are named by where they lie; those that can't be read are left out. */
function valuesOf(
  values: Readonly<Record<string, unknown>>,
  run: RunView,
): Readonly<Record<string, unknown>> {
  if (isUnreadable(run)) return withoutPaths(values, "inputs/");
  const paths = Object.values(values)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter((path): path is string => typeof path === "string" && path.startsWith("inputs/"));
  return withPaths(values, new Map(paths.map((path) => [path, `${run.folder}/${path}`])));
}
