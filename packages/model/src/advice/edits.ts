import type { Edit } from "../cluster-file/edit/edit.ts";
import type { Path } from "../cluster-file/problem.ts";

/** @param after the key beside it that a new key is put behind. */
export function set(
  path: Path,
  value: unknown,
  { after, comment }: { readonly after?: string; readonly comment?: string } = {},
): Edit {
  return {
    kind: "set",
    path,
    value,
    ...(after === undefined ? {} : { after }),
    ...(comment === undefined ? {} : { comment }),
  };
}

export function remove(path: Path): Edit {
  return { kind: "remove", path };
}
