import { clustersRoutes, type NodeDoing, type NodeSummary } from "@sluice/api";
import type { JobView } from "@sluice/model";
import { type Implementation, implement } from "../../http/handler.ts";
import { seesJob } from "../../jobs/sight.ts";
import { nodeMapOf } from "../node-map.ts";
import { nodesOf, queuesOf } from "../node-states.ts";
import { nodeNotFound, updateNodes } from "../update-nodes.ts";
import { machineView, type SharedParts, seenCluster } from "./parts.ts";

/** Queues and nodes. */
export function nodeRoutes(parts: SharedParts): readonly Implementation[] {
  const { snapshots, machines } = parts;
  return [
    implement(clustersRoutes.listQueues, async ({ params, principal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      return { items: queuesOf(await snapshots.of(cluster)) };
    }),

    implement(clustersRoutes.listNodes, async ({ params, query, principal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      const { limit, cursor, ...filter } = query;
      const all = nodesOf(await snapshots.of(cluster), (job) =>
        seesJob(principal, { ...job, cluster: cluster.name }),
      );
      const found = all.filter(matching(filter)).sort(byName);
      const rest = cursor === undefined ? found : found.filter((node) => isAfter(node, cursor));
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      return {
        items,
        total: found.length,
        ...(last === undefined || rest.length <= limit ? {} : { next: last.name }),
      };
    }),

    implement(clustersRoutes.getNodeMap, async ({ params, principal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      return nodeMapOf(await snapshots.of(cluster));
    }),

    implement(clustersRoutes.getNode, async ({ params, principal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      const snapshot = await snapshots.of(cluster);
      const nodes = snapshot.nodes.filter(({ name }) => name === params.node);
      const sees = (job: JobView) => seesJob(principal, { ...job, cluster: cluster.name });
      const [node] = nodesOf({ ...snapshot, nodes }, sees);
      if (node === undefined) throw nodeNotFound(cluster.name, params.node);
      const mine = new Set(node.jobs);
      const work = snapshot.jobs
        .filter(({ id }) => mine.has(id))
        .map(({ id, name, user, elapsed }) => ({ id, name, user, elapsed }));
      // What Slurm says of the node is there also while the cloud does not answer.
      const all = node.machineId === null ? [] : await machines.of(cluster).catch(() => []);
      const machine = all.find(({ instanceId }) => instanceId === node.machineId);
      return {
        ...node,
        work,
        ...(machine === undefined ? {} : { machine: machineView(cluster, machine) }),
      };
    }),

    implement(clustersRoutes.updateNodes, async ({ params, body, principal, audit, signal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      const { cloud, name } = cluster;
      const { action, reason } = body;
      const nodes = [...new Set(body.nodes)];
      audit.target(`cluster ${name}`);
      audit.detail({ action, nodes, ...(reason === undefined ? {} : { reason }) });
      const known = new Set((await snapshots.of(cluster)).nodes.map((node) => node.name));
      const missing = nodes.find((node) => !known.has(node));
      if (missing !== undefined) throw nodeNotFound(name, missing);
      await updateNodes({ cloud, name, nodes, action, reason, by: principal.name, signal });
      snapshots.drop(name);
      return { nodes };
    }),
  ];
}

interface Filter {
  readonly queue?: string | undefined;
  readonly computeResource?: string | undefined;
  readonly state?: string | undefined;
  readonly does?: NodeDoing | undefined;
  readonly search?: string | undefined;
  readonly powered?: "on" | "off" | undefined;
}

function matching(filter: Filter): (node: NodeSummary) => boolean {
  const { queue, computeResource, does, powered } = filter;
  const state = filter.state?.toUpperCase();
  const search = filter.search?.toLowerCase();
  return (node) =>
    (queue === undefined || node.queue === queue) &&
    (computeResource === undefined || node.computeResource === computeResource) &&
    (state === undefined || node.state.toUpperCase().split("+").includes(state)) &&
    (does === undefined || node.does === does) &&
    (powered === undefined || (node.machineId === null ? "off" : "on") === powered) &&
    (search === undefined ||
      [node.name, node.machineId, node.address, node.reason].some((text) =>
        text?.toLowerCase().includes(search),
      ));
}

const NAMES = new Intl.Collator("en", { numeric: true });

function byName(a: NodeSummary, b: NodeSummary): number {
  return NAMES.compare(a.name, b.name);
}

function isAfter({ name }: NodeSummary, cursor: string): boolean {
  return NAMES.compare(name, cursor) > 0;
}
