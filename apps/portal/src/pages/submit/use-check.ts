import {
  type ApplicationDetail,
  type JobEstimate,
  type JsonOf,
  ROUTES,
  type runsRoutes,
} from "@sluice/api";
import { sentence } from "../../frame/format.ts";
import { useRead } from "../../frame/queries.ts";
import { useSettled } from "../../frame/settled.ts";
import { askedFields, type FormValues, localProblem } from "../../parts/application-form/values.ts";
import type { Wish } from "./wish.ts";

/** Milliseconds for which nobody writes before the server is asked: to check, and to estimate. */
const CHECK_AFTER = 250;
const ESTIMATE_AFTER = 700;

type Preview = JsonOf<typeof runsRoutes.previewRun>;

/** What is known of a form as it stands. */
export interface Check {
  /** By field, in the order of the form; an empty name: of all together. */
  readonly problems: ReadonlyMap<string, string>;
  readonly job: NonNullable<Preview["job"]> | undefined;
  /** The server has not answered for what stands there now. */
  readonly isChecking: boolean;
  readonly error: Error | null;
  readonly estimate: {
    readonly data: JobEstimate | undefined;
    readonly isPending: boolean;
    readonly error: Error | null;
  };
}

/** Looks at a form while it is filled in: here at once, and by the server a moment later. */
export function useCheck(
  { fields }: Pick<ApplicationDetail, "fields">,
  wish: Wish,
  values: FormValues,
): Check {
  // How long files are kept is nothing to check.
  const { keepSeconds: _, ...asked } = wish;
  const settled = useSettled(asked, CHECK_AFTER);
  const isSettled = JSON.stringify(settled) === JSON.stringify(asked);
  const preview = useRead(
    ROUTES.previewRun,
    { body: settled },
    { keep: true, enabled: wish.cluster !== undefined, staleTime: 60_000 },
  );
  const problems = new Map<string, string>();
  const told = new Map(preview.data?.errors.map(({ field, message }) => [field, message]));
  for (const field of askedFields(fields, values)) {
    const own = localProblem(field, values[field.name]);
    // What the server said of another value is not said of this one.
    const isSame =
      JSON.stringify(settled.values[field.name]) === JSON.stringify(asked.values[field.name]);
    const others = isSame ? told.get(field.name) : undefined;
    const problem = own ?? (others === undefined ? undefined : sentence(others));
    if (problem !== undefined) problems.set(field.name, problem);
    told.delete(field.name);
  }
  for (const [field, message] of told) problems.set(field, sentence(message));
  const isChecking = !isSettled || preview.isPlaceholderData || preview.isPending;
  const job = problems.size === 0 ? preview.data?.job : undefined;
  return {
    ...{ problems, job, isChecking, error: preview.error },
    estimate: useEstimate(wish.cluster, isChecking ? undefined : job),
  };
}

function useEstimate(cluster: string | undefined, job: Check["job"]): Check["estimate"] {
  const settled = useSettled(job, ESTIMATE_AFTER);
  const { data, isPending, error } = useRead(
    ROUTES.estimateJob,
    {
      params: { cluster: cluster ?? "" },
      body: { script: settled?.script ?? "#!/bin/sh\n", options: [...(settled?.options ?? [])] },
    },
    { enabled: cluster !== undefined && settled !== undefined, keep: true, staleTime: 60_000 },
  );
  return { data, isPending, error };
}
