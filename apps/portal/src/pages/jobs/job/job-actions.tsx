import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { JobDetail } from "@sluice/api";
import { useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { jobHref } from "../../../frame/addresses.ts";
import { Confirm } from "../../../frame/confirm.tsx";
import { notifyError, notifySuccess } from "../../../frame/notices.tsx";
import { useMe } from "../../../frame/session.tsx";
import { act, mayAct, readJobsAgain } from "../actions.ts";
import { fits, type JobAction } from "../fits.ts";
import { Signal } from "./signal.tsx";

const OTHERS = ["hold", "release", "requeue"] as const;

/** What can be done to the job of this page. */
export function JobActions({
  job,
  reference,
}: {
  readonly job: JobDetail;
  /** All that the page is of: an array's number acts on all its tasks. */
  readonly reference: string;
}) {
  const me = useMe();
  const said = text.jobs;
  const [asked, setAsked] = useState<"cancel" | "requeue" | "signal" | undefined>();
  if (!mayAct(me, job)) return null;
  const target = { cluster: job.cluster, label: reference };
  const isWhole = job.array !== undefined && `${job.array.id}` === reference;
  const can = (action: JobAction): boolean => isWhole || fits(action, job);
  const run = async (action: JobAction): Promise<void> => {
    await act(action, target);
    await readJobsAgain();
    notifySuccess(said.did(action, reference));
  };
  const choose = (id: string): void => {
    if (id === "signal") setAsked("signal");
    // What has run is thrown away.
    else if (id === "requeue" && !job.isFinished) setAsked("requeue");
    else run(id as JobAction).catch(notifyError);
  };
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        {can("cancel") && !(isWhole && job.isFinished && !job.isLive) && (
          <Button onClick={() => setAsked("cancel")}>{said.actions.cancel}</Button>
        )}
        <ButtonDropdown
          items={[
            ...OTHERS.map((action) => ({
              id: action,
              text: said.actions[action],
              disabled: !can(action),
              disabledReason: said.unfit[action],
            })),
            {
              id: "signal",
              text: said.signal.action,
              disabled: job.state !== "RUNNING",
              disabledReason: said.unfit.signal,
            },
          ]}
          onItemClick={({ detail }) => choose(detail.id)}
        >
          {text.frame.actions.more}
        </ButtonDropdown>
        <Button href={`${jobHref(target.cluster, job.label)}/resubmit`}>
          {said.resubmit.action}
        </Button>
      </SpaceBetween>
      {asked === "cancel" && (
        <Confirm
          title={said.cancelOne.title(reference, job.name)}
          action={said.cancelOne.action}
          back={said.bulk.keep(1)}
          onClose={() => setAsked(undefined)}
          onConfirm={() => run("cancel")}
        >
          {isWhole ? said.cancelOne.all : said.bulk.cancelMore(1)}
        </Confirm>
      )}
      {asked === "requeue" && (
        <Confirm
          title={said.requeueOne.title(reference)}
          action={said.requeueOne.action}
          onClose={() => setAsked(undefined)}
          onConfirm={() => run("requeue")}
        >
          {said.requeueOne.more}
        </Confirm>
      )}
      {asked === "signal" && <Signal target={target} onClose={() => setAsked(undefined)} />}
    </>
  );
}
