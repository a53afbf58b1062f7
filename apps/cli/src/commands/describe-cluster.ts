import { type ClusterDescription, describeCluster } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { backupFields } from "../render/backup.ts";
import type { Paint } from "../render/paint.ts";
import { QUEUE_HEADINGS, queueRows } from "../render/queues.ts";
import { fields, table } from "../render/table.ts";

export const describeClusterCommand: DefineCommand = (program, cli) => {
  program
    .command("describe-cluster")
    .description("show a cluster: its state, its head node, its queues")
    .addOption(clusterName())
    .action(
      cli.action<ClusterOption>(async (context, { clusterName: name }) => {
        const cloud = await context.cloudOf(name);
        await context.output.emit(await describeCluster({ cloud, name }), textOf);
        return 0;
      }),
    );
};

function textOf(cluster: ClusterDescription, paint: Paint): string {
  const head = cluster.headNode;
  const about = fields([
    ["cluster", paint.bold(cluster.clusterName)],
    ["status", paint.state(cluster.clusterStatus)],
    ...(cluster.failures ?? []).map(({ failureReason }) => ["reason", failureReason] as const),
    ["compute fleet", paint.state(cluster.computeFleetStatus)],
    ["provider", cluster.provider],
    ["created", cluster.creationTime],
    ...(head === undefined
      ? []
      : ([
          ["head node", `${head.instanceId} ${head.instanceType} ${paint.state(head.state)}`],
          ["head address", head.privateIpAddress ?? "none yet"],
        ] as const)),
    ...(head?.publicIpAddress === undefined
      ? []
      : [["public address", head.publicIpAddress] as const]),
    ...(cluster.headNodes ?? []).map(
      ({ nodeName, instanceId, availabilityZone: zone, role }) =>
        [nodeName, `${instanceId} in ${zone}, ${role}`] as const,
    ),
    ...backupFields(cluster.backup, paint),
    ...Object.entries(cluster.resources),
  ]);
  const queues = table(QUEUE_HEADINGS, queueRows(cluster.queues, paint));
  return queues === "" ? about : `${about}\n${queues}`;
}
