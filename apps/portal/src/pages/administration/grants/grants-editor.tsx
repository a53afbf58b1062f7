import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { type Grant, ROLES, ROUTES, type Role } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { useRead } from "../../../frame/queries.ts";

/** Roles with the clusters and accounts that they are held on, each a row. */
export function GrantsEditor({
  grants,
  onChange,
}: {
  readonly grants: readonly Grant[];
  readonly onChange: (grants: readonly Grant[]) => void;
}) {
  const said = text.administration.grants;
  const clusters = useRead(ROUTES.listClusters, {}, { staleTime: 60_000 });
  const names = clusters.data?.items.map(({ clusterName }) => clusterName) ?? [];
  const set = (index: number, change: Partial<Grant>): void =>
    onChange(grants.map((grant, at) => (at === index ? { ...grant, ...change } : grant)));
  const roles = ROLES.map((value) => ({ value, label: text.frame.roles[value] }));
  return (
    <AttributeEditor<Grant>
      items={[...grants]}
      addButtonText={said.add}
      empty={said.none}
      onAddButtonClick={() => onChange([...grants, { role: "user", cluster: "*", account: "*" }])}
      onRemoveButtonClick={({ detail }) =>
        onChange(grants.filter((_, index) => index !== detail.itemIndex))
      }
      removeButtonAriaLabel={(grant) => said.remove(grants.indexOf(grant) + 1)}
      removeButtonText={text.frame.actions.remove}
      definition={[
        {
          label: said.role,
          control: (grant, index) => (
            <Select
              options={roles}
              selectedOption={roles.find(({ value }) => value === grant.role) ?? null}
              onChange={({ detail }) => set(index, { role: detail.selectedOption.value as Role })}
            />
          ),
        },
        {
          label: said.cluster,
          control: (grant, index) => (
            <Autosuggest
              value={grant.cluster === "*" ? "" : grant.cluster}
              options={names.map((value) => ({ value }))}
              placeholder={said.allClusters}
              empty={said.allClusters}
              enteredTextLabel={said.named}
              ariaLabel={said.cluster}
              onChange={({ detail }) => set(index, { cluster: detail.value.trim() || "*" })}
            />
          ),
        },
        {
          label: said.account,
          control: (grant, index) => (
            <Input
              value={grant.account === "*" ? "" : grant.account}
              placeholder={said.allAccounts}
              ariaLabel={said.account}
              spellcheck={false}
              onChange={({ detail }) => set(index, { account: detail.value.trim() || "*" })}
            />
          ),
        },
      ]}
    />
  );
}
