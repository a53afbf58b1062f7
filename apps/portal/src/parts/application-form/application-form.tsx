import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ApplicationField } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { sentence } from "../../frame/format.ts";
import { constraintOf } from "./constraint.ts";
import { FieldControl } from "./field-control.tsx";
import { type FormPlace, FormPlaceProvider } from "./place.ts";
import { askedFields, type FormValue, type FormValues, sectionsOf } from "./values.ts";
import "./application-form.css";

/** The form of an application: its fields in their sections, each with what is wrong with it. */
export function ApplicationForm({
  fields,
  values,
  problems,
  place,
  onChange,
  onLeave,
}: {
  readonly fields: readonly ApplicationField[];
  readonly values: FormValues;
  /** By field: what is to be said there now. */
  readonly problems: ReadonlyMap<string, string>;
  readonly place: FormPlace;
  readonly onChange: (field: string, value: FormValue) => void;
  /** Somebody was at the field and is not any more. */
  readonly onLeave?: (field: string) => void;
}) {
  return (
    <FormPlaceProvider value={place}>
      <SpaceBetween size="l">
        {sectionsOf(askedFields(fields, values)).map(([section, own]) => (
          <Container
            key={section}
            header={<Header variant="h2">{section === "" ? text.submit.inputs : section}</Header>}
          >
            <div className="application-fields">
              {own.map((field) => (
                <Field
                  key={field.name}
                  field={field}
                  value={values[field.name]}
                  problem={problems.get(field.name)}
                  onChange={(value) => onChange(field.name, value)}
                  onLeave={() => onLeave?.(field.name)}
                />
              ))}
            </div>
          </Container>
        ))}
      </SpaceBetween>
    </FormPlaceProvider>
  );
}

const WIDE: ReadonlySet<string> = new Set(["file", "files", "folder", "words", "choices", "text"]);

function Field({
  field,
  value,
  problem,
  onChange,
  onLeave,
}: {
  readonly field: ApplicationField;
  readonly value: FormValue | undefined;
  readonly problem: string | undefined;
  readonly onChange: (value: FormValue) => void;
  readonly onLeave: () => void;
}) {
  // What is filled in already need not say that it may be left out.
  const isOptional = !field.required && field.default === undefined && field.type !== "cluster";
  const isSwitch = field.type === "boolean";
  const help = field.help === undefined ? undefined : sentence(field.help);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears that its control is left
    <div
      id={fieldId(field.name)}
      className={WIDE.has(field.type) ? "application-field-wide" : ""}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) onLeave();
      }}
    >
      <FormField
        stretch
        label={
          isSwitch ? undefined : (
            <>
              {field.label}
              {isOptional && <i className="optional"> – {text.submit.optional}</i>}
            </>
          )
        }
        constraintText={isSwitch ? undefined : (help ?? constraintOf(field))}
        errorText={problem}
      >
        <FieldControl field={field} value={value} onChange={onChange} />
      </FormField>
    </div>
  );
}

const fieldId = (name: string): string => `field-${name}`;

/** Takes somebody to a field of the form. */
export function goToField(name: string): void {
  const place = document.getElementById(fieldId(name));
  place?.scrollIntoView({ block: "center" });
  const control = place?.querySelector<HTMLElement>(
    "input:not([type=file]), textarea, button:not([disabled])",
  );
  control?.focus({ preventScroll: true });
}
