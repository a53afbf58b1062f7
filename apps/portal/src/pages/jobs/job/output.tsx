import Button from "@cloudscape-design/components/button";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type JobDetail, ROUTES } from "@sluice/api";
import { useMemo } from "react";
import { text } from "../../../catalogue/index.ts";
import { useAddress } from "../../../frame/address.ts";
import { server } from "../../../frame/server.ts";
import { LogView } from "../../../parts/log-view/log-view.tsx";
import { type OutputStream, outputSource } from "./output-source.ts";

/** What a job writes, as it writes it. */
export function Output({ job }: { readonly job: JobDetail }) {
  const said = text.jobs.output;
  const [{ stream: asked }, setAddress] = useAddress({ stream: "stdout" });
  const { cluster, label, standardOutput, standardError, state } = job;
  // Slurm writes both into one file unless it is told otherwise; later it does not tell any more.
  const isOne = standardOutput !== undefined && standardOutput === standardError;
  const stream: OutputStream = asked === "stderr" && !isOne ? "stderr" : "stdout";
  const path = stream === "stdout" ? standardOutput : standardError;
  // A job that runs again writes anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const source = useMemo(
    () => outputSource(cluster, label, stream),
    [cluster, label, stream, job.restarts],
  );
  const params = { cluster, job: label };
  return (
    <SpaceBetween size="s">
      <div className="output-head">
        {isOne ? (
          <span className="faint">{said.both}</span>
        ) : (
          <SegmentedControl
            label={said.which}
            selectedId={stream}
            options={[
              { id: "stdout", text: said.stdout },
              { id: "stderr", text: said.stderr },
            ]}
            onChange={({ detail }) => setAddress({ stream: detail.selectedId })}
          />
        )}
        {path !== undefined && <code className="faint">{path}</code>}
      </div>
      <LogView
        source={source}
        label={said.label(stream === "stdout" ? said.stdout : said.stderr, label)}
        empty={state === "PENDING" ? said.waits : text.logView.nothing}
        actions={
          <Button
            iconName="download"
            variant="inline-link"
            download={(path ?? `job-${label}-${stream}.txt`).split("/").at(-1) ?? true}
            href={server.url(ROUTES.getJobOutput, { params, query: { stream } } as never)}
          >
            {text.frame.actions.download}
          </Button>
        }
      />
    </SpaceBetween>
  );
}
