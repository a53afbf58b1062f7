import type { DraftFile } from "../cluster-file/draft.ts";
import type { Problem } from "../cluster-file/problem.ts";
import { COMPUTE_FILE_CHECKS } from "./compute-checks.ts";
import { STORAGE_FILE_CHECKS } from "./storage-checks.ts";

/** Everything that the checks between keys find, without any account. */
export function checkFile(file: DraftFile): Problem[] {
  return [...COMPUTE_FILE_CHECKS, ...STORAGE_FILE_CHECKS].flatMap((check) => [...check(file)]);
}
