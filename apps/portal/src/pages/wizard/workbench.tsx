import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { Edit, Path } from "@sluice/model";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { useAddress } from "../../frame/address.ts";
import { sentence } from "../../frame/format.ts";
import type { EditorHandle } from "../../parts/editor/contract.ts";
import { editFile, type FileValue, lineOfKey, type Reading, readFile, setEdits } from "./file.ts";
import { FileProvider, type ProviderName, providerOf } from "./file-context.ts";
import { FilePane } from "./file-pane.tsx";
import { StepBar } from "./step-bar.tsx";
import { HeadNodeStep } from "./steps/head-node-step.tsx";
import { NetworkStep } from "./steps/network-step.tsx";
import { PeopleStep } from "./steps/people-step.tsx";
import { PlaceStep, type PlaceStepProps } from "./steps/place-step.tsx";
import { QueuesStep } from "./steps/queues-step.tsx";
import { StorageStep } from "./steps/storage-step.tsx";
import { STEP_KEYS, STEPS, type StepName, stepsWithErrors } from "./steps.ts";
import { useReview } from "./use-review.ts";
import "./wizard.css";

const EMPTY: FileValue = {};
const NONE: ReadonlySet<string> = new Set();

/** A cluster file twice: as steps on the one side, as text on the other. The text is what counts. */
export function Workbench({
  file,
  onFile,
  suppressed,
  isRunning,
  place,
  review,
}: {
  readonly file: string;
  readonly onFile: (file: string) => void;
  /** Checks that are left out, as `type:NameOfTheCheck`. */
  readonly suppressed: readonly string[];
  readonly isRunning: boolean;
  readonly place: PlaceStepProps;
  /** The last step. */
  readonly review: (goTo: (step: StepName) => void) => ReactNode;
}) {
  const [{ step: asked }, setAddress] = useAddress({ step: STEPS[0] });
  const step = STEPS.find((one) => one === asked) ?? STEPS[0];
  const reading = useMemo(() => readFile(file), [file]);
  const value = useLastRead(reading);
  const unreadable = useLasting(reading.is === "unreadable" ? reading : undefined);
  const reviewed = useReview(file, suppressed);
  const [problem, setProblem] = useState<string>();
  const editor = useRef<EditorHandle>(null);
  const pane = useRef<HTMLDivElement>(null);
  const findings = reviewed.review?.findings ?? [];

  const edit = (edits: readonly Edit[]): void => {
    const edited = editFile(file, edits);
    setProblem("problem" in edited ? edited.problem : undefined);
    if ("text" in edited) onFile(edited.text);
  };
  const provider: ProviderName = providerOf(value);
  const goTo = (next: StepName): void => {
    setAddress({ step: next });
    window.scrollTo({ top: 0 });
    pane.current?.focus({ preventScroll: true });
    const line = lineOfKey(file, STEP_KEYS[next]);
    if (line !== undefined) editor.current?.show(line);
  };
  const context = {
    value,
    provider,
    region: typeof value.Region === "string" ? value.Region : undefined,
    isRunning,
    findings,
    unacceptable: reviewed.review?.unacceptable ?? NONE,
    edit,
    set: (path: Path, next: unknown) => edit(setEdits(value, path, next)),
  };
  return (
    <FileProvider value={context}>
      <StepBar current={step} withErrors={stepsWithErrors(findings)} onGo={goTo} />
      <div className="workbench">
        <div ref={pane} tabIndex={-1} className="workbench-steps">
          <Hindrance
            unreadable={unreadable}
            problem={problem}
            onGo={(line, column) => editor.current?.goTo(line, column)}
            onDismiss={() => setProblem(undefined)}
          />
          {step === "review" ? review(goTo) : <Step step={step} place={place} />}
          <StepFooter step={step} onGo={goTo} />
        </div>
        <FilePane
          file={file}
          onFile={onFile}
          isRunning={isRunning}
          reviewed={reviewed}
          editor={editor}
        />
      </div>
    </FileProvider>
  );
}

/** What the text said when it could last be read. */
function useLastRead(reading: Reading): FileValue {
  const last = useRef(EMPTY);
  if (reading.is === "read") last.current = reading.value;
  return last.current;
}

type Unreadable = Extract<Reading, { readonly is: "unreadable" }>;

/** Milliseconds for which a text may be unreadable, as it mostly is while a line is typed. */
const LASTING = 1_500;

/** What is so for a while now, at its newest. */
function useLasting<T>(now: T | undefined): T | undefined {
  const [isLasting, setLasting] = useState(false);
  const isSo = now !== undefined;
  useEffect(() => {
    if (!isSo) {
      setLasting(false);
      return;
    }
    const timer = setTimeout(() => setLasting(true), LASTING);
    return () => clearTimeout(timer);
  }, [isSo]);
  return isLasting ? now : undefined;
}

/** Why the steps are not what the text says, or what was chosen there is not in the text. */
function Hindrance({
  unreadable,
  problem,
  onGo,
  onDismiss,
}: {
  readonly unreadable: Unreadable | undefined;
  readonly problem: string | undefined;
  readonly onGo: (line: number, column: number) => void;
  readonly onDismiss: () => void;
}) {
  if (unreadable !== undefined) {
    const { line, column, message } = unreadable;
    return (
      <div className="hindrance">
        <Alert
          type="warning"
          header={text.wizard.unreadable(line)}
          action={<Button onClick={() => onGo(line, column)}>{text.wizard.file.line(line)}</Button>}
        >
          {`${sentence(message)} ${text.wizard.unreadableMore}`}
        </Alert>
      </div>
    );
  }
  if (problem === undefined) return null;
  return (
    <div className="hindrance">
      <Alert
        type="warning"
        header={text.wizard.notEdited}
        dismissible
        dismissAriaLabel={text.frame.actions.dismiss}
        onDismiss={onDismiss}
      >
        {sentence(problem)}
      </Alert>
    </div>
  );
}

function Step({ step, place }: { readonly step: StepName; readonly place: PlaceStepProps }) {
  switch (step) {
    case "place":
      return <PlaceStep {...place} />;
    case "head-node":
      return <HeadNodeStep />;
    case "queues":
      return <QueuesStep />;
    case "storage":
      return <StorageStep />;
    case "network":
      return <NetworkStep />;
    case "people":
      return <PeopleStep />;
    case "review":
      return null;
    default:
      return step satisfies never;
  }
}

function StepFooter({
  step,
  onGo,
}: {
  readonly step: StepName;
  readonly onGo: (step: StepName) => void;
}) {
  const said = text.wizard.steps;
  const at = STEPS.indexOf(step);
  const [back, next] = [STEPS[at - 1], STEPS[at + 1]];
  return (
    <div className="step-footer">
      {back === undefined ? <span /> : <Button onClick={() => onGo(back)}>{said.back}</Button>}
      {next !== undefined && (
        <Button variant="primary" onClick={() => onGo(next)}>
          {next === "review" ? said.toReview : said.next(said[next])}
        </Button>
      )}
    </div>
  );
}
