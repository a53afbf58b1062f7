import Checkbox from "@cloudscape-design/components/checkbox";
import DatePicker from "@cloudscape-design/components/date-picker";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Textarea from "@cloudscape-design/components/textarea";
import TimeInput from "@cloudscape-design/components/time-input";
import type { ApplicationField } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { sentence } from "../../frame/format.ts";
import { ChoiceControl, type Option } from "./choice-control.tsx";
import { FileControl } from "./file-control.tsx";
import { type FormPlace, useFormPlace } from "./place.ts";
import { queueState } from "./queue-state.ts";
import type { FormValue } from "./values.ts";

export interface ControlProps {
  readonly field: ApplicationField;
  readonly value: FormValue | undefined;
  readonly onChange: (value: FormValue) => void;
}

/** So many choices are all seen at once. */
const AT_ONCE = 3;

/** What a field is filled in with, by its type. */
export function FieldControl({ field, value, onChange }: ControlProps) {
  const place = useFormPlace();
  const { type, placeholder = "" } = field;
  const words = typeof value === "string" ? value : "";
  switch (type) {
    case "boolean":
      return (
        <Checkbox
          checked={value === true}
          onChange={({ detail }) => onChange(detail.checked)}
          description={field.help === undefined ? undefined : sentence(field.help)}
        >
          {field.label}
        </Checkbox>
      );
    case "choice":
    case "cluster":
    case "queue":
    case "account":
    case "licence":
      return <OneChoice field={field} value={words} onChange={onChange} place={place} />;
    case "choices":
      return <SeveralChoices field={field} value={value} onChange={onChange} />;
    case "file":
    case "files":
    case "folder":
      return <FileControl field={field} value={value} onChange={onChange} />;
    case "date":
      return <DateControl value={words} onChange={onChange} />;
    case "text":
      if (field.multiline) {
        return (
          <Textarea
            value={words}
            rows={6}
            placeholder={placeholder}
            ariaRequired={field.required}
            onChange={({ detail }) => onChange(detail.value)}
          />
        );
      }
      return <Line field={field} value={words} onChange={onChange} />;
    default:
      return <Line field={field} value={words} onChange={onChange} />;
  }
}

const MODES: Readonly<Record<string, "numeric" | "decimal">> = {
  integer: "numeric",
  number: "decimal",
};

function Line({
  field,
  value,
  onChange,
}: {
  readonly field: ApplicationField;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { type, placeholder = "", required } = field;
  const mode = MODES[type];
  return (
    <Input
      value={value}
      placeholder={placeholder}
      ariaRequired={required}
      spellcheck={type === "text"}
      autoComplete={false}
      {...(mode === undefined ? {} : { inputMode: mode })}
      onChange={({ detail }) => onChange(detail.value)}
    />
  );
}

function OneChoice({
  field,
  value,
  onChange,
  place,
}: {
  readonly field: ApplicationField;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly place: FormPlace;
}) {
  const found = optionsOf(field, place);
  const isShort = found.options !== undefined && found.options.length <= AT_ONCE;
  const isFilled = field.required || field.default !== undefined;
  if (field.type === "choice" && isShort && isFilled && field.choices !== undefined) {
    return (
      <RadioGroup
        value={value === "" ? null : value}
        direction="horizontal"
        ariaRequired={field.required}
        items={(found.options ?? []).map((option) => ({
          value: option.value,
          label: option.label,
        }))}
        onChange={({ detail }) => onChange(detail.value)}
      />
    );
  }
  return (
    <ChoiceControl
      value={value}
      onChange={onChange}
      options={found.options}
      problem={found.problem}
      // A run has a cluster, whatever the form says of it.
      isRequired={field.required || field.type === "cluster"}
      none={field.type === "choice" ? text.submit.notChosen : text.submit.usual}
    />
  );
}

function SeveralChoices({ field, value, onChange }: ControlProps) {
  const place = useFormPlace();
  const { options = [], isAsking } = optionsOf(field, place);
  const chosen = Array.isArray(value) ? (value as readonly string[]) : [];
  const said = text.submit;
  return (
    <Multiselect
      options={options}
      selectedOptions={chosen.map(
        (one) => options.find((option) => option.value === one) ?? { value: one, label: one },
      )}
      statusType={isAsking ? "loading" : "finished"}
      loadingText={text.frame.states.loading}
      placeholder={said.chooseSome}
      empty={said.noChoices}
      filteringType={options.length > 8 ? "auto" : "none"}
      filteringPlaceholder={said.findChoice}
      ariaRequired={field.required}
      deselectAriaLabel={({ label = "" }) => said.removeChoice(label)}
      onChange={({ detail }) => onChange(detail.selectedOptions.map((one) => one.value ?? ""))}
    />
  );
}

function DateControl({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const said = text.submit;
  const [day = "", time = ""] = value.split(/[T ]/, 2);
  const change = (nextDay: string, nextTime: string): void =>
    onChange(nextTime === "" || nextDay === "" ? nextDay : `${nextDay}T${nextTime}`);
  return (
    <div className="date-field">
      <DatePicker
        value={day}
        locale="en-GB"
        placeholder="YYYY/MM/DD"
        openCalendarAriaLabel={(chosen) => `${said.date} ${chosen ?? ""}`}
        onChange={({ detail }) => change(detail.value, time)}
      />
      <TimeInput
        value={time}
        format="hh:mm"
        placeholder="hh:mm"
        ariaLabel={said.time}
        onChange={({ detail }) => change(day, detail.value)}
      />
    </div>
  );
}

interface FoundOptions {
  /** Undefined: anything may be written. */
  readonly options: readonly Option[] | undefined;
  readonly isAsking: boolean;
  readonly problem?: string;
}

function optionsOf(field: ApplicationField, place: FormPlace): FoundOptions {
  if (field.choices !== undefined) return { options: field.choices, isAsking: false };
  if (field.type === "cluster") {
    const options = place.clusters.map(({ name, state }) => ({
      ...{ value: name, label: name, description: state },
    }));
    return { options, isAsking: false };
  }
  const states = new Map(place.queues.map((queue) => [queue.name, queueState(queue)]));
  const withState = (options: readonly Option[]): readonly Option[] =>
    options.map((option) => {
      const state = field.type === "queue" ? states.get(option.value) : undefined;
      return state === undefined ? option : { ...option, description: state };
    });
  const found = place.choices?.get(field.name);
  if (found !== undefined) {
    const isOpen = found.problem !== undefined && found.choices.length === 0;
    return {
      options: isOpen ? undefined : withState(found.choices),
      isAsking: false,
      ...(found.problem === undefined ? {} : { problem: found.problem }),
    };
  }
  if (field.type === "queue" && place.queues.length > 0) {
    const names = place.queues.map(({ name }) => ({ value: name, label: name }));
    return { options: withState(names), isAsking: false };
  }
  const isAsking = place.choices === undefined && place.cluster !== undefined;
  return { options: isAsking ? [] : undefined, isAsking };
}
