import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type JsonOf, ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useRead } from "../../frame/queries.ts";
import { When } from "../../frame/when.tsx";
import { isInService } from "./facts.ts";
import { ClusterState } from "./states.tsx";
import "./heads.css";

type Description = JsonOf<typeof ROUTES.getCluster>;
type Loss = JsonOf<typeof ROUTES.listLosses>["items"][number];

const TYPES = { leading: "success", "standing-by": "info", starting: "in-progress" } as const;

/** Milliseconds between two looks at which clusters are lost: that is told by no event. */
const LOOK = 10_000;

/** What is known of the loss of a cluster; undefined: it is not lost. */
export function useLoss(cluster: string): Loss | undefined {
  const losses = useRead(ROUTES.listLosses, {}, { topics: ["cluster"], every: LOOK });
  return losses.data?.items.find((one) => one.cluster === cluster);
}

/** In service, and no head leads it now. */
export function isHeadless({
  headNodes,
  headNode,
  clusterStatus,
}: Pick<Description, "headNodes" | "headNode" | "clusterStatus">): boolean {
  const isLed = headNodes?.some(({ role }) => role === "leading") ?? headNode !== undefined;
  return isInService(clusterStatus) && !isLed;
}

/** A cluster's state, where nobody is to take a cluster that is lost or that nobody leads for well. */
export function Standing({ cluster }: { readonly cluster: Description }) {
  const said = text.clusters.heads;
  const loss = useLoss(cluster.clusterName);
  if (loss?.state === "returning") {
    return <StatusIndicator type="in-progress">{said.isReturning}</StatusIndicator>;
  }
  if (loss !== undefined) return <StatusIndicator type="error">{said.isLost}</StatusIndicator>;
  if (isHeadless(cluster))
    return <StatusIndicator type="warning">{said.isHeadless}</StatusIndicator>;
  return <ClusterState status={cluster.clusterStatus} />;
}

/** What people are to know while no head answers, or the cluster counts as lost. */
export function HeadNotices({ cluster }: { readonly cluster: Description }) {
  const said = text.clusters.heads;
  const loss = useLoss(cluster.clusterName);
  const isChanging = isHeadless(cluster) && loss === undefined;
  return (
    <div aria-live="polite" className="cluster-notices">
      {loss !== undefined && (
        <Alert
          type={loss.state === "returning" ? "info" : "error"}
          header={loss.state === "returning" ? said.returning : said.lost}
        >
          {said.lostStates[loss.state]} {said.since} <When at={loss.since} />,{" "}
          {said.saidBy(loss.saidBy)}
          {loss.moved > 0 && (
            <div>
              <Link href="/moved-jobs">{said.moved(loss.moved)}</Link>
            </div>
          )}
          {loss.problem !== undefined && <div>{said.waits(loss.problem)}</div>}
        </Alert>
      )}
      {isChanging && (
        <Alert type="warning" header={said.changing}>
          {said.changingMore}
        </Alert>
      )}
    </div>
  );
}

/** The head machines of a cluster that has two: where each is, and what it does. */
export function Heads({ headNodes }: Pick<Description, "headNodes">) {
  const said = text.clusters.heads;
  if (headNodes === undefined || headNodes.length === 0) return null;
  return (
    <Container header={<Header variant="h2">{said.title}</Header>}>
      <KeyValuePairs
        columns={headNodes.length > 1 ? 2 : 1}
        minColumnWidth={180}
        items={headNodes.map(
          ({ nodeName, availabilityZone, role, instanceType, privateIpAddress }) => ({
            label: nodeName,
            value: (
              <>
                <StatusIndicator type={TYPES[role]}>{said.roles[role]}</StatusIndicator>
                <div className="faint">{said.zone(availabilityZone)}</div>
                <div className="faint">
                  {[instanceType, privateIpAddress].filter(Boolean).join(", ")}
                </div>
              </>
            ),
          }),
        )}
      />
    </Container>
  );
}
