import type { Grant } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { grantWords } from "./grant-words.ts";

/** Roles in words, each on a line. */
export function GrantList({ grants }: { readonly grants: readonly Grant[] }) {
  if (grants.length === 0) return text.frame.none;
  return grants.map((grant) => {
    const words = grantWords(grant);
    return <div key={words}>{words}</div>;
  });
}
