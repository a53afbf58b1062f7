import { useCallback, useEffect, useState } from "react";
import type { FormValues } from "../../parts/application-form/values.ts";

/** A run that is not submitted, in whose folder inputs lie. */
export interface Draft {
  readonly id: string;
  readonly folder: string;
}

/** One try to submit: the same again has the same key, so that one run comes of both. */
export interface Attempt {
  readonly key: string;
  /** What was asked for, in one text. */
  readonly wish: string;
}

/** A form as somebody left it. */
export interface FormState {
  readonly values: FormValues;
  readonly name: string;
  /** As in `KEEPS`. */
  readonly keep: string;
  readonly cluster: string | undefined;
  readonly draft?: Draft | undefined;
  readonly attempt?: Attempt | undefined;
}

const PREFIX = "sluice.form.";

/** What the tab kept; forms of others who were signed in here are forgotten. */
function keptForm(who: string, form: string): FormState | undefined {
  const own = `${PREFIX}${who}.`;
  try {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(PREFIX) && !key.startsWith(own)) sessionStorage.removeItem(key);
    }
    const text = sessionStorage.getItem(own + form);
    return text === null ? undefined : (JSON.parse(text) as FormState);
  } catch {
    return undefined;
  }
}

function keepForm(who: string, form: string, state: FormState | undefined): void {
  try {
    if (state === undefined) sessionStorage.removeItem(`${PREFIX}${who}.${form}`);
    else sessionStorage.setItem(`${PREFIX}${who}.${form}`, JSON.stringify(state));
  } catch {
    // A tab that keeps nothing works all the same.
  }
}

/** A form that is as it was left when the page is loaded again. */
export function useFormState(
  who: string,
  form: string,
  fresh: () => FormState,
): {
  readonly state: FormState;
  readonly change: (part: Partial<FormState>) => void;
  readonly set: (next: FormState) => void;
  readonly forget: () => void;
  readonly isKept: boolean;
} {
  const [{ state, isKept, isOver }, setHeld] = useState(() => {
    const kept = keptForm(who, form);
    return { state: kept ?? fresh(), isKept: kept !== undefined, isOver: false };
  });
  useEffect(() => {
    keepForm(who, form, isKept && !isOver ? state : undefined);
  }, [who, form, state, isKept, isOver]);
  const change = useCallback(
    (part: Partial<FormState>) =>
      setHeld((held) => ({ ...held, state: { ...held.state, ...part }, isKept: true })),
    [],
  );
  const set = useCallback(
    (next: FormState) => setHeld({ state: next, isKept: false, isOver: false }),
    [],
  );
  const forget = useCallback(() => {
    keepForm(who, form, undefined);
    setHeld((held) => ({ ...held, isOver: true }));
  }, [who, form]);
  return { state, change, set, forget, isKept };
}

/** 128 bits of chance; `randomUUID` is there with TLS only. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
