import type { CfnAutoScalingGroup } from "aws-cdk-lib/aws-autoscaling";
import { CfnAlarm, CfnDashboard } from "aws-cdk-lib/aws-cloudwatch";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { Aws, type CfnDeletionPolicy } from "aws-cdk-lib/core";
import { logGroupName } from "../../names.ts";
import { given } from "./given.ts";
import type { Scope } from "./scope.ts";

/** Where logs of the head and its machines go; undefined when they stay where they are. */
export function makeLogGroup({ stack, config, request }: Scope): CfnLogGroup | undefined {
  const { Enabled, RetentionInDays: days, DeletionPolicy } = config.Monitoring.Logs.CloudWatch;
  if (!Enabled) return undefined;
  const group = new CfnLogGroup(
    stack,
    "Logs",
    given({
      logGroupName: logGroupName(request.name, request.unique),
      // Without a number they are kept for ever, which the file says by 0.
      retentionInDays: days === 0 ? undefined : days,
    }),
  );
  group.cfnOptions.deletionPolicy = DeletionPolicy as CfnDeletionPolicy;
  group.cfnOptions.updateReplacePolicy = DeletionPolicy as CfnDeletionPolicy;
  return group;
}

const MINUTE = 60;
const CPU_PERCENT = 90;

/** Alarms about the head, for whoever subscribes to them. */
export function makeAlarms({ stack, config, label }: Scope, head: CfnAutoScalingGroup): void {
  if (!config.Monitoring.Alarms.Enabled) return;
  const dimensions = [{ name: "AutoScalingGroupName", value: head.ref }];
  new CfnAlarm(stack, "HeadHealthAlarm", {
    alarmName: `sluice-${label}-head-health`,
    alarmDescription: "The head node does not pass EC2's status checks",
    namespace: "AWS/EC2",
    metricName: "StatusCheckFailed",
    dimensions,
    statistic: "Maximum",
    period: MINUTE,
    evaluationPeriods: 5,
    threshold: 0,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "notBreaching",
  });
  new CfnAlarm(stack, "HeadCpuAlarm", {
    alarmName: `sluice-${label}-head-cpu`,
    alarmDescription: `The head node uses more than ${CPU_PERCENT} % of its processors`,
    namespace: "AWS/EC2",
    metricName: "CPUUtilization",
    dimensions,
    statistic: "Average",
    period: 5 * MINUTE,
    evaluationPeriods: 3,
    threshold: CPU_PERCENT,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "notBreaching",
  });
  const metric = (id: string, metricName: string) => ({
    id,
    returnData: false,
    metricStat: {
      metric: { namespace: "AWS/AutoScaling", metricName, dimensions },
      period: MINUTE,
      stat: "Minimum",
    },
  });
  // A cluster that is stopped wants no head, and misses none.
  new CfnAlarm(stack, "HeadMissingAlarm", {
    alarmName: `sluice-${label}-head-missing`,
    alarmDescription: "There is no head node, and nobody stopped the cluster",
    metrics: [
      metric("wanted", "GroupDesiredCapacity"),
      metric("there", "GroupInServiceInstances"),
      { id: "missing", label: "Missing", expression: "wanted - there", returnData: true },
    ],
    evaluationPeriods: 10,
    threshold: 0,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "missing",
  });
}

/** One page: the head's load, its group, the queue of notices and the newest errors. */
export function makeDashboard(
  { stack, config, label }: Scope,
  shown: {
    readonly head: CfnAutoScalingGroup;
    readonly logs: CfnLogGroup | undefined;
    readonly queueName: string;
  },
): void {
  if (!config.Monitoring.Dashboards.CloudWatch.Enabled) return;
  const { head, logs, queueName } = shown;
  const group = ["AutoScalingGroupName", head.ref];
  const queue = ["QueueName", queueName];
  const graphs = [
    graph("Head: processors (%)", [["AWS/EC2", "CPUUtilization", ...group]]),
    graph("Head: network (bytes)", [
      ["AWS/EC2", "NetworkIn", ...group],
      ["AWS/EC2", "NetworkOut", ...group],
    ]),
    graph("Head: disk (bytes)", [
      ["AWS/EC2", "EBSReadBytes", ...group],
      ["AWS/EC2", "EBSWriteBytes", ...group],
    ]),
    graph("Notices about machines", [
      ["AWS/SQS", "NumberOfMessagesReceived", ...queue],
      ["AWS/SQS", "ApproximateAgeOfOldestMessage", ...queue],
    ]),
  ];
  const widgets: object[] = graphs.map((properties, index) => ({
    type: "metric",
    x: (index % 2) * 12,
    y: Math.floor(index / 2) * 6,
    width: 12,
    height: 6,
    properties,
  }));
  if (logs !== undefined) {
    const filter = "filter @message like /(?i)(error|fail)/ | sort @timestamp desc | limit 50";
    widgets.push({
      type: "log",
      x: 0,
      y: 12,
      width: 24,
      height: 9,
      properties: {
        title: "Errors",
        region: Aws.REGION,
        view: "table",
        query: `SOURCE '${logs.ref}' | fields @timestamp, @logStream, @message | ${filter}`,
      },
    });
  }
  new CfnDashboard(stack, "Dashboard", {
    dashboardName: `sluice-${label}`,
    dashboardBody: stack.toJsonString({ widgets }),
  });
}

function graph(title: string, metrics: readonly (readonly string[])[]) {
  return { title, region: Aws.REGION, view: "timeSeries", stat: "Average", period: 300, metrics };
}
