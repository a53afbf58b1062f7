import { SCOPES, type Scope } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";

/** What a scope lets do: `Jobs: see`, `Shell`. */
export function scopeWords(scope: Scope): string {
  const { groups, verbs } = text.administration.tokens;
  const [thing = "", verb] = scope.split(":");
  const name = groups[thing] ?? thing;
  return verb === undefined ? name : `${name}: ${verbs[verb] ?? verb}`;
}

/** The things that scopes are about, each with what may be done: `Jobs: see, change`. None for all. */
export function scopeThings(scopes: readonly Scope[]): readonly string[] {
  if (SCOPES.every((scope) => scopes.includes(scope))) return [];
  const { groups, verbs } = text.administration.tokens;
  const things = new Map<string, string[]>();
  for (const scope of scopes) {
    const [thing = "", verb] = scope.split(":");
    const said = things.get(thing) ?? [];
    if (verb !== undefined) said.push(verbs[verb] ?? verb);
    things.set(thing, said);
  }
  return [...things].map(([thing, said]) =>
    [groups[thing] ?? thing, ...(said.length === 0 ? [] : [said.join(", ")])].join(": "),
  );
}

export type Expiry = "expired" | "soon" | "good";

const SOON_MS = 14 * 24 * 3600 * 1000;

export function expiryOf(expiresAt: string, now: number): Expiry {
  const left = Date.parse(expiresAt) - now;
  if (left <= 0) return "expired";
  return left < SOON_MS ? "soon" : "good";
}
