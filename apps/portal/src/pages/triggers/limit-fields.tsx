import ColumnLayout from "@cloudscape-design/components/column-layout";
import { text } from "../../catalogue/index.ts";
import { DraftField, type DraftParts } from "./draft-fields.tsx";

export function LimitFields(parts: DraftParts) {
  const { form } = text.triggers;
  return (
    <ColumnLayout columns={3}>
      <DraftField {...parts} name="retries" label={form.retries} isNumber />
      <DraftField {...parts} name="perMinute" label={form.perMinute} isNumber />
      <DraftField {...parts} name="keepDays" label={form.keepDays} isNumber />
    </ColumnLayout>
  );
}
