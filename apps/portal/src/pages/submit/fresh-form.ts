import type { ApplicationDetail, RunView } from "@sluice/api";
import { remembered } from "../../frame/memory.ts";
import type { ClusterChoice } from "../../parts/application-form/place.ts";
import {
  askedFields,
  type FormValues,
  initialValues,
} from "../../parts/application-form/values.ts";
import type { FormState } from "./form-state.ts";
import { keepChoice, withoutPaths, withPaths } from "./wish.ts";

export const LAST_CLUSTER = "submit.cluster";

/** What a form begins with that was come to from a file. */
export interface Beginning {
  readonly cluster: string;
  readonly file: string;
}

/** As an address says it. */
export function beginningIn(query: URLSearchParams): Beginning | undefined {
  const cluster = query.get("cluster");
  const file = query.get("file");
  return cluster === null || file?.startsWith("/") !== true ? undefined : { cluster, file };
}

/** A form before anybody wrote in it: of defaults, of the run that is named, or with a file. */
export function freshForm({
  application: { fields },
  clusters,
  run,
  beginning,
}: {
  readonly application: ApplicationDetail;
  readonly clusters: readonly ClusterChoice[];
  readonly run: RunView | undefined;
  readonly beginning?: Beginning | undefined;
}): FormState {
  const names = clusters.map(({ name }) => name);
  const last = remembered<string>(LAST_CLUSTER);
  const usual = last !== undefined && names.includes(last) ? last : names[0];
  if (run === undefined) {
    const isThere = beginning !== undefined && names.includes(beginning.cluster);
    const cluster = isThere ? beginning.cluster : usual;
    const values = withCluster(fields, initialValues(fields), cluster);
    const begun = isThere ? withFile(fields, values, beginning.file) : values;
    return { values: begun, name: "", keep: "usual", cluster };
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

/** The first field for a file has it. */
function withFile(
  fields: ApplicationDetail["fields"],
  values: FormValues,
  file: string,
): FormValues {
  const first = askedFields(fields, values).find(({ type }) => type === "file" || type === "files");
  if (first === undefined) return values;
  return { ...values, [first.name]: first.isList ? [file] : file };
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
