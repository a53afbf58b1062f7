import { CfnAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { CfnDeletionPolicy } from "aws-cdk-lib/core";
import { siteLogGroup } from "../../names.ts";
import type { SiteBalancer } from "./balancer.ts";
import type { SiteScope } from "./contract.ts";
import type { SiteDatabase } from "./database.ts";
import type { SiteGroup } from "./machines.ts";

const LOG_DAYS = 180;
const MINUTE = 60;
const FULL_PERCENT = 90;

/** Where logs of the site's machines go. They stay when the site goes. */
export function makeSiteLogs({ stack, request }: SiteScope): CfnLogGroup {
  const group = new CfnLogGroup(stack, "Logs", {
    logGroupName: siteLogGroup(request.name, request.unique),
    retentionInDays: LOG_DAYS,
  });
  group.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN;
  group.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  return group;
}

/** Alarms about the site, for whoever subscribes to them. */
export function makeSiteAlarms(
  scope: SiteScope,
  watched: {
    readonly balancer: SiteBalancer;
    readonly database: SiteDatabase;
    readonly groups: readonly SiteGroup[];
  },
): void {
  const { balancer, database, groups } = watched;
  const dimensions = [
    { name: "LoadBalancer", value: balancer.dimensions.balancer },
    { name: "TargetGroup", value: balancer.dimensions.targets },
  ];
  const application = { namespace: "AWS/ApplicationELB", dimensions, period: MINUTE };
  alarm(scope, "UnhealthyServer", {
    ...application,
    alarmDescription: "A server of the site takes no requests",
    metricName: "UnHealthyHostCount",
    statistic: "Maximum",
    evaluationPeriods: 5,
    threshold: 0,
  });
  alarm(scope, "NoServer", {
    ...application,
    alarmDescription: "No server of the site takes requests",
    metricName: "HealthyHostCount",
    statistic: "Maximum",
    evaluationPeriods: 2,
    threshold: 1,
    comparisonOperator: "LessThanThreshold",
    treatMissingData: "breaching",
  });
  for (const { name, resource, group } of groups) {
    const ofGroup = [{ name: "AutoScalingGroupName", value: group.ref }];
    alarm(scope, `${resource}Missing`, {
      alarmDescription: `The machine ${name} of the site is missing`,
      namespace: "AWS/AutoScaling",
      metricName: "GroupInServiceInstances",
      dimensions: ofGroup,
      statistic: "Minimum",
      period: MINUTE,
      evaluationPeriods: 10,
      threshold: 1,
      comparisonOperator: "LessThanThreshold",
    });
  }
  if (database.id !== undefined) makeDatabaseAlarms(scope, database.id);
}

function makeDatabaseAlarms(scope: SiteScope, id: string): void {
  for (const [what, metricName, of] of [
    ["Capacity", "ACUUtilization", "the capacity that the site file gives it"],
    ["Cpu", "CPUUtilization", "its processors"],
  ] as const) {
    alarm(scope, `Database${what}`, {
      alarmDescription: `The site's database uses more than ${FULL_PERCENT} % of ${of}`,
      namespace: "AWS/RDS",
      metricName,
      dimensions: [{ name: "DBClusterIdentifier", value: id }],
      statistic: "Average",
      period: 5 * MINUTE,
      evaluationPeriods: 3,
      threshold: FULL_PERCENT,
    });
  }
}

type AlarmProps = NonNullable<ConstructorParameters<typeof CfnAlarm>[2]>;

function alarm(
  { stack, label }: SiteScope,
  what: string,
  properties: Omit<AlarmProps, "alarmName" | "comparisonOperator"> &
    Partial<Pick<AlarmProps, "comparisonOperator">>,
): void {
  new CfnAlarm(stack, `${what}Alarm`, {
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "notBreaching",
    ...properties,
    alarmName: `sluice-${label}-${what.toLowerCase()}`,
  });
}
