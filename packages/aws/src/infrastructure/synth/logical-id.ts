import { createHash } from "node:crypto";

/**
 * Logical id of what a name of the cluster file becomes. Logical ids have letters and digits only,
 * so that names with anything else get a hash: `a-b` and `aB` stay apart.
 */
export function idOf(kind: string, name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[a-z0-9]+$/.test(name) ? kind + pascal : `${kind}${pascal}${shortHash(name)}`;
}

/** Of an output: where the login nodes of a pool are reached. */
export const loginAddressOutput = (pool: string): string => idOf("LoginAddress", pool);

export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
