import { type NodeDoing, ROUTES } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";
import { dateTime } from "../../../frame/format.ts";
import { useRead } from "../../../frame/queries.ts";
import { useSettled } from "../../../frame/settled.ts";

/** Milliseconds at one node before more is asked about it. */
const PAUSE = 120;
/** Pixels, as the style has it. */
const WIDTH = 300;

/** What is known of the node that somebody points at. */
export function NodeTip({
  cluster,
  name,
  kind,
  spot,
  width,
}: {
  readonly cluster: string;
  readonly name: string;
  readonly kind: NodeDoing;
  readonly spot: { readonly x: number; readonly y: number; readonly size: number } | undefined;
  /** Of what it has to stay within. */
  readonly width: number;
}) {
  const said = text.clusters.nodes;
  const asked = useSettled(name, PAUSE, "");
  const { data } = useRead(
    ROUTES.getNode,
    { params: { cluster, node: asked } },
    { enabled: asked === name },
  );
  if (spot === undefined) return null;
  const left = Math.max(0, Math.min(spot.x, width - WIDTH));
  return (
    <div
      id="node-tip"
      role="tooltip"
      className="node-tip"
      style={{ left, top: spot.y + spot.size + 6 }}
    >
      <b>{name}</b>
      <div>{said.kindsMore[kind]}</div>
      {data?.name === name && (
        <>
          <code>{data.state}</code>
          {data.reason !== null && <div>{data.reason}</div>}
          {data.jobCount > 0 && <div>{workWords(data)}</div>}
          {data.machine !== undefined && (
            <div>
              {said.machineSince(data.machine.instanceType, dateTime(data.machine.launchTime))}
            </div>
          )}
        </>
      )}
    </div>
  );
}

/** `12 solver of ada`; of others' jobs that there are some. */
function workWords({
  work,
  jobCount,
}: {
  readonly work: readonly { readonly id: string; readonly name: string; readonly user: string }[];
  readonly jobCount: number;
}): string {
  const said = text.clusters.nodes;
  const seen = work.map(({ id, name, user }) => said.job(id, name, user));
  const others = jobCount - work.length;
  return [...seen, ...(others > 0 ? [said.othersJobs(others)] : [])].join(", ");
}
