import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Job } from "@sluice/api";
import { useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { Confirm } from "../../../frame/confirm.tsx";
import { useMe } from "../../../frame/session.tsx";
import { mayAct } from "../actions.ts";
import { fits, JOB_ACTIONS, type JobAction } from "../fits.ts";

/** So many are named; of the others the number is told. */
const SHOWN = 20;

/** What can be done to the jobs that are selected; each thing to those that it fits. */
export function SelectedActions({
  jobs,
  onAct,
}: {
  readonly jobs: readonly Job[];
  readonly onAct: (action: JobAction, jobs: readonly Job[]) => void;
}) {
  const me = useMe();
  const [asked, setAsked] = useState<readonly Job[] | undefined>();
  const said = text.jobs.bulk;
  const fitting = (action: JobAction): readonly Job[] =>
    jobs.filter((job) => fits(action, job) && mayAct(me, job));
  const cancel = fitting("cancel");
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={cancel.length === 0} onClick={() => setAsked(cancel)}>
        {text.jobs.actions.cancel}
      </Button>
      <ButtonDropdown
        disabled={jobs.length === 0}
        items={JOB_ACTIONS.filter((action) => action !== "cancel").map((action) => ({
          id: action,
          text: text.jobs.actions[action],
          disabled: fitting(action).length === 0,
          disabledReason: said.fitsNone,
        }))}
        onItemClick={({ detail }) => {
          const action = detail.id as JobAction;
          onAct(action, fitting(action));
        }}
      >
        {text.frame.actions.more}
      </ButtonDropdown>
      {asked !== undefined && (
        <Confirm
          title={said.cancelTitle(asked.length)}
          action={said.cancelAction(asked.length)}
          back={said.keep(asked.length)}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => onAct("cancel", asked)}
        >
          <div>{said.cancelMore(asked.length)}</div>
          <div>
            {asked
              .slice(0, SHOWN)
              .map(({ label, name }) => said.job(label, name))
              .join(", ")}
            {asked.length > SHOWN && said.andMore(asked.length - SHOWN)}
          </div>
        </Confirm>
      )}
    </SpaceBetween>
  );
}
