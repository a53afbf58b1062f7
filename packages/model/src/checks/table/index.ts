import { COMPUTE_CHECKS } from "./compute.ts";
import { FILE_CHECKS } from "./file.ts";
import type { CheckRow } from "./row.ts";
import { STORAGE_CHECKS } from "./storage.ts";
import { SURVIVAL_CHECKS } from "./survival.ts";

export type { CheckRow } from "./row.ts";

/** Every check there is. */
export const CHECK_TABLE: readonly CheckRow[] = [
  ...FILE_CHECKS,
  ...COMPUTE_CHECKS,
  ...STORAGE_CHECKS,
  ...SURVIVAL_CHECKS,
];

const NOT_SUPPRESSIBLE: ReadonlySet<string> = new Set(
  CHECK_TABLE.filter(({ suppressible }) => suppressible === false).map(({ id }) => id),
);

/** Whether a finding of the check may be left out when someone asks for that. */
export function isSuppressible(id: string): boolean {
  return !NOT_SUPPRESSIBLE.has(id);
}
