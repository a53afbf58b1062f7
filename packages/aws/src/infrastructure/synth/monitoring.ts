import type { CfnAutoScalingGroup } from "aws-cdk-lib/aws-autoscaling";
import { CfnAlarm, CfnDashboard } from "aws-cdk-lib/aws-cloudwatch";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { Aws, type CfnDeletionPolicy } from "aws-cdk-lib/core";
import { HEAD_METRICS, logGroupName } from "../../names.ts";
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
const FULL_PERCENT = 90;

/** So old is the oldest notice only when nobody reads them; the head does so all the time. */
const SILENCE = 15 * MINUTE;

/** Alarms about the head, for whoever subscribes to them. */
export function makeAlarms(
  scope: Scope,
  watched: {
    readonly head: CfnAutoScalingGroup;
    readonly second: CfnAutoScalingGroup | undefined;
    readonly queueName: string;
  },
): void {
  if (!scope.config.Monitoring.Alarms.Enabled) return;
  const { head, queueName, second } = watched;
  if (second !== undefined) makeSecondAlarm(scope, second);
  const dimensions = [{ name: "AutoScalingGroupName", value: head.ref }];
  alarm(scope, "Health", {
    alarmDescription: "The head node does not pass EC2's status checks",
    namespace: "AWS/EC2",
    metricName: "StatusCheckFailed",
    dimensions,
    statistic: "Maximum",
    period: MINUTE,
    evaluationPeriods: 5,
    threshold: 0,
  });
  alarm(scope, "Cpu", {
    alarmDescription: `The head node uses more than ${CPU_PERCENT} % of its processors`,
    namespace: "AWS/EC2",
    metricName: "CPUUtilization",
    dimensions,
    statistic: "Average",
    period: 5 * MINUTE,
    evaluationPeriods: 3,
    threshold: CPU_PERCENT,
  });
  // A cluster that is stopped wants no head: it misses none, and none is silent.
  const wanted = metric("wanted", "AWS/AutoScaling", "GroupDesiredCapacity", dimensions);
  alarm(scope, "Missing", {
    alarmDescription: "There is no head node, and nobody stopped the cluster",
    metrics: [
      wanted,
      metric("there", "AWS/AutoScaling", "GroupInServiceInstances", dimensions),
      { id: "missing", label: "Missing", expression: "wanted - there", returnData: true },
    ],
    evaluationPeriods: 10,
    threshold: 0,
  });
  const queue = [{ name: "QueueName", value: queueName }];
  alarm(scope, "Silent", {
    alarmDescription: "Nobody reads the notices about machines: the node manager may be down",
    metrics: [
      wanted,
      metric("age", "AWS/SQS", "ApproximateAgeOfOldestMessage", queue),
      { id: "silence", label: "Silence", expression: "IF(wanted > 0, age, 0)", returnData: true },
    ],
    evaluationPeriods: 3,
    threshold: SILENCE,
  });
  // The head's own metrics come by its logs.
  if (scope.config.Monitoring.Logs.CloudWatch.Enabled) makeOwnAlarms(scope, wanted);
}

/** Either may lead, so that a second head that is missing is what the next failure needs. */
function makeSecondAlarm(scope: Scope, second: CfnAutoScalingGroup): void {
  const dimensions = [{ name: "AutoScalingGroupName", value: second.ref }];
  alarm(scope, "StandbyMissing", {
    alarmDescription: "There is no second head node, and nobody stopped the cluster",
    metrics: [
      metric("wanted", "AWS/AutoScaling", "GroupDesiredCapacity", dimensions),
      metric("there", "AWS/AutoScaling", "GroupInServiceInstances", dimensions),
      { id: "missing", label: "Missing", expression: "wanted - there", returnData: true },
    ],
    evaluationPeriods: 10,
    threshold: 0,
  });
}

/** Of what the head says of itself. */
function makeOwnAlarms(scope: Scope, wanted: ReturnType<typeof metric>): void {
  const { namespace, heartbeat, rootDisk, stateDisk, memory } = HEAD_METRICS;
  for (const [what, metricName, of] of [
    ["RootDisk", rootDisk, "the disk that it starts from"],
    ["StateDisk", stateDisk, "the volume with the cluster's state"],
    ["Memory", memory, "its memory"],
  ] as const) {
    alarm(scope, what, {
      alarmDescription: `The head node uses more than ${FULL_PERCENT} % of ${of}`,
      namespace,
      metricName,
      dimensions: ownDimensions(scope),
      statistic: "Average",
      period: 5 * MINUTE,
      evaluationPeriods: 2,
      threshold: FULL_PERCENT,
    });
  }
  alarm(scope, "Heartbeat", {
    alarmDescription: "The node manager has not said for five minutes that it runs",
    metrics: [
      wanted,
      metric("beat", namespace, heartbeat, ownDimensions(scope)),
      {
        id: "silent",
        label: "Silent",
        expression: "IF(wanted > 0, 1 - FILL(beat, 0), 0)",
        returnData: true,
      },
    ],
    evaluationPeriods: 5,
    threshold: 0,
  });
}

function ownDimensions({ request }: Pick<Scope, "request">) {
  return [{ name: HEAD_METRICS.dimension, value: `${request.name}-${request.unique}` }];
}

type AlarmProps = ConstructorParameters<typeof CfnAlarm>[2];

function alarm(
  { stack, label }: Scope,
  what: string,
  properties: Omit<AlarmProps, "alarmName" | "comparisonOperator" | "treatMissingData">,
): void {
  new CfnAlarm(stack, `Head${what}Alarm`, {
    ...properties,
    alarmName: `sluice-${label}-head-${what.toLowerCase()}`,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "notBreaching",
  });
}

function metric(
  id: string,
  namespace: string,
  metricName: string,
  dimensions: readonly { readonly name: string; readonly value: string }[],
) {
  const one = { namespace, metricName, dimensions: [...dimensions] };
  return { id, returnData: false, metricStat: { metric: one, period: MINUTE, stat: "Maximum" } };
}

/** One page: the head's load, its group, the queue of notices and the newest errors. */
export function makeDashboard(
  { stack, config, label, request }: Scope,
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
    ...(logs === undefined ? [] : ownGraphs(ownDimensions({ request }))),
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
      y: Math.ceil(graphs.length / 2) * 6,
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

function ownGraphs(dimensions: ReturnType<typeof ownDimensions>) {
  const { namespace, heartbeat, rootDisk, stateDisk, memory } = HEAD_METRICS;
  const own = dimensions.flatMap(({ name, value }) => [name, value]);
  const of = (...names: readonly string[]) => names.map((name) => [namespace, name, ...own]);
  return [
    graph("Head: used of disks and memory (%)", of(rootDisk, stateDisk, memory)),
    graph("Node manager: heartbeat", of(heartbeat)),
  ];
}

function graph(title: string, metrics: readonly (readonly string[])[]) {
  return { title, region: Aws.REGION, view: "timeSeries", stat: "Average", period: 300, metrics };
}
