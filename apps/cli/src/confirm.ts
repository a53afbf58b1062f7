import { SluiceError } from "@sluice/model";
import type { Context } from "./context.ts";
import { usage } from "./usage.ts";

export interface Confirmation {
  /** What is asked, without its question mark: `delete cluster demo`. */
  readonly question: string;
  /** What would be done, as an error begins with it: `deleting cluster demo`. */
  readonly doing: string;
  /** What is said when it shall not be: `cluster demo was not deleted`. */
  readonly undone: string;
}

/** Errors: `USAGE` where nobody can be asked, `INTERRUPTED` for anything but yes. */
export async function confirm(
  { host }: Context,
  { question, doing, undone }: Confirmation,
): Promise<void> {
  if (!host.stdinIsTerminal || !host.stderrIsTerminal) {
    throw usage(`${doing} needs to be confirmed`, "add --yes");
  }
  const answer = await host.ask(`${question}? [y/N] `);
  if (/^y(es)?$/i.test(answer)) return;
  throw new SluiceError("INTERRUPTED", "user", undone);
}
