import Button from "@cloudscape-design/components/button";
import Select from "@cloudscape-design/components/select";
import { clustersRoutes, shellRoutes } from "@sluice/api";
import { useNavigate, useParams } from "react-router";
import { text } from "../../catalogue/index.ts";
import { Page } from "../../frame/page.tsx";
import { useRead } from "../../frame/queries.ts";
import { mayBe, useMe } from "../../frame/session.tsx";
import { Empty, Forbidden, Read } from "../../frame/states.tsx";
import { Terminals } from "./terminals.tsx";

/** Minutes of milliseconds for which the site's limits are as good as new. */
const LIMITS_STALE = 300_000;

export default function ShellPage() {
  const me = useMe();
  const params = useParams();
  const navigate = useNavigate();
  const { shell, frame } = text;
  const isUser = mayBe(me, "user");
  const site = useRead(shellRoutes.describeShell, {}, { staleTime: LIMITS_STALE, enabled: isUser });
  const clusters = useRead(
    clustersRoutes.listClusters,
    {},
    { topics: ["cluster"], enabled: isUser },
  );
  const names = (clusters.data?.items ?? [])
    .map(({ clusterName }) => clusterName)
    .filter((name) => mayBe(me, "user", name));
  const cluster = params.cluster ?? names[0];

  const choice = names.length > 1 && cluster !== undefined && (
    <div className="shell-new-cluster">
      <Select
        ariaLabel={shell.cluster}
        selectedOption={{ value: cluster, label: cluster }}
        options={names.map((value) => ({ value, label: value }))}
        onChange={({ detail }) => navigate(`/shell/${detail.selectedOption.value}`)}
      />
    </div>
  );
  const content = () => {
    if (!isUser) return <Forbidden />;
    if (me.unixUser === undefined) return <Empty title={shell.nobody} more={shell.nobodyMore} />;
    return (
      <Read from={site}>
        {(limits) =>
          limits.enabled ? (
            <Read from={clusters}>
              {() =>
                cluster === undefined ? (
                  <Empty
                    title={shell.noCluster}
                    more={shell.noClusterMore}
                    action={<Button href="/clusters">{frame.pages.clusters}</Button>}
                  />
                ) : (
                  <Terminals cluster={cluster} limits={limits} choice={choice} />
                )
              }
            </Read>
          ) : (
            <Empty title={shell.off} more={shell.offMore} />
          )
        }
      </Read>
    );
  };
  return (
    <Page title={frame.pages.shell} description={shell.description}>
      {content()}
    </Page>
  );
}
