import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { text } from "../../catalogue/index.ts";
import { sentence } from "../../frame/format.ts";

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

/** One of several; what is written freely where nobody knows the choices. */
export function ChoiceControl({
  value,
  options,
  problem,
  isRequired,
  none,
  onChange,
}: {
  readonly value: string;
  readonly options: readonly Option[] | undefined;
  readonly problem: string | undefined;
  readonly isRequired: boolean;
  /** What an empty choice means. */
  readonly none: string;
  readonly onChange: (value: string) => void;
}) {
  const said = text.submit;
  const why = problem !== undefined && <small>{sentence(problem)}</small>;
  if (options === undefined) {
    return (
      <>
        <Input
          value={value}
          ariaRequired={isRequired}
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => onChange(detail.value)}
        />
        {why}
      </>
    );
  }
  const empty: Option = { value: "", label: none };
  // What is chosen is shown, whether or not it is there any more.
  const known = options.some((option) => option.value === value) || value === "";
  const all = [
    ...(isRequired ? [] : [empty]),
    ...options,
    ...(known ? [] : [{ value, label: value }]),
  ];
  return (
    <>
      <Select
        options={all}
        selectedOption={all.find((option) => option.value === value) ?? null}
        placeholder={said.choose1}
        empty={said.noChoices}
        filteringType={all.length > 8 ? "auto" : "none"}
        filteringPlaceholder={said.findChoice}
        triggerVariant="option"
        ariaRequired={isRequired}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
      />
      {why}
    </>
  );
}
