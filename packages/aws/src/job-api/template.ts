import type { JobApiConfig } from "@sluice/model";
import {
  CfnApi,
  CfnAuthorizer,
  CfnIntegration,
  CfnRoute,
  CfnStage,
  CfnVpcLink,
} from "aws-cdk-lib/aws-apigatewayv2";
import { CfnSecurityGroup } from "aws-cdk-lib/aws-ec2";
import {
  CfnListener,
  CfnLoadBalancer,
  CfnTargetGroup,
} from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { CfnOutput, type Stack } from "aws-cdk-lib/core";
import {
  type MakeApp,
  newStack,
  plainApp,
  synthesised,
} from "../infrastructure/synth/templates.ts";
import { jobApiStackName } from "../names.ts";
import { addFirewall, SOURCE_HEADER } from "./firewall.ts";
import { JOB_API_OUTPUTS } from "./outputs.ts";
import { type Balancer, type JobApiStack, keptLog, letIn } from "./parts.ts";
import { addUploads } from "./uploads.ts";

const HTTPS = 443;
/** The newest that load balancers have with TLS 1.2 for those who need it. */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06";

/** What is let through: Slurm's API as the server gates it, and nothing else of the server. */
const GATED = ["slurm", "slurmdb", "openapi"] as const;

/** The template of the stack with a cluster's job API. */
export function jobApiTemplate(request: JobApiStack, makeApp: MakeApp = plainApp): string {
  const name = jobApiStackName(request.cluster);
  const [[, template] = ["", ""]] = synthesised(makeApp, (app) => {
    const stack = newStack(app, name, `Job API of Sluice's cluster ${request.cluster}`);
    addJobApi(stack, request);
    return [name];
  });
  return template;
}

function addJobApi(stack: Stack, request: JobApiStack): void {
  const { cluster, config } = request;
  const balancer = addBalancer(stack, config);
  const linkGroup = new CfnSecurityGroup(stack, "LinkGroup", {
    groupDescription: "API Gateway on its way to the load balancer",
    vpcId: config.Vpc.Id,
    securityGroupEgress: [to(balancer.group.attrGroupId, HTTPS)],
  });
  letIn(stack, "FromApi", balancer.group.attrGroupId, linkGroup, HTTPS);
  addFirewall(stack, config, balancer.loadBalancer.ref);
  addApi(stack, { cluster, config, linkGroup, listener: balancer.listener });
  if (config.Uploads.length > 0) addUploads(stack, request, balancer);
}

/** A rule of what a group may connect to. */
function to(group: string, port: number): CfnSecurityGroup.EgressProperty {
  return {
    destinationSecurityGroupId: group,
    ipProtocol: "tcp",
    fromPort: port,
    toPort: port,
    description: "The load balancer",
  };
}

/** An internal load balancer that ends API Gateway's TLS and speaks TLS to the servers. */
function addBalancer(stack: Stack, { Vpc, Server, Certificate }: JobApiConfig): Balancer {
  const group = new CfnSecurityGroup(stack, "BalancerGroup", {
    groupDescription: "The load balancer before the servers",
    vpcId: Vpc.Id,
    securityGroupEgress: Server.Addresses.map((address) => ({
      cidrIp: `${address}/32`,
      ipProtocol: "tcp",
      fromPort: Server.Port,
      toPort: Server.Port,
      description: "A server",
    })),
  });
  if (Server.SecurityGroupId !== undefined) {
    letIn(stack, "FromBalancer", Server.SecurityGroupId, group, Server.Port);
  }
  const loadBalancer = new CfnLoadBalancer(stack, "Balancer", {
    type: "application",
    scheme: "internal",
    subnets: [...Vpc.SubnetIds],
    securityGroups: [group.attrGroupId],
    loadBalancerAttributes: [
      { key: "routing.http.drop_invalid_header_fields.enabled", value: "true" },
      { key: "routing.http.desync_mitigation_mode", value: "strictest" },
      // Longer than slurmrestd thinks, shorter than API Gateway waits.
      { key: "idle_timeout.timeout_seconds", value: "35" },
    ],
  });
  const targets = new CfnTargetGroup(stack, "Servers", {
    vpcId: Vpc.Id,
    targetType: "ip",
    protocol: "HTTPS",
    port: Server.Port,
    targets: Server.Addresses.map((id) => ({ id, port: Server.Port })),
    healthCheckPath: "/health/ready",
    healthCheckIntervalSeconds: 10,
    healthyThresholdCount: 2,
    unhealthyThresholdCount: 2,
    matcher: { httpCode: "200" },
    targetGroupAttributes: [{ key: "deregistration_delay.timeout_seconds", value: "30" }],
  });
  const listener = new CfnListener(stack, "Listener", {
    loadBalancerArn: loadBalancer.ref,
    protocol: "HTTPS",
    port: HTTPS,
    sslPolicy: TLS_POLICY,
    certificates: [{ certificateArn: Certificate.Arn }],
    defaultActions: [{ type: "forward", targetGroupArn: targets.ref }],
  });
  return { group, loadBalancer, listener };
}

function addApi(
  stack: Stack,
  {
    cluster,
    config,
    linkGroup,
    listener,
  }: {
    readonly cluster: string;
    readonly config: JobApiConfig;
    readonly linkGroup: CfnSecurityGroup;
    readonly listener: CfnListener;
  },
): void {
  const { Vpc, Certificate, Throttling, Logs } = config;
  const api = new CfnApi(stack, "Api", {
    name: stack.stackName,
    description: `Slurm's REST API of ${cluster}`,
    protocolType: "HTTP",
  });
  const link = new CfnVpcLink(stack, "Link", {
    name: stack.stackName,
    subnetIds: [...Vpc.SubnetIds],
    securityGroupIds: [linkGroup.attrGroupId],
  });
  const authorization = addAuthorizer(stack, api, config);
  for (const part of GATED) {
    const integration = new CfnIntegration(stack, `To${part}`, {
      apiId: api.ref,
      integrationType: "HTTP_PROXY",
      integrationMethod: "ANY",
      integrationUri: listener.ref,
      connectionType: "VPC_LINK",
      connectionId: link.ref,
      payloadFormatVersion: "1.0",
      timeoutInMillis: 30_000,
      tlsConfig: { serverNameToVerify: Certificate.Name },
      // Paths of clients are those of slurmrestd; the server has one for each cluster.
      requestParameters: {
        "overwrite:path": `/clusters/${cluster}/${part}/$request.path.proxy`,
        [`overwrite:header.${SOURCE_HEADER}`]: "$context.identity.sourceIp",
      },
    });
    new CfnRoute(stack, `Route${part}`, {
      apiId: api.ref,
      routeKey: `ANY /${part}/{proxy+}`,
      target: `integrations/${integration.ref}`,
      ...authorization,
    });
  }
  const log = keptLog(stack, "AccessLog", { retention: Logs.RetentionInDays });
  new CfnStage(stack, "Stage", {
    apiId: api.ref,
    stageName: "$default",
    autoDeploy: true,
    accessLogSettings: { destinationArn: log.attrArn, format: ACCESS_LOG },
    defaultRouteSettings: {
      throttlingRateLimit: Throttling.RateLimit,
      throttlingBurstLimit: Throttling.BurstLimit,
      detailedMetricsEnabled: true,
    },
  });
  new CfnOutput(stack, JOB_API_OUTPUTS.endpoint, { value: api.attrApiEndpoint });
}

function addAuthorizer(
  stack: Stack,
  api: CfnApi,
  { Authorizer }: JobApiConfig,
): Pick<
  ConstructorParameters<typeof CfnRoute>[2],
  "authorizationType" | "authorizerId" | "authorizationScopes"
> {
  if (Authorizer.Type === "IAM") return { authorizationType: "AWS_IAM" };
  const authorizer = new CfnAuthorizer(stack, "Authorizer", {
    apiId: api.ref,
    name: "tokens",
    authorizerType: "JWT",
    identitySource: ["$request.header.Authorization"],
    jwtConfiguration: { issuer: Authorizer.Issuer, audience: [...Authorizer.Audience] },
  });
  return {
    authorizationType: "JWT",
    authorizerId: authorizer.ref,
    ...(Authorizer.Scopes.length === 0 ? {} : { authorizationScopes: [...Authorizer.Scopes] }),
  };
}

/** One line of JSON a request; nothing in it that lets anybody in. */
const ACCESS_LOG = JSON.stringify({
  time: "$context.requestTime",
  requestId: "$context.requestId",
  from: "$context.identity.sourceIp",
  who: "$context.authorizer.claims.sub",
  caller: "$context.identity.caller",
  method: "$context.httpMethod",
  path: "$context.path",
  status: "$context.status",
  answeredIn: "$context.responseLatency",
  size: "$context.responseLength",
  refusal: "$context.authorizer.error",
  failure: "$context.integrationErrorMessage",
});
