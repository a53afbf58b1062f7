import Autosuggest from "@cloudscape-design/components/autosuggest";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ApplicationShare, type ApplicationSummary, ROUTES } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { Dialog } from "../../frame/dialog.tsx";
import { useRead } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { mayBeOnSite, useMe } from "../../frame/session.tsx";
import { Read } from "../../frame/states.tsx";
import "./applications.css";

/** With whom an application is shared, and to do what. */
export function ShareDialog({
  application,
  onSaved,
  onClose,
}: {
  readonly application: ApplicationSummary;
  readonly onSaved: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const { name, title } = application;
  const params = { application: name };
  const shares = useRead(ROUTES.getApplicationShares, { params });
  const [changed, setChanged] = useState<readonly ApplicationShare[]>();
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const said = text.applications.share;
  const list = changed ?? shares.data?.shares ?? [];
  const save = async (): Promise<void> => {
    setTried(true);
    if (list.some(isUnnamed)) return;
    setBusy(true);
    setError(undefined);
    try {
      await server.call(ROUTES.shareApplication, { params, body: { shares: [...list] } });
      await onSaved();
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog
      {...{ title: said.title(title), action: said.save, isBusy, error, onClose }}
      size="large"
      isDisabled={shares.data === undefined}
      onAction={() => void save()}
    >
      <Box color="text-body-secondary">{said.description}</Box>
      <Read from={shares}>
        {() => <Shares list={list} isTried={isTried} onChange={setChanged} />}
      </Read>
    </Dialog>
  );
}

const isUnnamed = ({ kind, name }: ApplicationShare): boolean =>
  kind !== "everyone" && name.trim() === "";

function Shares({
  list,
  isTried,
  onChange,
}: {
  readonly list: readonly ApplicationShare[];
  readonly isTried: boolean;
  readonly onChange: (list: readonly ApplicationShare[]) => void;
}) {
  const said = text.applications.share;
  const names = useNames();
  const kinds = (["user", "group", "everyone"] as const).map((value) => ({
    ...{ value, label: said[value] },
  }));
  const accesses = (["use", "edit"] as const).map((value) => ({ value, label: said[value] }));
  const set = (at: number, part: Partial<ApplicationShare>): void =>
    onChange(list.map((share, index) => (index === at ? { ...share, ...part } : share)));
  return (
    <SpaceBetween size="m">
      {list.length === 0 && <Box color="text-status-inactive">{said.none}</Box>}
      {list.map((share, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two may be the same while they are written
        <div key={at} className="share-row">
          <FormField label={said.kind}>
            <Select
              options={kinds}
              selectedOption={kinds.find(({ value }) => value === share.kind) ?? null}
              onChange={({ detail }) =>
                set(at, { kind: detail.selectedOption.value as ApplicationShare["kind"], name: "" })
              }
            />
          </FormField>
          {share.kind !== "everyone" && (
            <FormField
              label={said.name}
              errorText={isTried && isUnnamed(share) ? said.needsName : undefined}
            >
              <Autosuggest
                value={share.name}
                options={names[share.kind].map((value) => ({ value }))}
                enteredTextLabel={(value) => `${said.name}: ${value}`}
                ariaLabel={said.name}
                onChange={({ detail }) => set(at, { name: detail.value })}
              />
            </FormField>
          )}
          <FormField label={said.access}>
            <Select
              options={accesses}
              selectedOption={accesses.find(({ value }) => value === share.access) ?? null}
              onChange={({ detail }) =>
                set(at, { access: detail.selectedOption.value as ApplicationShare["access"] })
              }
            />
          </FormField>
          <Button
            formAction="none"
            onClick={() => onChange(list.filter((_, index) => index !== at))}
          >
            {said.remove}
          </Button>
        </div>
      ))}
      <Button
        formAction="none"
        onClick={() => onChange([...list, { kind: "user", name: "", access: "use" }])}
      >
        {said.add}
      </Button>
    </SpaceBetween>
  );
}

/** Names that can be suggested: all to administrators, and else one's own groups. */
function useNames(): { readonly user: readonly string[]; readonly group: readonly string[] } {
  const me = useMe();
  const enabled = mayBeOnSite(me, "administrator");
  const users = useRead(ROUTES.listUsers, {}, { enabled, staleTime: 60_000 });
  const groups = useRead(ROUTES.listGroups, {}, { enabled, staleTime: 60_000 });
  return {
    user: users.data?.items.map(({ name }) => name) ?? [],
    group: groups.data?.items.map(({ name }) => name) ?? me.groups,
  };
}
