import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ApplicationSummary, ROUTES } from "@sluice/api";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { text } from "../../catalogue/index.ts";
import { LeaveGuard } from "../../frame/leave-guard.tsx";
import { notifySuccess } from "../../frame/notices.tsx";
import { readAgain } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { Failure } from "../../frame/states.tsx";
import type { EditorHandle } from "../../parts/editor/contract.ts";
import { Editor } from "../../parts/editor/editor.tsx";
import { APPLICATION_ROUTES } from "./application-actions.tsx";
import { Conflict, isConflict } from "./conflict.tsx";
import { Findings, FormPreview } from "./form-preview.tsx";
import { usePreview } from "./use-preview.ts";
import "./applications.css";

/** Characters of a version's note. */
const LONGEST_NOTE = 500;

/** An application's text, beside the form that it makes. */
export function ApplicationEditor({
  application,
  base = 0,
  saved,
  initial,
  others,
  from,
}: {
  /** Missing: it is new. */
  readonly application?: ApplicationSummary;
  /** The newest version that was read; 0: none. */
  readonly base?: number;
  readonly saved: string;
  readonly initial: string;
  /** Of which a new one may be a copy. */
  readonly others?: readonly ApplicationSummary[];
  readonly from?: string;
}) {
  const said = text.applications.editor;
  const navigate = useNavigate();
  const client = useQueryClient();
  const [yaml, setYaml] = useState(initial);
  const [stored, setStored] = useState({ text: saved, version: base });
  const [note, setNote] = useState("");
  const [error, setError] = useState<unknown>();
  const [isSaving, setSaving] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const editor = useRef<EditorHandle>(null);
  const live = usePreview(yaml);
  const { preview, diagnostics, error: unseen, isBehind } = live;
  const isReadOnly = application?.mayEdit === false;
  const isNew = application === undefined;
  const isChanged = yaml !== (isNew ? initial : stored.text);
  const name = diagnostics.length === 0 ? preview?.form?.name : undefined;
  const isOther = !isNew && name !== undefined && name !== application.name;

  // Saved elsewhere, as by another window, and nothing was written here: that is shown.
  const isUntouched = !isChanged;
  useEffect(() => {
    if (base <= stored.version || !isUntouched) return;
    setStored({ text: saved, version: base });
    setYaml(saved);
  }, [base, saved, stored.version, isUntouched]);

  const save = async (over = isOther ? 0 : stored.version): Promise<void> => {
    if (isSaving || isReadOnly) return;
    setSaving(true);
    setError(undefined);
    try {
      const body = { text: yaml, note, over };
      const made = await server.call(ROUTES.saveApplication, { body });
      setStored({ text: yaml, version: made.latestVersion });
      setNote("");
      notifySuccess(text.applications.told.saved(made.latestVersion));
      setLeaving(true);
      await readAgain(client, APPLICATION_ROUTES);
      await navigate(`/applications/${encodeURIComponent(made.name)}`, { replace: true });
      setLeaving(false);
    } catch (problem) {
      setError(problem);
    } finally {
      setSaving(false);
    }
  };
  const takeTheirs = (theirs: { readonly text: string; readonly version: number }): void => {
    setError(undefined);
    setStored(theirs);
    setYaml(theirs.text);
  };
  const mayLeave = isReadOnly || isLeaving || isSaving;

  return (
    <SpaceBetween size="l">
      <LeaveGuard isNeeded={isChanged && !mayLeave} />
      {isReadOnly && <Alert type="info">{said.readOnly}</Alert>}
      {isOther && <Alert type="warning">{said.saveAs(name)}</Alert>}
      {error !== undefined &&
        (isConflict(error) && !isNew && !isOther ? (
          <Conflict
            application={application.name}
            mine={yaml}
            onMine={(version) => save(version)}
            onTheirs={takeTheirs}
          />
        ) : (
          <Failure error={error} header={said.notSaved} />
        ))}
      <div className="application-editor">
        <Container
          header={
            <Header
              variant="h2"
              info={unseen === null && <Findings diagnostics={diagnostics} isBehind={isBehind} />}
              actions={
                isReadOnly ? undefined : (
                  <SpaceBetween direction="horizontal" size="xs">
                    {isNew && others !== undefined && <Begin others={others} from={from} />}
                    <Button
                      variant="primary"
                      loading={isSaving}
                      disabled={!isNew && !isChanged}
                      onClick={() => void save()}
                    >
                      {said.save}
                    </Button>
                  </SpaceBetween>
                )
              }
            >
              {said.text}
            </Header>
          }
        >
          <SpaceBetween size="m">
            <Editor
              ref={editor}
              label={said.text}
              language="yaml"
              value={yaml}
              readOnly={isReadOnly}
              diagnostics={diagnostics}
              minHeight="26rem"
              maxHeight="calc(100vh - 16rem)"
              onChange={setYaml}
              onSave={() => void save()}
            />
            {diagnostics.length > 0 && (
              <ul className="findings">
                {diagnostics.slice(0, 20).map(({ line, message, suggestion }) => (
                  <li key={`${line} ${message}`}>
                    <Button variant="inline-link" onClick={() => editor.current?.goTo(line)}>
                      {said.line(line)}
                    </Button>{" "}
                    {message} {suggestion}
                  </li>
                ))}
              </ul>
            )}
            {!isReadOnly && !isNew && (
              <FormField label={said.note} constraintText={said.noteHelp} stretch>
                <Input
                  value={note}
                  autoComplete={false}
                  onChange={({ detail }) => setNote(detail.value.slice(0, LONGEST_NOTE))}
                />
              </FormField>
            )}
          </SpaceBetween>
        </Container>
        <FormPreview
          preview={preview}
          error={unseen}
          isStale={diagnostics.length > 0}
          values={live.values}
          problems={live.problems}
          onChange={live.setValue}
        />
      </div>
    </SpaceBetween>
  );
}

/** What a new application begins with. */
function Begin({
  others,
  from,
}: {
  readonly others: readonly ApplicationSummary[];
  readonly from: string | undefined;
}) {
  const navigate = useNavigate();
  const said = text.applications.editor;
  const options = [
    { value: "", label: said.beginEmpty },
    ...others.map(({ name, title }) => ({ value: name, label: said.copyOf(title) })),
  ];
  return (
    <Select
      ariaLabel={said.begin}
      options={options}
      selectedOption={options.find(({ value }) => value === (from ?? "")) ?? null}
      expandToViewport
      onChange={({ detail: { selectedOption } }) => {
        const { value = "" } = selectedOption;
        const query = value === "" ? "" : `?from=${encodeURIComponent(value)}`;
        void navigate(`/applications/new${query}`, { replace: true });
      }}
    />
  );
}
