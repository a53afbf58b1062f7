import { describeClusterInstances, type NodeType } from "@sluice/lifecycle";
import { Option } from "commander";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { table } from "../render/table.ts";

/** ParallelCluster's words, and the short ones of its earlier versions. */
const NODE_TYPES: Readonly<Record<string, NodeType>> = {
  HeadNode: "HeadNode",
  ComputeNode: "ComputeNode",
  LoginNode: "LoginNode",
  HEAD: "HeadNode",
  COMPUTE: "ComputeNode",
  LOGIN: "LoginNode",
};

interface Options extends ClusterOption {
  readonly nodeType?: string;
  readonly queueName?: string;
}

export const describeClusterInstancesCommand: DefineCommand = (program, cli) => {
  program
    .command("describe-cluster-instances")
    .description("list the machines of a cluster")
    .addOption(clusterName())
    .addOption(
      new Option("--node-type <type>", "only machines of this kind").choices(
        Object.keys(NODE_TYPES),
      ),
    )
    .option("--queue-name <queue>", "only machines of this queue")
    .action(
      cli.action<Options>(async (context, { clusterName: name, nodeType = "", queueName }) => {
        const cloud = await context.cloudOf(name);
        const type = NODE_TYPES[nodeType];
        const instances = await describeClusterInstances({
          cloud,
          name,
          ...(type === undefined ? {} : { nodeType: type }),
          ...(queueName === undefined ? {} : { queueName }),
        });
        await context.output.emit({ instances }, (_, paint) =>
          table(
            ["NODE", "INSTANCE", "TYPE", "KIND", "QUEUE", "STATE", "ADDRESS", "LAUNCHED"],
            instances.map((instance) => [
              instance.nodeName,
              instance.instanceId,
              instance.instanceType,
              instance.nodeType,
              instance.queueName ?? "",
              paint.state(instance.state),
              instance.privateIpAddress ?? "",
              instance.launchTime,
            ]),
          ),
        );
        return 0;
      }),
    );
};
