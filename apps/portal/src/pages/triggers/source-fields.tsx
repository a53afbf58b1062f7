import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import { text } from "../../catalogue/index.ts";
import { DraftField, type DraftParts } from "./draft-fields.tsx";
import type { SourceKind } from "./trigger-words.ts";

/** What the trigger waits for; of one that is there the kind stays. */
export function SourceFields({ isNew, ...parts }: DraftParts & { readonly isNew: boolean }) {
  const { kinds, kindsMore, source } = text.triggers;
  const { draft, onChange } = parts;
  return (
    <SpaceBetween size="m">
      <Tiles
        ariaLabel={source}
        columns={2}
        value={draft.kind}
        items={(Object.keys(kinds) as SourceKind[]).map((value) => ({
          value,
          label: kinds[value],
          description: kindsMore[value],
          disabled: !isNew && value !== draft.kind,
        }))}
        onChange={({ detail }) => onChange({ kind: detail.value as SourceKind })}
      />
      <OfKind {...parts} />
    </SpaceBetween>
  );
}

function OfKind(parts: DraftParts) {
  const { form } = text.triggers;
  const { draft, onChange } = parts;
  switch (draft.kind) {
    case "folder":
      return (
        <SpaceBetween size="m">
          <ColumnLayout columns={2}>
            <DraftField {...parts} name="path" label={form.path} help={form.pathHelp} />
            <DraftField {...parts} name="pattern" label={form.pattern} help={form.patternHelp} />
            <DraftField
              {...parts}
              name="settleSeconds"
              label={form.settle}
              unit={form.seconds}
              isNumber
            />
            <DraftField
              {...parts}
              name="everySeconds"
              label={form.every}
              unit={form.seconds}
              isNumber
            />
          </ColumnLayout>
          <Checkbox
            checked={draft.existing}
            onChange={({ detail }) => onChange({ existing: detail.checked })}
          >
            {form.existing}
          </Checkbox>
        </SpaceBetween>
      );
    case "objects":
      return (
        <ColumnLayout columns={2}>
          <DraftField {...parts} name="queue" label={form.queue} help={form.queueHelp} />
          <DraftField {...parts} name="bucket" label={form.bucket} />
          <DraftField {...parts} name="prefix" label={form.prefix} />
          <DraftField {...parts} name="suffix" label={form.suffix} />
        </ColumnLayout>
      );
    case "schedule":
      return (
        <ColumnLayout columns={2}>
          <DraftField {...parts} name="cron" label={form.cron} help={form.cronHelp} />
          <DraftField {...parts} name="timeZone" label={form.timeZone} />
          <Missed {...parts} />
        </ColumnLayout>
      );
    case "web-hook":
      return <Scheme {...parts} />;
    default:
      return draft.kind satisfies never;
  }
}

function Missed({ draft, onChange }: DraftParts) {
  const { form } = text.triggers;
  const options = (["none", "last", "all"] as const).map((value) => ({
    value,
    label: form.missedOnes[value],
  }));
  return (
    <FormField label={form.missed}>
      <Select
        options={options}
        selectedOption={options.find(({ value }) => value === draft.missed) ?? null}
        onChange={({ detail }) =>
          onChange({ missed: detail.selectedOption.value as typeof draft.missed })
        }
      />
    </FormField>
  );
}

function Scheme({ draft, onChange }: DraftParts) {
  const { form } = text.triggers;
  const options = (["sluice", "github"] as const).map((value) => ({
    value,
    label: form.schemes[value],
  }));
  return (
    <FormField label={form.scheme}>
      <Select
        options={options}
        selectedOption={options.find(({ value }) => value === draft.scheme) ?? null}
        onChange={({ detail }) =>
          onChange({ scheme: detail.selectedOption.value as typeof draft.scheme })
        }
      />
    </FormField>
  );
}
