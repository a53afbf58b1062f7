import { badRequest } from "./refusal.ts";

const PAGE = 100;

/** One page of a list, from where the token of the page before says. */
export function pageOf<T>(
  all: readonly T[],
  token: string | undefined,
): { readonly items: readonly T[]; readonly next: { readonly nextToken?: string } } {
  const start = token === undefined ? 0 : positionOf(token);
  const end = start + PAGE;
  const next = end < all.length ? { nextToken: tokenOf(end) } : {};
  return { items: all.slice(start, end), next };
}

function tokenOf(position: number): string {
  return Buffer.from(`from ${position}`).toString("base64url");
}

function positionOf(token: string): number {
  const [, position] =
    /^from ([0-9]{1,9})$/.exec(Buffer.from(token, "base64url").toString("latin1")) ?? [];
  if (position === undefined) throw badRequest("the nextToken is not one of this list");
  return Number(position);
}
