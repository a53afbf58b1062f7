import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { JobTimeline } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { stateWords } from "../../../frame/job-state.tsx";
import { STATE_GROUPS } from "../list/state-groups.ts";

const BAD: readonly string[] = [...STATE_GROUPS.failed, "PREEMPTED"];

/** Why a job failed, and what to do about it. */
export function Ending({
  timeline,
  onOutput,
}: {
  readonly timeline: JobTimeline;
  readonly onOutput: () => void;
}) {
  const last = timeline.steps.at(-1);
  if (last?.kind !== "ended" || !BAD.includes(last.state)) return null;
  return (
    <Alert
      type="error"
      header={stateWords(last.state)}
      action={<Button onClick={onOutput}>{text.jobs.ending.output}</Button>}
    >
      <div>{last.text}</div>
      {last.advice !== undefined && <div>{last.advice}</div>}
    </Alert>
  );
}
