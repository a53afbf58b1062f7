import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ApplicationPreview, ROUTES } from "@sluice/api";
import { useMemo } from "react";
import { text } from "../../catalogue/index.ts";
import { stateWords } from "../../frame/job-state.tsx";
import { useRead } from "../../frame/queries.ts";
import { Failure } from "../../frame/states.tsx";
import { ApplicationForm } from "../../parts/application-form/application-form.tsx";
import { JobShown } from "../../parts/application-form/job-shown.tsx";
import type { FormPlace } from "../../parts/application-form/place.ts";
import type { FormValue, FormValues } from "../../parts/application-form/values.ts";
import type { Diagnostic } from "../../parts/editor/contract.ts";

/** The form that a text makes, to be tried out, and the script that comes of it. */
export function FormPreview({
  preview,
  error,
  isStale,
  values,
  problems,
  onChange,
}: {
  readonly preview: ApplicationPreview | undefined;
  readonly error: Error | null;
  /** The form is not of the text as it is. */
  readonly isStale: boolean;
  readonly values: FormValues;
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (field: string, value: FormValue) => void;
}) {
  const said = text.applications.editor;
  const place = usePlace();
  const form = preview?.form;
  return (
    <section aria-label={said.preview}>
      <SpaceBetween size="l">
        {error !== null && <Failure error={error} />}
        {form === undefined || form.fields.length === 0 ? (
          <Container header={<Header variant="h2">{said.form}</Header>}>
            <Box color="text-status-inactive">
              {form === undefined ? said.formMissing : said.noFields}
            </Box>
          </Container>
        ) : (
          <ApplicationForm
            fields={form.fields}
            values={values}
            problems={problems}
            place={place}
            onChange={onChange}
          />
        )}
        {form !== undefined && (
          <Container>
            {isStale && <StatusIndicator type="info">{said.formStale}</StatusIndicator>}
            <JobShown job={isStale ? undefined : preview?.job} isOpen />
          </Container>
        )}
      </SpaceBetween>
    </section>
  );
}

/** A cluster as one that the form may meet: its queues, and else nothing that is asked of it. */
function usePlace(): FormPlace {
  const clusters = useRead(ROUTES.listClusters, {}, { staleTime: 60_000 });
  const items = clusters.data?.items;
  const cluster = items?.[0]?.clusterName;
  const queues = useRead(
    ROUTES.listQueues,
    { params: { cluster: cluster ?? "" } },
    { enabled: cluster !== undefined, staleTime: 60_000 },
  );
  return useMemo(
    () => ({
      ...{ cluster, files: undefined, choices: new Map(), queues: queues.data?.items ?? [] },
      clusters: (items ?? []).map(({ clusterName, clusterStatus }) => ({
        ...{ name: clusterName, state: stateWords(clusterStatus) },
      })),
    }),
    [cluster, items, queues.data],
  );
}

/** How the text stands, in a word. */
export function Findings({
  diagnostics,
  isBehind,
}: {
  readonly diagnostics: readonly Diagnostic[];
  readonly isBehind: boolean;
}) {
  const said = text.applications.editor;
  return (
    <span aria-live="polite">
      {diagnostics.length > 0 ? (
        <StatusIndicator type="error">{said.problems(diagnostics.length)}</StatusIndicator>
      ) : (
        <StatusIndicator type={isBehind ? "loading" : "success"}>
          {isBehind ? said.checking : said.good}
        </StatusIndicator>
      )}
    </span>
  );
}
