import type { TerminalDocument } from "@sluice/api";
import { text } from "../../catalogue/index.ts";

/** Why a terminal ended, in a sentence. */
export function whyEnded(ended: TerminalDocument["ended"]): string {
  const { why } = text.shell;
  if (ended === undefined) return why.lost;
  const { reason, exitCode, signal } = ended;
  return reason === "exited" ? why.exited(exitCode, signal) : why[reason];
}
