import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type JsonOf, ROUTES } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { useRead } from "../../frame/queries.ts";
import { When } from "../../frame/when.tsx";
import { isInService } from "./facts.ts";

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

/** What people are to know while no head answers, or the cluster counts as lost. */
export function HeadNotices({ cluster }: { readonly cluster: Description }) {
  const said = text.clusters.heads;
  const loss = useLoss(cluster.clusterName);
  const { headNodes, headNode, clusterStatus } = cluster;
  const isLed = headNodes?.some(({ role }) => role === "leading") ?? headNode !== undefined;
  const isChanging = isInService(clusterStatus) && !isLed && loss === undefined;
  return (
    <div aria-live="polite">
      {loss !== undefined && (
        <Alert type="error" header={said.lost}>
          {said.lostStates[loss.state]} {loss.moved > 0 && said.moved(loss.moved)} {said.since}{" "}
          <When at={loss.since} />, {said.saidBy(loss.saidBy)}
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
