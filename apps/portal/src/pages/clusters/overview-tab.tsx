import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type JsonOf, ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { clusterHref } from "../../frame/addresses.ts";
import { money, number } from "../../frame/format.ts";
import { useRead } from "../../frame/queries.ts";
import { useMay } from "../../frame/session.tsx";
import { errorSentences } from "../../frame/states.tsx";
import { When } from "../../frame/when.tsx";
import { NodeBar } from "../../parts/node-bar/node-bar.tsx";
import { countsOf } from "../../parts/node-bar/node-kinds.ts";
import { CapacityProblems } from "./capacity.tsx";
import { hourly, isInService, problemsOf } from "./facts.ts";
import { HeadNotices, Heads, isHeadless, useLoss } from "./heads.tsx";
import { placeWords } from "./place-words.ts";
import { problemWords } from "./problem-words.ts";
import { QueuesTable } from "./queues-table.tsx";
import { useFleet, useQueues } from "./reads.ts";
import { FleetState } from "./states.tsx";

type Description = JsonOf<typeof ROUTES.getCluster>;

/** How a cluster stands: what is wrong first, then what it does, has and costs. */
export function OverviewTab({ cluster }: { readonly cluster: Description }) {
  const { clusterName: name, clusterStatus } = cluster;
  const isUp = isInService(clusterStatus) && !isHeadless(cluster);
  const isLost = useLoss(name) !== undefined;
  const fleet = useFleet(name, isUp);
  const queues = useQueues(name, isUp);
  const problems = problemsOf(cluster, fleet.data, queues.data?.items).filter(
    // These have their own place below; why a lost cluster is off is told above.
    ({ kind }) => !isLost && kind !== "protected" && kind !== "unavailable",
  );
  return (
    <>
      <HeadNotices cluster={cluster} />
      <SpaceBetween size="l">
        {problems.map((problem) => (
          <Alert
            key={problem.kind + problemWords(problem)}
            type={problem.kind === "failure" ? "error" : "warning"}
          >
            {problemWords(problem)}{" "}
            {problem.kind === "down" && (
              <Link href={`${clusterHref(name)}?tab=nodes&show=x`}>
                {text.clusters.problems.showDown}
              </Link>
            )}
          </Alert>
        ))}
        {isUp && fleet.error !== null && (
          <Alert type="warning" header={text.clusters.problems.silent}>
            {errorSentences(fleet.error).join(" ")}
          </Alert>
        )}
        {fleet.data !== undefined && <CapacityProblems cluster={name} fleet={fleet.data} isShort />}
        <Now cluster={cluster} fleet={fleet.data} queues={queues.data?.items} />
        {isUp && <QueuesTable cluster={name} queues={queues.data?.items} error={queues.error} />}
        <Heads headNodes={cluster.headNodes} />
        <About cluster={cluster} />
      </SpaceBetween>
    </>
  );
}

function Now({
  cluster,
  fleet,
  queues,
}: {
  readonly cluster: Description;
  readonly fleet: JsonOf<typeof ROUTES.getComputeFleet> | undefined;
  readonly queues: JsonOf<typeof ROUTES.listQueues>["items"] | undefined;
}) {
  const said = text.clusters.overview;
  const { clusterName: name, computeFleetStatus } = cluster;
  const whole = useRead(ROUTES.getClusterCost, { params: { cluster: name } }, { every: 60_000 });
  const cost = hourly(whole.data, fleet?.cost);
  const items = whole.data?.items ?? [];
  const sum = (of: "running" | "waiting"): number =>
    (queues ?? []).reduce((all, { jobs }) => all + jobs[of], 0);
  return (
    <Container header={<Header variant="h2">{said.now}</Header>}>
      <KeyValuePairs
        columns={4}
        minColumnWidth={180}
        items={[
          { label: said.fleet, value: <FleetState status={fleet?.status ?? computeFleetStatus} /> },
          {
            label: text.clusters.columns.nodes,
            value: queues === undefined ? "–" : <NodeBar counts={countsOf(queues)} />,
          },
          {
            label: text.clusters.columns.jobs,
            value:
              queues === undefined ? (
                "–"
              ) : (
                <Link href={`/jobs?cluster=${encodeURIComponent(name)}`}>
                  {text.clusters.jobCounts(number(sum("running")), number(sum("waiting")))}
                </Link>
              ),
          },
          {
            label: text.clusters.columns.cost,
            value: (
              <>
                <span className="numbers">{money(cost?.usdPerHour)}</span>
                {cost !== undefined && cost.unpriced > 0 && (
                  <div className="faint">{said.unpriced(cost.unpriced)}</div>
                )}
                {items.slice(0, 4).map(({ what, usdPerHour }) => (
                  <div key={what} className="faint numbers">
                    {what} {money(usdPerHour)}
                  </div>
                ))}
                {items.length > 4 && (
                  <div className="faint">{said.moreItems(items.length - 4)}</div>
                )}
              </>
            ),
          },
        ]}
      />
    </Container>
  );
}

function About({ cluster }: { readonly cluster: Description }) {
  const said = text.clusters.overview;
  const isOperator = useMay("operator", cluster.clusterName);
  const { headNode, resources } = cluster;
  const known = Object.entries(resources);
  return (
    <Container header={<Header variant="h2">{said.about}</Header>}>
      <KeyValuePairs
        columns={4}
        minColumnWidth={180}
        items={[
          {
            label: said.head,
            value:
              headNode === undefined ? (
                "–"
              ) : (
                <>
                  <StatusIndicator type={headNode.state === "running" ? "success" : "stopped"}>
                    {said.machineStates[headNode.state as keyof typeof said.machineStates] ??
                      headNode.state}
                  </StatusIndicator>
                  <div className="faint">
                    {headNode.instanceType}, {headNode.instanceId}
                  </div>
                  <div className="faint">
                    {headNode.publicIpAddress ?? headNode.privateIpAddress}
                  </div>
                </>
              ),
          },
          { label: said.place, value: placeWords(cluster.provider, cluster.region) },
          { label: said.made, value: <When at={cluster.creationTime} /> },
          {
            label: said.file,
            value: (
              <>
                {isOperator ? (
                  <Link href={`${clusterHref(cluster.clusterName)}?tab=file`}>
                    {said.version(cluster.fileVersion)}
                  </Link>
                ) : (
                  said.version(cluster.fileVersion)
                )}
                <div className="faint">
                  {said.changed} <When at={cluster.lastUpdatedTime} />
                </div>
              </>
            ),
          },
          ...known.map(([label, value]) => ({
            label: label.charAt(0).toUpperCase() + label.slice(1),
            value: <span className="breaks">{value}</span>,
          })),
        ]}
      />
    </Container>
  );
}
