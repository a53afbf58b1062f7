import Button from "@cloudscape-design/components/button";
import { ROUTES } from "@sluice/api";
import { useParams, useSearchParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { stateWords } from "../../frame/job-state.tsx";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { mayBe, useMay, useMe } from "../../frame/session.tsx";
import { Empty, Forbidden, Read } from "../../frame/states.tsx";
import { FilledForm } from "./filled-form.tsx";
import { beginningIn } from "./fresh-form.ts";

/**
 * `/submit/heat?run=ID&version=3`: the form of an application, with the values of a run if one is
 * named. `?cluster=NAME&file=PATH` puts a file into its first field for one.
 */
export default function FormPage() {
  const { application: name = "" } = useParams();
  const [query] = useSearchParams();
  const me = useMe();
  const mayUse = useMay("user");
  const runId = query.get("run");
  const version = Number(query.get("version"));
  const application = useRead(
    ROUTES.getApplication,
    { params: { application: name }, query: version > 0 ? { version } : {} },
    // A form does not change under the hands of who fills it in.
    { enabled: mayUse, staleTime: Number.POSITIVE_INFINITY },
  );
  const run = useRead(
    ROUTES.getRun,
    { params: { run: runId ?? "" } },
    { enabled: mayUse && runId !== null, staleTime: Number.POSITIVE_INFINITY },
  );
  const clusters = useRead(ROUTES.listClusters, {}, { topics: ["cluster"], enabled: mayUse });
  const said = text.submit;
  const title = said.title(application.data?.title ?? name);
  const crumbs = [{ text: text.frame.pages.submit, href: "/submit" }];
  if (!mayUse) {
    return (
      <Page title={title} crumbs={crumbs}>
        <Forbidden needs="user" />
      </Page>
    );
  }
  return (
    <Page
      title={title}
      crumbs={crumbs}
      description={
        run.data === undefined ? application.data?.description : said.again(run.data.name)
      }
      actions={
        application.data?.mayEdit === true && (
          <Button href={`/applications/${encodeURIComponent(name)}`}>{said.change}</Button>
        )
      }
    >
      <Read from={application}>
        {(form) => (
          <Read from={clusters}>
            {({ items }) => {
              const usable = items.filter(({ clusterName }) => mayBe(me, "user", clusterName));
              if (usable.length === 0) {
                return <Empty title={said.noCluster} more={said.noClusterMore} />;
              }
              const choices = usable.map(({ clusterName, clusterStatus }) => ({
                ...{ name: clusterName, state: clusterState(clusterStatus) },
              }));
              if (runId === null) {
                return (
                  <FilledForm
                    key={query.toString()}
                    application={form}
                    clusters={choices}
                    beginning={beginningIn(query)}
                  />
                );
              }
              return (
                <Read from={run}>
                  {(before) => (
                    <FilledForm key={runId} application={form} clusters={choices} run={before} />
                  )}
                </Read>
              );
            }}
          </Read>
        )}
      </Read>
    </Page>
  );
}

/** ParallelCluster's word in ours, where all is as it should be. */
function clusterState(status: string): string {
  const isReady = status === "CREATE_COMPLETE" || status === "UPDATE_COMPLETE";
  return isReady ? text.submit.clusterReady : stateWords(status);
}
