import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ApplicationDetail } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { Failure } from "../../frame/states.tsx";
import { goToField } from "../../parts/application-form/application-form.tsx";
import { JobShown } from "../../parts/application-form/job-shown.tsx";
import { Estimate } from "./estimate.tsx";
import { isUnsure } from "./submission.ts";
import type { Check } from "./use-check.ts";

/** Beside the form: whether it can be submitted, what would come of it, and the button. */
export function CheckPanel({
  application,
  check,
  cluster,
  isSending,
  isGoing,
  error,
  onSubmit,
  onStartOver,
}: {
  readonly application: ApplicationDetail;
  readonly check: Check;
  readonly cluster: string | undefined;
  /** Files are on their way. */
  readonly isSending: boolean;
  readonly isGoing: boolean;
  readonly error: unknown;
  readonly onSubmit: () => void;
  readonly onStartOver?: () => void;
}) {
  const said = text.submit.panel;
  const { estimate, job } = check;
  const labels = new Map(application.fields.map(({ name, label }) => [name, label]));
  return (
    <aside className="submit-panel" aria-label={said.title}>
      <Container header={<Header variant="h2">{said.title}</Header>}>
        <SpaceBetween size="m">
          <div aria-live="polite">
            <State check={check} isSending={isSending} />
            {check.problems.size > 0 && (
              <ul className="submit-todo">
                {[...check.problems].map(([field, problem]) => (
                  <li key={field}>
                    {field === "" ? (
                      problem
                    ) : (
                      <Button variant="inline-link" onClick={() => goToField(field)}>
                        {labels.get(field) ?? field}
                      </Button>
                    )}
                  </li>
                ))}
              </ul>
            )}
          </div>
          {error !== undefined && (
            <div role="alert">
              <Failure error={error} header={said.failed} />
              {isUnsure(error) && <p>{said.unsure}</p>}
            </div>
          )}
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              variant="primary"
              onClick={onSubmit}
              loading={isGoing}
              loadingText={said.going}
              disabled={cluster === undefined || isSending}
            >
              {said.go}
            </Button>
            {onStartOver && (
              <Button variant="link" onClick={onStartOver}>
                {text.submit.reset}
              </Button>
            )}
          </SpaceBetween>
          <Estimate estimate={estimate} isReady={check.problems.size === 0} />
          <JobShown job={job} />
        </SpaceBetween>
      </Container>
    </aside>
  );
}

function State({ check, isSending }: { readonly check: Check; readonly isSending: boolean }) {
  const said = text.submit.panel;
  const { problems, isChecking, error, job } = check;
  if (problems.size > 0) {
    return <StatusIndicator type="pending">{said.missing(problems.size)}</StatusIndicator>;
  }
  if (isSending) return <StatusIndicator type="in-progress">{said.uploading}</StatusIndicator>;
  if (error !== null && job === undefined) return <Failure error={error} />;
  if (isChecking && job === undefined) {
    return <StatusIndicator type="loading">{said.checking}</StatusIndicator>;
  }
  return <StatusIndicator type="success">{said.ready}</StatusIndicator>;
}
