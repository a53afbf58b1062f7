import Link from "@cloudscape-design/components/link";
import type { RunView } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { runHref } from "../../frame/addresses.ts";
import { sentence } from "../../frame/format.ts";
import { RunState } from "../../frame/run-state.tsx";
import { When } from "../../frame/when.tsx";
import { RunActions } from "./run-actions.tsx";
import { JobLink } from "./run-links.tsx";

/** Runs as cards, newest first. */
export function RunCards({
  runs,
  hasOwner,
}: {
  readonly runs: readonly RunView[];
  readonly hasOwner: boolean;
}) {
  return (
    <ul className="runs-cards" aria-label={text.frame.pages.runs}>
      {runs.map((run) => (
        <li key={run.id} className="runs-card">
          <div className="runs-card-head">
            <Link href={runHref(run.id)} fontSize="heading-s">
              {run.name}
            </Link>
            <RunActions run={run} isIcon />
          </div>
          <RunState state={run.state} />
          {run.error !== undefined && (
            <p className="runs-card-error" title={sentence(run.error.message)}>
              {sentence(run.error.message)}
            </p>
          )}
          <div className="runs-card-foot">
            <span>{run.application.name}</span>
            <span>{run.cluster}</span>
            {hasOwner && <span>{run.owner}</span>}
            {run.jobId !== undefined && <JobLink run={run} />}
            <When at={run.createdAt} />
          </div>
        </li>
      ))}
    </ul>
  );
}
