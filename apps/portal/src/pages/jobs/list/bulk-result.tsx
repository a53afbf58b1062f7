import Alert from "@cloudscape-design/components/alert";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import { text } from "../../../catalogue/index.ts";
import { errorSentences } from "../../../frame/states.tsx";
import type { Bulk } from "./use-bulk.ts";

/** How it went with each job: what was refused first. */
export function BulkResult({
  bulk: { action, told },
  onDismiss,
}: {
  readonly bulk: Bulk;
  readonly onDismiss: () => void;
}) {
  const said = text.jobs.bulk;
  const count = (outcome: string) => told.filter((one) => one.outcome === outcome).length;
  const refused = told.filter(({ outcome }) => outcome === "refused");
  const isRunning = count("waits") > 0;
  return (
    <div role="status">
      <Alert
        type={isRunning ? "info" : refused.length > 0 ? "warning" : "success"}
        dismissible={!isRunning}
        dismissAriaLabel={text.frame.actions.dismiss}
        onDismiss={onDismiss}
        header={said.done(action, count("done"), told.length)}
      >
        {refused.length > 0 && (
          <ul className="jobs-refused">
            {refused.map(({ job, error }) => (
              <li key={`${job.cluster} ${job.label}`}>
                <strong>{said.job(job.label, job.name)}</strong> {errorSentences(error).join(" ")}
              </li>
            ))}
          </ul>
        )}
        {count("done") > 0 && (
          <ExpandableSection headerText={said.which}>
            {told
              .filter(({ outcome }) => outcome === "done")
              .map(({ job }) => said.job(job.label, job.name))
              .join(", ")}
          </ExpandableSection>
        )}
      </Alert>
    </div>
  );
}
