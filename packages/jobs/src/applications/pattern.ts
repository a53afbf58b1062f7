import { createContext, Script } from "node:vm";

/** Enough for what a form has; a pattern that takes longer runs away. */
const LONGEST_MS = 100;

const context = createContext(Object.create(null) as object);
const script = new Script("new RegExp(pattern, 'u').test(text)");

export function isPattern(pattern: string): boolean {
  try {
    new RegExp(whole(pattern), "u");
    return true;
  } catch {
    return false;
  }
}

/** Whether all of the text matches. Patterns are written by people: one that runs away is no match. */
export function matchesPattern(pattern: string, text: string): boolean {
  Object.assign(context, { pattern: whole(pattern), text });
  try {
    return script.runInContext(context, { timeout: LONGEST_MS }) === true;
  } catch {
    return false;
  }
}

function whole(pattern: string): string {
  return `^(?:${pattern})$`;
}
