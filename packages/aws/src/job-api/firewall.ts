import type { JobApiConfig } from "@sluice/model";
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Aws, type Stack } from "aws-cdk-lib/core";
import { keptLog } from "./parts.ts";

/**
 * WAF knows nothing of HTTP APIs, so it stands at the load balancer, where every request comes from
 * API Gateway. This header, which API Gateway writes over whatever a client sends, has the client's
 * address: it may not write `X-Forwarded-For`.
 */
export const SOURCE_HEADER = "sluice-source-address";

/**
 * Parts of AWS's rules that look into bodies for what attacks are made of, and job scripts are too:
 * paths with dots, addresses of hosts, markup, and more than 8 KB. They count and do not block.
 */
const ABOUT_BODIES = [
  "SizeRestrictions_BODY",
  "EC2MetaDataSSRF_BODY",
  "GenericLFI_BODY",
  "GenericRFI_BODY",
  "CrossSiteScripting_BODY",
];

export function addFirewall(
  stack: Stack,
  { Firewall, Logs }: JobApiConfig,
  balancer: string,
): void {
  const name = stack.stackName;
  const visibility = (metric: string) => ({
    cloudWatchMetricsEnabled: true,
    metricName: `${name}-${metric}`,
    sampledRequestsEnabled: false,
  });
  const acl = new CfnWebACL(stack, "Firewall", {
    scope: "REGIONAL",
    defaultAction: { allow: {} },
    visibilityConfig: visibility("all"),
    rules: [
      {
        name: "rate",
        priority: 0,
        action: { block: { customResponse: { responseCode: 429 } } },
        visibilityConfig: visibility("rate"),
        statement: {
          rateBasedStatement: {
            limit: Firewall.RequestsPerAddress,
            evaluationWindowSec: 300,
            aggregateKeyType: "FORWARDED_IP",
            forwardedIpConfig: { headerName: SOURCE_HEADER, fallbackBehavior: "NO_MATCH" },
          },
        },
      },
      ...[
        { group: "AWSManagedRulesCommonRuleSet", counted: ABOUT_BODIES },
        { group: "AWSManagedRulesKnownBadInputsRuleSet", counted: [] },
      ].map(({ group, counted }, index) => ({
        name: group,
        priority: index + 1,
        overrideAction: { none: {} },
        visibilityConfig: visibility(group),
        statement: {
          managedRuleGroupStatement: {
            vendorName: "AWS",
            name: group,
            ruleActionOverrides: counted.map((rule) => ({
              name: rule,
              actionToUse: { count: {} },
            })),
          },
        },
      })),
    ],
  });
  new CfnWebACLAssociation(stack, "FirewallAtBalancer", {
    resourceArn: balancer,
    webAclArn: acl.attrArn,
  });
  // WAF writes to groups that are called so, and nowhere else.
  const log = keptLog(stack, "FirewallLog", {
    name: `aws-waf-logs-${name}`,
    retention: Logs.RetentionInDays,
  });
  const group = `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:aws-waf-logs-${name}`;
  const logging = new CfnLoggingConfiguration(stack, "FirewallLogging", {
    resourceArn: acl.attrArn,
    logDestinationConfigs: [group],
    redactedFields: ["authorization", "cookie", "x-slurm-user-token"].map((header) => ({
      singleHeader: { Name: header },
    })),
  });
  logging.addResourceDependency(log);
}
