import { type ApplicationPreview, ROUTES } from "@sluice/api";
import { useEffect, useMemo, useState } from "react";
import { sentence } from "../../frame/format.ts";
import { useRead } from "../../frame/queries.ts";
import { useSettled } from "../../frame/settled.ts";
import {
  type FormValue,
  type FormValues,
  initialValues,
  requestValues,
} from "../../parts/application-form/values.ts";
import type { Diagnostic } from "../../parts/editor/contract.ts";

/** Milliseconds for which nobody writes before the server is asked. */
const AFTER = 300;

export interface LivePreview {
  /** The last answer; its form is of the last text that had no errors. */
  readonly preview: ApplicationPreview | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Why there is no answer for the text. */
  readonly error: Error | null;
  /** What is shown is of an earlier text. */
  readonly isBehind: boolean;
  readonly values: FormValues;
  /** What is wrong with values that were given here. */
  readonly problems: ReadonlyMap<string, string>;
  readonly setValue: (field: string, value: FormValue) => void;
}

/** The form of a text, and what it would submit, as the text is written. */
export function usePreview(text: string): LivePreview {
  const [given, setGiven] = useState<FormValues>({});
  const [form, setForm] = useState<ApplicationPreview["form"]>();
  const fields = form?.fields ?? [];
  const values = { ...initialValues(fields), ...given };
  const wanted = { text, values: { ...requestValues(fields, values) } };
  const settled = useSettled(wanted, AFTER);
  const { data, error, isPlaceholderData } = useRead(
    ROUTES.previewApplication,
    { body: settled },
    { keep: true, enabled: settled.text !== "", staleTime: 60_000 },
  );
  const found = data?.form;
  useEffect(() => {
    if (found !== undefined) setForm(found);
  }, [found]);
  const findings = data?.findings;
  const diagnostics = useMemo(() => (findings ?? []).map(diagnosticOf), [findings]);
  const told = (data?.errors ?? []).filter(({ field }) => Object.hasOwn(given, field));
  const problems = new Map(told.map(({ field, message }) => [field, sentence(message)]));
  return {
    preview: data && { ...data, ...(form === undefined ? {} : { form }) },
    diagnostics,
    error,
    isBehind: isPlaceholderData || settled.text !== text,
    values,
    problems,
    setValue: (field, value) => setGiven((old) => ({ ...old, [field]: value })),
  };
}

function diagnosticOf(finding: ApplicationPreview["findings"][number]): Diagnostic {
  const { line, column, level, message, suggestion } = finding;
  return {
    ...{ line, column, message: sentence(message) },
    level: level === "ERROR" ? "error" : level === "WARNING" ? "warning" : "info",
    ...(suggestion === "" ? {} : { suggestion: sentence(suggestion) }),
  };
}
