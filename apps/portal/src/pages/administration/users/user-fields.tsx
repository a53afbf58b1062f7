import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Grant, ROUTES } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { useRead } from "../../../frame/queries.ts";
import { GrantsEditor } from "../grants/grants-editor.tsx";

/** What can be written about somebody. */
export interface UserDraft {
  readonly displayName: string;
  readonly email: string;
  readonly unixUser: string;
  readonly grants: readonly Grant[];
  readonly groups: readonly string[];
}

export function UserFields({
  draft,
  onChange,
}: {
  readonly draft: UserDraft;
  readonly onChange: (draft: UserDraft) => void;
}) {
  const { users } = text.administration;
  const groups = useRead(ROUTES.listGroups, {});
  const names = groups.data?.items.map(({ name }) => name) ?? [];
  const field = (key: "displayName" | "email" | "unixUser", description?: string) => (
    <FormField
      label={
        <span>
          {users[key]} <i>– {users.optional}</i>
        </span>
      }
      {...(description === undefined ? {} : { description })}
    >
      <Input
        value={draft[key]}
        spellcheck={false}
        autoComplete={false}
        type={key === "email" ? "email" : "text"}
        onChange={({ detail }) => onChange({ ...draft, [key]: detail.value })}
      />
    </FormField>
  );
  return (
    <SpaceBetween size="m">
      {field("displayName")}
      {field("email")}
      {field("unixUser", users.unixUserHelp)}
      {names.length > 0 && (
        <FormField label={users.groups}>
          <Multiselect
            selectedOptions={draft.groups.map((value) => ({ value, label: value }))}
            options={names.map((value) => ({ value, label: value }))}
            onChange={({ detail }) =>
              onChange({
                ...draft,
                groups: detail.selectedOptions.flatMap(({ value }) => value ?? []),
              })
            }
          />
        </FormField>
      )}
      <FormField label={users.roles} stretch>
        <GrantsEditor grants={draft.grants} onChange={(grants) => onChange({ ...draft, grants })} />
      </FormField>
    </SpaceBetween>
  );
}
