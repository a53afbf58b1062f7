import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { text } from "../../catalogue/index.ts";
import type { DraftProblems, TriggerDraft } from "./draft.ts";

/** What each part of the form is given. */
export interface DraftParts {
  readonly draft: TriggerDraft;
  readonly problems: DraftProblems;
  readonly onChange: (change: Partial<TriggerDraft>) => void;
}

type TextKey = {
  [Key in keyof TriggerDraft]: TriggerDraft[Key] extends string
    ? string extends TriggerDraft[Key]
      ? Key
      : never
    : never;
}[keyof TriggerDraft];

export function problemWords(problem: DraftProblems[keyof DraftProblems]): string {
  const { form } = text.triggers;
  switch (problem) {
    case undefined:
      return "";
    case "missing":
      return form.missing;
    case "number":
      return form.number;
    case "absolute":
      return form.absolute;
    case "name":
      return form.invalidName;
    default:
      return problem satisfies never;
  }
}

/** One text of the draft. */
export function DraftField({
  name,
  label,
  help,
  unit,
  isNumber = false,
  ...parts
}: DraftParts & {
  readonly name: TextKey;
  readonly label: string;
  readonly help?: string;
  readonly unit?: string;
  readonly isNumber?: boolean;
}) {
  const problem = (parts.problems as Readonly<Record<string, DraftProblems[keyof DraftProblems]>>)[
    name
  ];
  return (
    <FormField
      label={label}
      errorText={problemWords(problem)}
      {...(help === undefined ? {} : { description: help })}
      {...(unit === undefined ? {} : { constraintText: unit })}
    >
      <Input
        value={parts.draft[name]}
        type={isNumber ? "number" : "text"}
        inputMode={isNumber ? "numeric" : "text"}
        spellcheck={false}
        autoComplete={false}
        onChange={({ detail }) => parts.onChange({ [name]: detail.value })}
      />
    </FormField>
  );
}
