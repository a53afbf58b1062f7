import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { ROUTES } from "@sluice/api";
import { type DragEvent, type RefObject, useMemo, useState } from "react";
import { text } from "../../catalogue/index.ts";
import { useRead } from "../../frame/queries.ts";
import { saveTextAs } from "../../frame/save-as.ts";
import { server } from "../../frame/server.ts";
import { Failure } from "../../frame/states.tsx";
import type { Diagnostic, EditorHandle } from "../../parts/editor/contract.ts";
import { Editor } from "../../parts/editor/editor.tsx";
import { completionsOf, hoverOf } from "./completion/completions.ts";
import type { JsonSchema } from "./completion/schema.ts";
import { Findings } from "./findings.tsx";
import { useMachineTypes } from "./machine-type-field.tsx";
import { takeFile } from "./take-file.ts";
import type { ClusterFileAdvice, Reviewed } from "./use-review.ts";

/** A schema is the same until the server is another. */
const A_DAY = 24 * 3600 * 1000;

/** The text, what is said about it, and the fixes that can be had. */
export function FilePane({
  file,
  onFile,
  isRunning,
  reviewed,
  editor,
}: {
  readonly file: string;
  readonly onFile: (file: string) => void;
  readonly isRunning: boolean;
  readonly reviewed: Reviewed;
  readonly editor: RefObject<EditorHandle | null>;
}) {
  const said = text.wizard.file;
  const { review, error } = reviewed;
  const [isOver, setOver] = useState(false);
  const schema = useRead(ROUTES.getClusterFileSchema, {}, { staleTime: A_DAY }).data;
  const types = useMachineTypes();
  const completions = useMemo(() => {
    const names = types?.map(({ name }) => name);
    return schema === undefined
      ? undefined
      : completionsOf(schema as JsonSchema, (key) => (key === "InstanceType" ? names : undefined));
  }, [schema, types]);
  const hover = useMemo(
    () => (schema === undefined ? undefined : hoverOf(schema as JsonSchema)),
    [schema],
  );
  const [problem, setProblem] = useState<unknown>();
  const fix = async (advice?: ClusterFileAdvice): Promise<void> => {
    setProblem(undefined);
    try {
      const only = advice && { id: advice.id, subject: advice.subject };
      const body = {
        clusterConfiguration: file,
        isRunning,
        ...(only === undefined ? {} : { only }),
      };
      onFile((await server.call(ROUTES.fixClusterFile, { body })).text);
    } catch (refusal) {
      setProblem(refusal);
    }
  };
  const diagnostics = useMemo(
    () => diagnosticsOf(review, (advice) => void fix(advice)),
    // biome-ignore lint/correctness/useExhaustiveDependencies: a fix is of the text as it is then
    [review, fix],
  );
  const drop = (event: DragEvent): void => {
    const [dropped] = event.dataTransfer.files;
    setOver(false);
    if (dropped === undefined) return;
    event.preventDefault();
    takeFile(dropped).then(onFile, setProblem);
  };
  return (
    <section className="workbench-file" aria-label={said.title}>
      <div className="workbench-head">
        <Summary reviewed={reviewed} />
        <Download file={file} />
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a button takes files as well */}
      <div
        className="workbench-drop"
        data-over={isOver}
        data-words={text.wizard.drop}
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes("Files")) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDropCapture={drop}
      >
        <Editor
          ref={editor}
          value={file}
          onChange={onFile}
          language="yaml"
          label={said.label}
          diagnostics={diagnostics}
          minHeight="20rem"
          maxHeight="calc(100vh - 31rem)"
          {...(completions === undefined ? {} : { completions })}
          {...(hover === undefined ? {} : { hover })}
        />
      </div>
      {error !== undefined && <Failure error={error} />}
      {problem !== undefined && <Failure error={problem} />}
      {review !== undefined && (
        <Findings
          review={review}
          onGo={(line, column) => editor.current?.goTo(line, column)}
          onFix={fix}
        />
      )}
    </section>
  );
}

function Summary({ reviewed: { review, isBusy } }: { readonly reviewed: Reviewed }) {
  const said = text.wizard.file;
  if (review === undefined)
    return <StatusIndicator type="pending">{said.checking}</StatusIndicator>;
  const count = (level: string): number =>
    review.findings.filter((finding) => finding.level === level).length;
  const [errors, warnings] = [count("ERROR"), count("WARNING")];
  const words = said.counts(errors, warnings, review.advice.length) || said.fine;
  return (
    <div aria-live="polite" aria-busy={isBusy}>
      <StatusIndicator type={stateOf(errors, warnings, review.advice.length)}>
        {words}
      </StatusIndicator>
    </div>
  );
}

function stateOf(errors: number, warnings: number, advice: number) {
  if (errors > 0) return "error";
  if (warnings > 0) return "warning";
  return advice > 0 ? "info" : "success";
}

function Download({ file }: { readonly file: string }) {
  const save = (): void => saveTextAs("cluster.yaml", file, "application/yaml");
  return (
    <Button variant="inline-link" onClick={save}>
      {text.wizard.file.download}
    </Button>
  );
}

const LEVELS = { ERROR: "error", WARNING: "warning", INFO: "info" } as const;

function diagnosticsOf(
  review: Reviewed["review"],
  fix: (advice: ClusterFileAdvice) => void,
): readonly Diagnostic[] {
  if (review === undefined) return [];
  const findings = review.findings
    .filter(({ line }) => line > 0)
    .map(({ line, column, level, message, suggestion }) => ({
      ...{ line, column, message, suggestion },
      level: LEVELS[level],
    }));
  const advice = review.advice.flatMap((one): Diagnostic[] => {
    const [place] = one.evidence.filter(({ line }) => line > 0);
    if (place === undefined) return [];
    const { line, column } = place;
    const { title: message, why: suggestion } = one;
    const action = { label: text.wizard.file.fix, apply: () => fix(one) };
    return [
      {
        line,
        column,
        level: "info",
        message,
        suggestion,
        ...(one.fix === undefined ? {} : { action }),
      },
    ];
  });
  return [...findings, ...advice];
}
