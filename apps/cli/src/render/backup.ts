import type { BackupState } from "@sluice/lifecycle";
import type { Paint } from "./paint.ts";

/** How backups are, as rows of what is described; none where none is made. */
export function backupFields(
  backup: BackupState | undefined,
  paint: Paint,
): readonly (readonly [string, string])[] {
  if (backup === undefined) return [];
  const { lastAt, ageSeconds = 0, problem, ok } = backup;
  const age = lastAt === undefined ? "none yet" : `${ageText(ageSeconds)} old`;
  const last = ok ? age : paint.bad(problem === undefined ? age : `${age}: ${problem}`);
  return [["newest backup", `${last}, in ${backup.folder}`]];
}

/** Such as `40 s`, `5 min`, `3 h`, `2 d`. */
function ageText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
