import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type NodeDescription, ROUTES } from "@sluice/api";
import type { ReactNode } from "react";
import { text } from "../../../catalogue/index.ts";
import { jobHref } from "../../../frame/addresses.ts";
import { duration, money, sentence } from "../../../frame/format.ts";
import { useRead } from "../../../frame/queries.ts";
import { useMay } from "../../../frame/session.tsx";
import { Read } from "../../../frame/states.tsx";
import { When } from "../../../frame/when.tsx";
import { NodeActions } from "./node-actions.tsx";

/** One node: what it does and why, what works on it, its machine, what can be done with it. */
export function NodePanel({
  cluster,
  name,
  onClose,
}: {
  readonly cluster: string;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const mayAct = useMay("operator", cluster);
  const node = useRead(ROUTES.getNode, { params: { cluster, node: name } }, { every: 5_000 });
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button
              variant="icon"
              iconName="close"
              ariaLabel={text.frame.actions.close}
              onClick={onClose}
            />
          }
        >
          {name}
        </Header>
      }
    >
      <Read from={node}>
        {(found) => (
          <SpaceBetween size="m">
            {mayAct && <NodeActions cluster={cluster} nodes={[found]} />}
            <Facts cluster={cluster} node={found} />
            <Why cluster={cluster} name={name} />
            {mayAct && <Happened cluster={cluster} name={name} />}
          </SpaceBetween>
        )}
      </Read>
    </Container>
  );
}

function Facts({ cluster, node }: { readonly cluster: string; readonly node: NodeDescription }) {
  const said = text.clusters.nodes;
  const { does, state, reason, machine, machineId, address, jobCount } = node;
  const row = (label: string, value: ReactNode, isShown = true) =>
    isShown ? [{ label, value }] : [];
  return (
    <KeyValuePairs
      columns={1}
      items={[
        {
          label: said.doing,
          value: (
            <>
              <span className="node-mark" data-kind={does} aria-hidden="true" />{" "}
              {said.kindsMore[does]}{" "}
              <Box variant="small" display="block">
                {state}
              </Box>
            </>
          ),
        },
        ...row(said.columns.reason, reason, reason !== null),
        ...row(said.columns.jobs, <Work cluster={cluster} node={node} />, jobCount > 0),
        ...row(
          said.machine,
          machine === undefined ? (
            machineId
          ) : (
            <>
              {machine.instanceType}, {text.clusters.machines.markets[machine.capacityType]},{" "}
              {machine.availabilityZone}
              {machine.usdPerHour !== undefined && `, ${said.anHour(money(machine.usdPerHour))}`}
              <Box variant="small" display="block">
                {machine.instanceId}, {said.launched} <When at={machine.launchTime} />
              </Box>
            </>
          ),
          machineId !== null,
        ),
        ...row(said.columns.address, address, address !== null),
      ]}
    />
  );
}

function Work({ cluster, node }: { readonly cluster: string; readonly node: NodeDescription }) {
  const said = text.clusters.nodes;
  const others = node.jobCount - node.work.length;
  return (
    <>
      {node.work.map(({ id, name, user, elapsed }) => (
        <div key={id}>
          <Link href={jobHref(cluster, id)}>{said.job(id, name, user)}</Link>{" "}
          <Box variant="span" color="text-status-inactive">
            {duration(elapsed)}
          </Box>
        </div>
      ))}
      {others > 0 && said.othersJobs(others)}
    </>
  );
}

/** The node manager's own words on the node. */
function Why({ cluster, name }: { readonly cluster: string; readonly name: string }) {
  const said = text.clusters.nodes;
  const { data, error } = useRead(
    ROUTES.explain,
    { params: { cluster }, query: { node: name } },
    { every: 10_000 },
  );
  if (data === undefined) {
    return error === null ? null : <Box color="text-status-inactive">{said.noWhy}</Box>;
  }
  return (
    <SpaceBetween size="xxs">
      <Box variant="h3">{said.why}</Box>
      <div>{data.state}</div>
      {data.why.map((line) => (
        <div key={line}>{sentence(line)}</div>
      ))}
      {data.stale !== null && <Box color="text-status-warning">{sentence(data.stale)}</Box>}
      {data.next.map(({ time, what }) => (
        <div key={what}>
          {sentence(what)} {time !== null && <When at={time} />}
        </div>
      ))}
      {data.tried.length > 0 && (
        <Box variant="small">
          {data.tried.slice(-5).map(({ time, offering, answer }) => (
            <div key={`${time} ${offering}`}>
              <When at={time} />: {said.triedAnswer(offering ?? "", answer)}
            </div>
          ))}
        </Box>
      )}
    </SpaceBetween>
  );
}

function Happened({ cluster, name }: { readonly cluster: string; readonly name: string }) {
  const said = text.clusters.nodes;
  const { data } = useRead(
    ROUTES.listClusterEvents,
    { params: { cluster }, query: { node: name, limit: 8 } },
    { every: 10_000 },
  );
  if (data === undefined || data.items.length === 0) return null;
  return (
    <SpaceBetween size="xxs">
      <Box variant="h3">{said.happened}</Box>
      <Box variant="small">
        {data.items.toReversed().map(({ time, kind, message }) => (
          <div key={`${time} ${kind}`}>
            <When at={time} />: {sentence(message)}
          </div>
        ))}
      </Box>
    </SpaceBetween>
  );
}
