import { ProblemError, ROUTES, type RunView } from "@sluice/api";
import { isPassing, statusOf } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import type { Draft } from "./form-state.ts";
import { carriedInputs, type Wish, withPaths } from "./wish.ts";

/**
 * Submits what a form asks for: by its draft if inputs lie there, and else in one go, under a key.
 * Asked again it is the same run.
 */
export async function submit({
  wish,
  key,
  draft,
  earlier,
  ensureDraft,
}: {
  readonly wish: Wish;
  readonly key: string;
  readonly draft: Draft | undefined;
  /** The folder of the run that the values are of. */
  readonly earlier: string | undefined;
  readonly ensureDraft: () => Promise<Draft>;
}): Promise<RunView> {
  const carried = carriedInputs(wish.values, earlier);
  if (draft === undefined && carried.length === 0) {
    return server.call(ROUTES.createRun, { body: wish, idempotencyKey: key });
  }
  const { id, folder } = draft ?? (await ensureDraft());
  const cluster = wish.cluster ?? "";
  const paths = new Map<string, string>();
  for (const { from, name } of carried) {
    const body = { from, to: `${folder}/inputs/${name}`, overwrite: true };
    await server.call(ROUTES.copyFile, { params: { cluster }, body });
    paths.set(from, `inputs/${name}`);
  }
  const { name, keepSeconds } = wish;
  try {
    await server.call(ROUTES.updateRun, {
      params: { run: id },
      body: {
        values: withPaths(wish.values, paths),
        ...(name === undefined ? {} : { name }),
        ...(keepSeconds === undefined ? {} : { keepSeconds }),
      },
    });
  } catch (error) {
    // It is no draft any more: an earlier request did arrive.
    if (statusOf(error) !== 409) throw error;
  }
  return server.call(ROUTES.submitRun, { params: { run: id } });
}

/** Whether nobody knows if the request arrived, so that the same is to be asked again. */
export function isUnsure(error: unknown): boolean {
  return isPassing(error) || !(error instanceof ProblemError);
}
