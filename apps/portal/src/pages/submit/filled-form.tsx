import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ApplicationDetail, ROUTES, type RunView } from "@sluice/api";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { text } from "../../catalogue/index.ts";
import { runHref } from "../../frame/addresses.ts";
import { notifySuccess } from "../../frame/notices.tsx";
import { readAgain, useRead } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { useMe } from "../../frame/session.tsx";
import { ApplicationForm, goToField } from "../../parts/application-form/application-form.tsx";
import type { ClusterChoice, FormPlace } from "../../parts/application-form/place.ts";
import type { FormValue } from "../../parts/application-form/values.ts";
import { CheckPanel } from "./check-panel.tsx";
import { newKey, useFormState } from "./form-state.ts";
import { type Beginning, freshForm, hasLostInputs, withCluster } from "./fresh-form.ts";
import { RunFields } from "./run-fields.tsx";
import { isUnsure, submit } from "./submission.ts";
import { useCheck } from "./use-check.ts";
import { useInputs } from "./use-inputs.ts";
import { attemptFor, wishOf, withoutPaths } from "./wish.ts";
import "./submit.css";

/** A form as it is filled in, and beside it what would come of it. */
export function FilledForm({
  application,
  clusters,
  run,
  beginning,
}: {
  readonly application: ApplicationDetail;
  readonly clusters: readonly ClusterChoice[];
  /** Whose values it begins with; a draft is gone on with. */
  readonly run?: RunView;
  readonly beginning?: Beginning | undefined;
}) {
  const me = useMe();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { fields, name, version } = application;
  const begun = run?.id ?? (beginning === undefined ? "" : JSON.stringify(beginning));
  const formName = [name, begun, `${version}`].join(".");
  const fresh = () => freshForm({ application, clusters, run, beginning });
  const { state, change, set, forget, isKept } = useFormState(me.id, formName, fresh);
  const { values, cluster, draft } = state;
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [isTried, setTried] = useState(false);
  const [notice, setNotice] = useState(() =>
    run !== undefined && hasLostInputs(run) ? text.submit.file.lost : undefined,
  );
  const [error, setError] = useState<unknown>();
  const [isGoing, setGoing] = useState(false);
  const going = useRef(false);
  const latest = useRef(state);
  latest.current = state;

  // Inputs of a run of one's own come along; those of others can't be read.
  const isOther = run !== undefined && run.state !== "draft" && run.cluster === cluster;
  const earlier = isOther && run.isOwn && run.state !== "expired" ? run.folder : undefined;
  const { files, ensureDraft } = useInputs({
    ...{ cluster, draft, earlier },
    makeDraft: (key) =>
      server.call(ROUTES.createRun, {
        body: { ...wishOf(application, { ...latest.current, values: {} }), draft: true },
        idempotencyKey: key,
      }),
    onDraft: (made) => change({ draft: made }),
    taken: () => inputNames(latest.current.values, files.uploads),
  });

  const queues = useRead(
    ROUTES.listQueues,
    { params: { cluster: cluster ?? "" } },
    { enabled: cluster !== undefined, topics: ["node", "job"], every: 30_000 },
  );
  const needsChoices = fields.some(({ hasChoicesOfCluster }) => hasChoicesOfCluster);
  const choices = useRead(
    ROUTES.getApplicationChoices,
    { params: { application: name, cluster: cluster ?? "" }, query: { version } },
    { enabled: needsChoices && cluster !== undefined, staleTime: 60_000 },
  );
  const place = useMemo<FormPlace>(() => {
    const found = choices.data?.fields ?? (choices.isError ? [] : undefined);
    return {
      ...{ cluster, clusters, files, queues: queues.data?.items ?? [] },
      choices: found && new Map(found.map(({ field, ...rest }) => [field, rest])),
    };
  }, [cluster, clusters, files, queues.data, choices.data, choices.isError]);

  const wish = wishOf(application, state);
  const check = useCheck(application, wish, values);
  const shown = new Map([...check.problems].filter(([field]) => isTried || left.has(field)));

  const moveTo = (next: string | undefined): void => {
    if (next === cluster) return;
    const { values: before } = latest.current;
    const uploaded = withoutPaths(before, "inputs/");
    const without = earlier === undefined ? uploaded : withoutPaths(uploaded, earlier);
    setNotice(
      JSON.stringify(without) === JSON.stringify(before) ? undefined : text.submit.file.moved,
    );
    if (draft !== undefined && draft.id !== run?.id) discard(draft.id);
    change({ cluster: next, values: withCluster(fields, without, next), draft: undefined });
  };
  const setField = (field: string, value: FormValue): void => {
    const type = fields.find((one) => one.name === field)?.type;
    change({ values: { ...latest.current.values, [field]: value } });
    latest.current = { ...latest.current, values: { ...latest.current.values, [field]: value } };
    if (type === "cluster" && typeof value === "string" && value !== "") moveTo(value);
  };
  const startOver = (): void => {
    if (draft !== undefined && draft.id !== run?.id) discard(draft.id);
    setLeft(new Set());
    setTried(false);
    setError(undefined);
    setNotice(undefined);
    set(fresh());
  };
  const go = async (): Promise<void> => {
    if (going.current) return;
    setTried(true);
    const [first] = check.problems.keys();
    if (first !== undefined) {
      goToField(first);
      return;
    }
    going.current = true;
    setGoing(true);
    setError(undefined);
    const attempt = attemptFor(wish, state.attempt, newKey);
    change({ attempt });
    try {
      const made = await submit({ wish, key: attempt.key, draft, earlier, ensureDraft });
      forget();
      notifySuccess(text.submit.submitted(made.name));
      void readAgain(client, [ROUTES.listRuns, ROUTES.listJobs]);
      await navigate(runHref(made.id));
    } catch (problem) {
      // What was refused is over: the next try is another one.
      if (!isUnsure(problem)) change({ attempt: undefined });
      setError(problem);
      going.current = false;
      setGoing(false);
    }
  };

  return (
    <div className="submit">
      <SpaceBetween size="l">
        {notice !== undefined && (
          <Alert type="warning" dismissible onDismiss={() => setNotice(undefined)}>
            {notice}
          </Alert>
        )}
        <RunFields
          application={application}
          state={state}
          clusters={clusters}
          hasClusterField={fields.some(({ type }) => type === "cluster")}
          onChange={change}
          onCluster={moveTo}
        />
        <ApplicationForm
          fields={fields}
          values={values}
          problems={shown}
          place={place}
          onChange={setField}
          onLeave={(field) => setLeft((old) => (old.has(field) ? old : new Set([...old, field])))}
        />
      </SpaceBetween>
      <CheckPanel
        application={application}
        check={check}
        cluster={cluster}
        isSending={files.uploads.some((one) => one.error === undefined)}
        isGoing={isGoing}
        error={error}
        onSubmit={() => void go()}
        {...(isKept ? { onStartOver: startOver } : {})}
      />
    </div>
  );
}

/** A draft that nobody submits any more; it goes by itself in time, too. */
function discard(id: string): void {
  void server.call(ROUTES.deleteRun, { params: { run: id } }).catch(() => {});
}

function inputNames(
  values: Readonly<Record<string, FormValue>>,
  uploads: readonly { readonly name: string }[],
): ReadonlySet<string> {
  const paths = Object.values(values).flatMap((value) =>
    typeof value === "object" ? value : [String(value)],
  );
  const start = "inputs/";
  const own = paths.flatMap((path) => (path.startsWith(start) ? [path.slice(start.length)] : []));
  return new Set([...own, ...uploads.map(({ name }) => name)]);
}
