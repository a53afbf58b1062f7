import { nearest } from "../cluster-file/nearest.ts";
import { SluiceError } from "../error.ts";
import { RULES } from "./rules/index.ts";

/**
 * Rules by their ids, or by what their ids begin with: `network/no-efa`, or `network` for all of it.
 *
 * Errors: `USAGE` for a word that is neither.
 */
export function adviceRules(words: readonly string[]): ReadonlySet<string> {
  const ids = RULES.map(({ id }) => id);
  return new Set(
    words.flatMap((word) => {
      const named = ids.filter((id) => id === word || id.startsWith(`${word}/`));
      if (named.length > 0) return named;
      const meant = nearest(word, ids);
      throw new SluiceError("USAGE", "user", `there is no advice ${JSON.stringify(word)}`, {
        hint: meant === undefined ? "see docs/advice.md" : `write ${meant}`,
      });
    }),
  );
}
