import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { ProblemError } from "@sluice/api";
import type { ReactNode } from "react";
import { text } from "../../catalogue/index.ts";
import { money, sentence } from "../../frame/format.ts";
import { Failure } from "../../frame/states.tsx";
import { useFile } from "./file-context.ts";
import { Part } from "./part.tsx";
import type { FileFinding } from "./use-review.ts";

export interface Cost {
  readonly least: number;
  readonly most: number;
}

export function Planning() {
  return (
    <div aria-live="polite">
      <StatusIndicator type="loading">{text.wizard.review.working}</StatusIndicator>
    </div>
  );
}

export function CostWords({ cost }: { readonly cost: Cost }) {
  return <>{text.wizard.review.costBetween(money(cost.least), money(cost.most))}</>;
}

export function UnknownPrices({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return <Box variant="small">{text.wizard.review.unknownPrices(names.join(", "))}</Box>;
}

export function PlanSteps({
  title,
  steps,
}: {
  readonly title: string;
  readonly steps: readonly string[];
}) {
  if (steps.length === 0) return null;
  return (
    <div>
      <Box variant="h3">{title}</Box>
      <ol className="plan-steps">
        {steps.map((step) => (
          <li key={step}>{sentence(step)}</li>
        ))}
      </ol>
    </div>
  );
}

/** Why there is no plan. What a file was refused for may be accepted, where its check may be left out. */
export function Refusal({
  error,
  suppressed,
  onSuppressed,
  again,
  action,
}: {
  readonly error: unknown;
  /** What helps better than trying again, where something does. */
  readonly action?: ReactNode;
  readonly suppressed: readonly string[];
  readonly onSuppressed: (suppressed: readonly string[]) => void;
  readonly again: () => void;
}) {
  const said = text.wizard.review;
  const { unacceptable } = useFile();
  const findings = findingsOf(error);
  if (findings.length === 0) {
    return action === undefined ? (
      <Failure error={error} again={again} />
    ) : (
      <SpaceBetween size="m">
        <Failure error={error} />
        {action}
      </SpaceBetween>
    );
  }
  return (
    <Part title={said.refused} more={said.refusedMore}>
      <ul className="findings is-whole" aria-label={text.wizard.file.findings}>
        {findings.map(({ id, path, line, message, suggestion }) => (
          <li key={`${id} ${path} ${line} ${message}`} className="finding">
            <div className="finding-place">
              <StatusIndicator type="error">{text.wizard.file.levels.ERROR}</StatusIndicator>
            </div>
            <div>
              {sentence(message)} <span className="finding-more">{sentence(suggestion)}</span>
            </div>
            {!unacceptable.has(id) && (
              <Button
                variant="inline-link"
                ariaLabel={said.acceptNamed(id)}
                onClick={() => onSuppressed([...new Set([...suppressed, `type:${id}`])])}
              >
                {said.accept}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** Errors of a file that was refused. */
function findingsOf(error: unknown): readonly FileFinding[] {
  if (!(error instanceof ProblemError)) return [];
  const { findings } = error.problem as { readonly findings?: readonly FileFinding[] };
  return (findings ?? []).filter(({ level }) => level === "ERROR");
}

/** Checks that are left out, each to be taken back. */
export function Accepted({
  suppressed,
  onSuppressed,
}: {
  readonly suppressed: readonly string[];
  readonly onSuppressed: (suppressed: readonly string[]) => void;
}) {
  const said = text.wizard.review;
  if (suppressed.length === 0) return null;
  return (
    <div>
      <Box variant="h3">{said.accepted}</Box>
      <Box color="text-body-secondary">{said.acceptedMore}</Box>
      <ul className="plan-steps">
        {suppressed.map((check) => {
          const id = check.replace(/^type:/, "");
          return (
            <li key={check}>
              {id}{" "}
              <Button
                variant="inline-link"
                ariaLabel={said.takeBackNamed(id)}
                onClick={() => onSuppressed(suppressed.filter((one) => one !== check))}
              >
                {said.takeBack}
              </Button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
