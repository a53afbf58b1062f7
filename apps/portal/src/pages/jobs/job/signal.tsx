import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { ROUTES } from "@sluice/api";
import { useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { Confirm } from "../../../frame/confirm.tsx";
import { notifySuccess } from "../../../frame/notices.tsx";
import { server } from "../../../frame/server.ts";

const SIGNALS = ["USR1", "USR2", "TERM", "INT", "HUP", "STOP", "CONT", "KILL"] as const;
const TARGETS = ["steps", "batch", "full"] as const;

/** Sends a signal to a job that runs. */
export function Signal({
  target: { cluster, label },
  onClose,
}: {
  readonly target: { readonly cluster: string; readonly label: string };
  readonly onClose: () => void;
}) {
  const said = text.jobs.signal;
  const [signal, setSignal] = useState<(typeof SIGNALS)[number]>("USR1");
  const [to, setTo] = useState<(typeof TARGETS)[number]>("steps");
  return (
    <Confirm
      title={said.title(label)}
      action={said.send}
      onClose={onClose}
      onConfirm={async () => {
        await server.call(ROUTES.signalJob, {
          params: { cluster, job: label },
          body: { signal, to },
        });
        notifySuccess(said.sent(signal));
      }}
    >
      <FormField label={said.signal}>
        <Select
          selectedOption={{ value: signal, label: signal }}
          options={SIGNALS.map((value) => ({ value, label: value, description: said.of[value] }))}
          onChange={({ detail }) =>
            setSignal(detail.selectedOption.value as (typeof SIGNALS)[number])
          }
        />
      </FormField>
      <FormField label={said.to}>
        <Select
          selectedOption={{ value: to, label: said.targets[to] }}
          options={TARGETS.map((value) => ({ value, label: said.targets[value] }))}
          onChange={({ detail }) => setTo(detail.selectedOption.value as (typeof TARGETS)[number])}
        />
      </FormField>
    </Confirm>
  );
}
