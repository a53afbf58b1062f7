import type { ApplicationShare } from "@sluice/api";
import { text } from "../../catalogue/index.ts";

/** With whom something is shared, in words. */
export function sharesInWords(shares: readonly ApplicationShare[]): string {
  const said = text.applications;
  const words = shares.map((share) => {
    const who =
      share.kind === "everyone"
        ? said.everyone
        : share.kind === "group"
          ? said.group(share.name)
          : share.name;
    return share.access === "edit" ? said.mayEdit(who) : who;
  });
  return words.length === 0 ? said.nobody : words.join(", ");
}
