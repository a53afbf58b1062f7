import type { ButtonDropdownProps } from "@cloudscape-design/components/button-dropdown";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { ROUTES, type RunView } from "@sluice/api";
import { useState } from "react";
import { text } from "../../catalogue/index.ts";
import { filesHref } from "../../frame/addresses.ts";
import { Confirm } from "../../frame/confirm.tsx";
import { Dialog } from "../../frame/dialog.tsx";
import { notifySuccess } from "../../frame/notices.tsx";
import { useChange } from "../../frame/queries.ts";
import { isLive } from "../../frame/run-state.tsx";
import { server } from "../../frame/server.ts";
import { useMay } from "../../frame/session.tsx";
import { ShareRun } from "./share-run.tsx";

type Question = "rename" | "keep" | "share" | "cancel" | "remove";

export function submitHref(run: RunView): string {
  return `/submit/${encodeURIComponent(run.application.name)}?run=${encodeURIComponent(run.id)}`;
}

export function archiveHref(run: RunView, format: "tar.gz" | "zip"): string {
  return server.url(ROUTES.downloadRun, { params: { run: run.id }, query: { format } });
}

/** What can be done with a run, as far as the viewer may. */
export function RunActions({
  run,
  isIcon = false,
  onRemoved,
}: {
  readonly run: RunView;
  readonly isIcon?: boolean;
  readonly onRemoved?: () => void;
}) {
  const [question, setQuestion] = useState<Question>();
  const mayRun = useMay("user", run.cluster);
  const close = () => setQuestion(undefined);
  const said = text.runs.actions;
  return (
    <>
      <ButtonDropdown
        variant={isIcon ? "icon" : "normal"}
        ariaLabel={said.of(run.name)}
        expandToViewport
        items={itemsOf(run, mayRun)}
        onItemClick={({ detail }) => {
          const isQuestion = ["rename", "keep", "share", "cancel", "remove"].includes(detail.id);
          if (isQuestion) setQuestion(detail.id as Question);
        }}
      >
        {isIcon ? undefined : said.more}
      </ButtonDropdown>
      {question === "rename" && <RenameRun run={run} onClose={close} />}
      {question === "keep" && <KeepRun run={run} onClose={close} />}
      {question === "share" && <ShareRun run={run} onClose={close} />}
      {question === "cancel" && <CancelRun run={run} onClose={close} />}
      {question === "remove" && (
        <RemoveRun run={run} onClose={close} {...(onRemoved === undefined ? {} : { onRemoved })} />
      )}
    </>
  );
}

function itemsOf(run: RunView, mayRun: boolean): ButtonDropdownProps.ItemOrGroup[] {
  const said = text.runs.actions;
  const { isOwn, state } = run;
  const hasFolder = state !== "expired";
  const isDraft = state === "draft";
  const item = (is: boolean, id: string, words: string, href?: string) =>
    is ? [{ id, text: words, ...(href === undefined ? {} : { href }) }] : [];
  return [
    ...item(mayRun, "rerun", isDraft && isOwn ? said.finish : said.rerun, submitHref(run)),
    ...item(hasFolder, "download", said.download, archiveHref(run, "tar.gz")),
    ...item(hasFolder, "zip", said.downloadZip, archiveHref(run, "zip")),
    ...item(hasFolder && isOwn, "files", said.openFolder, filesHref(run.cluster, run.folder)),
    ...item(isOwn, "rename", said.rename),
    ...item(isOwn, "share", said.share),
    ...item(isOwn && hasFolder, "keep", said.keep),
    ...item(isOwn && isLive(state) && run.jobId !== undefined, "cancel", said.cancel),
    ...item(isOwn && !isLive(state), "remove", said.remove),
  ];
}

interface QuestionProps {
  readonly run: RunView;
  readonly onClose: () => void;
}

const RUNS = [ROUTES.listRuns, ROUTES.getRun];

function RenameRun({ run, onClose }: QuestionProps) {
  const [name, setName] = useState(run.name);
  const change = useChange(ROUTES.updateRun, RUNS);
  const said = text.runs.rename;
  const go = (): void => {
    if (name.trim() === "" || change.isPending) return;
    change.mutate({ params: { run: run.id }, body: { name: name.trim() } }, { onSuccess: onClose });
  };
  return (
    <Dialog
      {...{ title: said.title, action: said.go, onClose, isBusy: change.isPending }}
      error={change.error}
      onAction={go}
    >
      <FormField label={said.label}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
      </FormField>
    </Dialog>
  );
}

const DAY = 86_400;
const DAYS = [30, 90, 180, 365];

function KeepRun({ run, onClose }: QuestionProps) {
  const said = text.runs.keep;
  const options = [
    ...DAYS.map((days) => ({
      value: `${days * DAY}`,
      label: days === 365 ? said.year : said.days(days),
    })),
    { value: "", label: said.forever },
  ];
  const current = run.keepSeconds === undefined ? "" : `${run.keepSeconds}`;
  const [keep, setKeep] = useState(options.find(({ value }) => value === current) ?? options[1]);
  const change = useChange(ROUTES.updateRun, RUNS);
  const go = (): void => {
    const value = keep?.value ?? "";
    const keepSeconds = value === "" ? null : Number(value);
    change.mutate(
      { params: { run: run.id }, body: { keepSeconds } },
      {
        onSuccess: () => {
          notifySuccess(said.done);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      {...{ title: said.title, action: said.go, onClose, isBusy: change.isPending }}
      error={change.error}
      onAction={go}
    >
      <FormField label={said.label} description={said.more}>
        <Select
          selectedOption={keep ?? null}
          options={options}
          onChange={({ detail }) =>
            setKeep(options.find(({ value }) => value === detail.selectedOption.value))
          }
        />
      </FormField>
    </Dialog>
  );
}

function CancelRun({ run, onClose }: QuestionProps) {
  const cancel = useChange(ROUTES.cancelRun, RUNS);
  const said = text.runs.cancel;
  return (
    <Confirm
      title={said.title(run.name)}
      action={said.go}
      back={said.back}
      onConfirm={async () => {
        await cancel.mutateAsync({ params: { run: run.id } });
        notifySuccess(said.done);
      }}
      onClose={onClose}
    >
      {said.more}
    </Confirm>
  );
}

function RemoveRun({
  run,
  onClose,
  onRemoved,
}: QuestionProps & { readonly onRemoved?: () => void }) {
  const remove = useChange(ROUTES.deleteRun, [ROUTES.listRuns]);
  const said = text.runs.remove;
  return (
    <Confirm
      title={said.title(run.name)}
      action={said.go}
      onConfirm={async () => {
        await remove.mutateAsync({ params: { run: run.id } });
        notifySuccess(said.done);
        onRemoved?.();
      }}
      onClose={onClose}
    >
      {said.more}
    </Confirm>
  );
}
