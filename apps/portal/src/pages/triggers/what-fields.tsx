import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { type ApplicationField, ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useRead } from "../../frame/queries.ts";
import { DraftField, type DraftParts, problemWords } from "./draft-fields.tsx";

/** Its name, the application, where it runs, and the values of its fields. */
export function WhatFields({
  fields,
  ...parts
}: DraftParts & { readonly fields: readonly ApplicationField[] | undefined }) {
  const { triggers: said } = text;
  const { draft, problems, onChange } = parts;
  const clusters = useRead(ROUTES.listClusters, {}, { staleTime: 60_000 });
  const applications = useRead(ROUTES.listApplications, {}, { staleTime: 60_000 });
  const names = (clusters.data?.items ?? []).map(({ clusterName }) => ({ value: clusterName }));
  const known = (applications.data?.items ?? []).map(({ name, title, description }) => ({
    ...{ value: name, label: title, labelTag: name, description },
  }));
  return (
    <SpaceBetween size="m">
      <DraftField {...parts} name="name" label={said.name} help={said.nameHelp} />
      <ColumnLayout columns={2}>
        <FormField label={said.application} errorText={problemWords(problems.application)}>
          <Select
            options={known}
            selectedOption={
              known.find(({ value }) => value === draft.application) ??
              (draft.application === "" ? null : { value: draft.application })
            }
            placeholder={said.form.chooseApplication}
            filteringType="auto"
            statusType={applications.isPending ? "loading" : "finished"}
            onChange={({ detail }) =>
              onChange({
                application: detail.selectedOption.value ?? "",
                applicationVersion: undefined,
                values: {},
              })
            }
          />
        </FormField>
        <FormField label={said.cluster} errorText={problemWords(problems.cluster)}>
          <Select
            options={names}
            selectedOption={draft.cluster === "" ? null : { value: draft.cluster }}
            placeholder={said.form.chooseCluster}
            statusType={clusters.isPending ? "loading" : "finished"}
            onChange={({ detail }) => onChange({ cluster: detail.selectedOption.value ?? "" })}
          />
        </FormField>
      </ColumnLayout>
      {fields !== undefined && <Values {...parts} fields={fields} />}
    </SpaceBetween>
  );
}

function Values({
  fields,
  draft,
  onChange,
}: DraftParts & { readonly fields: readonly ApplicationField[] }) {
  const { form } = text.triggers;
  if (fields.length === 0) return <Box color="text-body-secondary">{form.noFields}</Box>;
  const set = (name: string, value: string): void =>
    onChange({ values: { ...draft.values, [name]: value } });
  return (
    <SpaceBetween size="s">
      <Box variant="h3">{form.values}</Box>
      <Box color="text-body-secondary">{form.valuesHelp("{{event.path}}")}</Box>
      <ColumnLayout columns={2}>
        {fields.map(({ name, label, help, required, multiline, isList, default: usual }) => {
          const value = draft.values[name] ?? "";
          const placeholder = Array.isArray(usual) ? usual.join("\n") : `${usual ?? ""}`;
          return (
            <FormField
              key={name}
              label={
                required ? (
                  label
                ) : (
                  <span>
                    {label} <i>– {form.optional}</i>
                  </span>
                )
              }
              {...(help === undefined ? {} : { description: help })}
            >
              {multiline || isList ? (
                <Textarea
                  value={value}
                  placeholder={placeholder}
                  rows={3}
                  spellcheck={false}
                  onChange={({ detail }) => set(name, detail.value)}
                />
              ) : (
                <Input
                  value={value}
                  placeholder={placeholder}
                  spellcheck={false}
                  autoComplete={false}
                  onChange={({ detail }) => set(name, detail.value)}
                />
              )}
            </FormField>
          );
        })}
      </ColumnLayout>
    </SpaceBetween>
  );
}
