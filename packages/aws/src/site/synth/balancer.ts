import { SITE_SERVER_PORT } from "@sluice/boot";
import {
  CfnListener,
  CfnLoadBalancer,
  CfnTargetGroup,
} from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { CfnServerCertificate } from "aws-cdk-lib/aws-iam";
import type { Awaited } from "../../infrastructure/synth/scope.ts";
import { secretValue } from "../../infrastructure/synth/secrets.ts";
import type { SiteScope } from "./contract.ts";
import type { SiteNetwork } from "./network.ts";
import type { SitePorts } from "./ports.ts";

export interface SiteBalancer {
  /** Where people reach the servers. */
  readonly url: string;
  /** ARN. */
  readonly targets: string;
  /** As metrics name them. */
  readonly dimensions: { readonly balancer: string; readonly targets: string };
}

/** The newest that load balancers have with TLS 1.2 for those who need it. */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06";

/** Seconds in which an event stream or a terminal says something: servers do every 15. */
const IDLE = "300";

/**
 * What people speak with: HTTPS to any server that takes requests. The servers' own certificates are
 * each machine's, and load balancers look at none.
 *
 * @param after what takes longer than a new certificate to be known everywhere.
 */
export function makeSiteBalancer(
  scope: SiteScope,
  network: SiteNetwork,
  ports: SitePorts,
  after: readonly Awaited[],
): SiteBalancer {
  const { stack, config } = scope;
  const isOutside = network.isPublic && config.Servers.AllowedIps !== undefined;
  const loadBalancer = new CfnLoadBalancer(stack, "Balancer", {
    type: "application",
    scheme: isOutside ? "internet-facing" : "internal",
    subnets: [...network.balancerSubnets],
    securityGroups: [ports.balancer],
    loadBalancerAttributes: [
      { key: "routing.http.drop_invalid_header_fields.enabled", value: "true" },
      { key: "routing.http.desync_mitigation_mode", value: "strictest" },
      { key: "idle_timeout.timeout_seconds", value: IDLE },
    ],
  });
  for (const route of network.routes) loadBalancer.node.addDependency(route);
  const targets = new CfnTargetGroup(stack, "Servers", {
    vpcId: network.vpcId,
    targetType: "instance",
    protocol: "HTTPS",
    port: SITE_SERVER_PORT,
    healthCheckPath: "/health/serving",
    healthCheckIntervalSeconds: 5,
    healthCheckTimeoutSeconds: 4,
    healthyThresholdCount: 2,
    unhealthyThresholdCount: 2,
    matcher: { httpCode: "200" },
    targetGroupAttributes: [{ key: "deregistration_delay.timeout_seconds", value: "15" }],
  });
  const listener = new CfnListener(stack, "HttpsListener", {
    loadBalancerArn: loadBalancer.ref,
    port: 443,
    protocol: "HTTPS",
    sslPolicy: TLS_POLICY,
    certificates: [{ certificateArn: certificateArn(scope) }],
    defaultActions: [{ type: "forward", targetGroupArn: targets.ref }],
  });
  for (const resource of after) listener.node.addDependency(resource);
  new CfnListener(stack, "HttpListener", {
    loadBalancerArn: loadBalancer.ref,
    port: 80,
    protocol: "HTTP",
    defaultActions: [
      {
        type: "redirect",
        redirectConfig: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" },
      },
    ],
  });
  return {
    url: config.Servers.PublicUrl ?? `https://${loadBalancer.attrDnsName}`,
    targets: targets.ref,
    dimensions: {
      balancer: loadBalancer.attrLoadBalancerFullName,
      targets: targets.attrTargetGroupFullName,
    },
  };
}

/** That of the file, or one of the site's own, which is in IAM and goes with the stack. */
function certificateArn({ stack, label, request }: SiteScope): string {
  const { certificate } = request;
  if ("arn" in certificate) return certificate.arn;
  return new CfnServerCertificate(stack, "Certificate", {
    path: "/sluice/",
    serverCertificateName: `sluice-${label}`,
    certificateBody: certificate.body,
    privateKey: secretValue(certificate.keySecretArn),
  }).attrArn;
}
