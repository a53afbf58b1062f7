import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import Toggle from "@cloudscape-design/components/toggle";
import { type Path, showPath } from "@sluice/model";
import { type ReactNode, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { sentence } from "../../frame/format.ts";
import { listOf, scalarOf, valueAt, wordOf } from "./file.ts";
import { useFile } from "./file-context.ts";

interface Asked {
  readonly path: Path;
  readonly label: string;
  readonly description?: ReactNode;
  readonly constraint?: ReactNode;
}

/** A label, and what the server says about its key where it is asked. */
export function FileField({
  path,
  label,
  description,
  constraint,
  children,
}: Asked & { readonly children: ReactNode }) {
  const { findings } = useFile();
  const name = showPath(path);
  const said = (level: string): string | undefined => {
    const found = findings.find(
      (one) => one.level === level && (one.path === name || one.path.startsWith(`${name}[`)),
    );
    return found && `${sentence(found.message)} ${sentence(found.suggestion)}`;
  };
  const error = said("ERROR");
  const warning = error === undefined ? said("WARNING") : undefined;
  return (
    <FormField
      label={label}
      description={description}
      constraintText={constraint}
      errorText={error}
      warningText={warning}
    >
      {children}
    </FormField>
  );
}

/** A key whose value is typed. An empty field takes an optional key away. */
export function TextField({
  isOptional = false,
  placeholder = "",
  type = "text",
  ...asked
}: Asked & {
  readonly isOptional?: boolean;
  readonly placeholder?: string;
  readonly type?: InputProps.Type;
}) {
  const { value, set } = useFile();
  const [typed, setTyped] = useState<string>();
  const inFile = wordOf(valueAt(value, asked.path));
  return (
    <FileField {...asked}>
      <Input
        value={typed ?? inFile}
        type={type}
        placeholder={placeholder}
        spellcheck={false}
        autoComplete={false}
        {...(type === "number" ? { inputMode: "numeric" as const } : {})}
        onChange={({ detail }) => {
          setTyped(detail.value);
          const word = detail.value.trim();
          if (word !== "") set(asked.path, scalarOf(word));
          else if (isOptional) set(asked.path, undefined);
        }}
        onBlur={() => setTyped(undefined)}
      />
    </FileField>
  );
}

/** A list of words, typed with commas between them. An empty field takes the key away. */
export function ListField(asked: Asked) {
  const { value, set } = useFile();
  const [typed, setTyped] = useState<string>();
  const inFile = listOf(valueAt(value, asked.path)).map(wordOf).join(", ");
  return (
    <FileField {...asked}>
      <Input
        value={typed ?? inFile}
        spellcheck={false}
        autoComplete={false}
        onChange={({ detail }) => {
          setTyped(detail.value);
          const words = detail.value.split(/[\s,]+/).filter((word) => word !== "");
          set(asked.path, words.length === 0 ? undefined : words);
        }}
        onBlur={() => setTyped(undefined)}
      />
    </FileField>
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

/** A key whose value is one of a few; with `fallback` that one is what no key at all means. */
export function ChoiceField({
  choices,
  fallback,
  disabled = false,
  onChoose,
  ...asked
}: Asked & {
  readonly choices: readonly Choice[];
  readonly fallback?: string;
  readonly disabled?: boolean;
  /** In place of giving the key the value, where more changes with it. */
  readonly onChoose?: (value: string) => void;
}) {
  const { value, set } = useFile();
  const word = wordOf(valueAt(value, asked.path)) || (fallback ?? "");
  // What the file has is shown, also when it is none of these.
  const known = choices.some((choice) => choice.value === word);
  const options: SelectProps.Option[] = [
    ...choices,
    ...(known || word === "" ? [] : [{ value: word, label: word }]),
  ];
  return (
    <FileField {...asked}>
      <Select
        options={options}
        selectedOption={options.find((option) => option.value === word) ?? null}
        disabled={disabled}
        placeholder={text.wizard.choose}
        onChange={({ detail }) => {
          const next = detail.selectedOption.value;
          if (onChoose !== undefined && next !== undefined) onChoose(next);
          else set(asked.path, next === fallback ? undefined : next);
        }}
      />
    </FileField>
  );
}

/** A key that is `true`, or says which one, or is not there. */
export function SwitchField({
  path,
  label,
  description,
}: {
  readonly path: Path;
  readonly label: string;
  readonly description?: string;
}) {
  const { value, set } = useFile();
  const inFile = valueAt(value, path);
  return (
    <Toggle
      checked={inFile !== undefined && inFile !== false}
      description={description}
      onChange={({ detail }) => set(path, detail.checked ? true : undefined)}
    >
      {label}
    </Toggle>
  );
}
