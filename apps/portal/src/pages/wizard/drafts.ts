import { useEffect, useState } from "react";

/** A cluster file that is being written, as this tab keeps it until it is done or closed. */
export interface Draft {
  readonly name: string;
  readonly text: string;
  /** Checks that the person accepts to fail, as `type:NameOfTheCheck`. */
  readonly suppressed: readonly string[];
}

const PREFIX = "sluice.draft.";

function read(key: string): Draft | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(PREFIX + key) ?? "null");
    return isDraft(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  const { name, text, suppressed } = value as Partial<Draft>;
  return (
    typeof name === "string" &&
    typeof text === "string" &&
    Array.isArray(suppressed) &&
    suppressed.every((one) => typeof one === "string")
  );
}

function write(key: string, draft: Draft | undefined): void {
  try {
    if (draft === undefined) sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing loses a draft with the page, and that is all.
  }
}

/** When what was drafted is done. */
export function forgetDraft(key: string): void {
  write(key, undefined);
}

/**
 * A draft that survives a reload, under a key that nobody else has. Undefined until it is begun;
 * set to undefined it is forgotten.
 */
export function useDraft(
  key: string,
): readonly [Draft | undefined, (change: Partial<Draft> | undefined) => void] {
  const [draft, setDraft] = useState(() => read(key));
  useEffect(() => write(key, draft), [key, draft]);
  return [
    draft,
    (change) =>
      setDraft((old) =>
        change === undefined
          ? undefined
          : { name: "", text: "", suppressed: [], ...old, ...change },
      ),
  ];
}
