import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import TokenGroup from "@cloudscape-design/components/token-group";
import { type JsonOf, ROUTES, type RunView } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { Dialog } from "../../frame/dialog.tsx";
import { notifySuccess } from "../../frame/notices.tsx";
import { useChange, useRead } from "../../frame/queries.ts";
import { Read } from "../../frame/states.tsx";
import "./runs.css";

type Share = JsonOf<typeof ROUTES.getRunShares>["shares"][number];

/** Who else sees a run. */
export function ShareRun({
  run,
  onClose,
}: {
  readonly run: RunView;
  readonly onClose: () => void;
}) {
  const shares = useRead(ROUTES.getRunShares, { params: { run: run.id } });
  const change = useChange(ROUTES.shareRun, [ROUTES.getRunShares]);
  const [chosen, setChosen] = useState<readonly Share[]>();
  const [kind, setKind] = useState<Share["kind"]>("user");
  const [name, setName] = useState("");
  const said = text.runs.share;
  const now = chosen ?? shares.data?.shares ?? [];
  const withNew = (): readonly Share[] => {
    const added = name.trim();
    const isThere = now.some((one) => one.kind === kind && one.name === added);
    return added === "" || isThere ? now : [...now, { kind, name: added }];
  };
  const add = (): void => {
    setChosen(withNew());
    setName("");
  };
  const save = (): void =>
    change.mutate(
      // What stands in the field was meant as well.
      { params: { run: run.id }, body: { shares: [...withNew()] } },
      {
        onSuccess: () => {
          notifySuccess(said.done);
          onClose();
        },
      },
    );
  return (
    <Dialog
      {...{ title: said.title, action: said.go, onClose, isBusy: change.isPending }}
      // What is saved is the whole list: not before it was read.
      isDisabled={shares.data === undefined}
      error={change.error}
      onAction={save}
    >
      <p>{said.more}</p>
      <Read from={shares}>
        {() => (
          <FormField label={said.with}>
            {now.length === 0 ? (
              said.nobody
            ) : (
              <TokenGroup
                items={now.map((one) => ({
                  label: one.name,
                  labelTag: said[one.kind],
                  dismissLabel: said.remove(one.name),
                }))}
                onDismiss={({ detail }) =>
                  setChosen(now.filter((_, at) => at !== detail.itemIndex))
                }
              />
            )}
          </FormField>
        )}
      </Read>
      <div className="runs-share">
        <SegmentedControl
          label={said.kind}
          selectedId={kind}
          options={[
            { id: "user", text: said.user },
            { id: "group", text: said.group },
          ]}
          onChange={({ detail }) => setKind(detail.selectedId as Share["kind"])}
        />
        <FormField label={said.name}>
          <Input
            value={name}
            autoComplete={false}
            spellcheck={false}
            onChange={({ detail }) => setName(detail.value)}
            onKeyDown={(event) => {
              if (event.detail.key !== "Enter" || name.trim() === "") return;
              event.preventDefault();
              add();
            }}
          />
        </FormField>
        <Button formAction="none" onClick={add}>
          {said.add}
        </Button>
      </div>
    </Dialog>
  );
}
