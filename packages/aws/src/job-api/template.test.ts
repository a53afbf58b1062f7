import { describe, expect, it } from "vitest";
import { checked } from "../infrastructure/synth/testing/checked-synthesis.ts";
import { strayProperties, type Template } from "../infrastructure/synth/testing/spec-walker.ts";
import { jobApiTemplate } from "./template.ts";
import { jobApiConfig, LEAST } from "./testing/files.ts";

const MOST = `${LEAST.replace("{Type: IAM}", "{Type: JWT, Issuer: https://login.example.com, Audience: [hpc], Scopes: [submit]}").replace("[10.0.1.10]}", "[10.0.1.10, 10.0.2.10], Port: 443, SecurityGroupId: sg-0123456789abcdef0}")}
Throttling: {RateLimit: 5, BurstLimit: 10}
Firewall: {RequestsPerAddress: 100}
Uploads:
  - Prefix: ada/
    TokenSecretArn: arn:aws:secretsmanager:eu-central-1:123456789012:secret:ada-AbCdEf
  - Prefix: ben/
    TokenSecretArn: arn:aws:secretsmanager:eu-central-1:123456789012:secret:ben-AbCdEf
Logs: {RetentionInDays: 7}
`;

function synthesised(text: string) {
  const config = jobApiConfig(text);
  const program = { bucket: "sluice-123456789012-eu-central-1", key: "functions/x.zip" };
  const { made, ...complaints } = checked((makeApp) =>
    jobApiTemplate({ cluster: "demo", config, program }, makeApp),
  );
  return { template: JSON.parse(made) as Template, text: made, ...complaints };
}

const STACKS = { least: synthesised(LEAST), most: synthesised(MOST) };
const EACH = Object.entries(STACKS).map(([name, stack]) => ({ name, stack }));

function byType({ Resources }: Template, type: string) {
  return Object.values(Resources)
    .filter(({ Type }) => Type === `AWS::${type}`)
    .map(({ Properties = {} }) => Properties);
}

/** What cdk-nag finds and is meant so. */
const ACCEPTED: readonly (readonly [RegExp, string])[] = [
  [/^AwsSolutions-IAM5\[Resource::<Uploads.Arn>\/(ada|ben)\/\*\]/, "what is below the prefix"],
  [/^AwsSolutions-IAM5\[Resource::\*\]/, "network interfaces of functions have no names before"],
  [/^AwsSolutions-ELB2/, "API Gateway and the firewall keep a log of each request"],
  [/^AwsSolutions-S1$/, "a log of a bucket wants another bucket; CloudTrail has its data events"],
];

describe("each template", () => {
  it.each(EACH)("of $name has nothing for AWS's validator to find", ({ stack }) => {
    expect(stack.validator).toEqual([]);
  });

  it.each(EACH)("of $name has properties that AWS specifies", ({ stack }) => {
    expect(strayProperties(stack.template)).toEqual([]);
  });

  it.each(EACH)("of $name has nothing for cdk-nag to find", ({ stack }) => {
    expect(stack.nag.filter(({ rule }) => !ACCEPTED.some(([one]) => one.test(rule)))).toEqual([]);
  });

  it("is judged with no more exceptions than are met", () => {
    const rules = EACH.flatMap(({ stack }) => stack.nag.map(({ rule }) => rule));
    expect(ACCEPTED.filter(([one]) => !rules.some((rule) => one.test(rule)))).toEqual([]);
  });

  it.each(EACH)("of $name lets nobody in but through API Gateway", ({ stack }) => {
    const { template } = stack;
    expect(byType(template, "EC2::SecurityGroup").map((one) => one.SecurityGroupIngress)).toEqual(
      byType(template, "EC2::SecurityGroup").map(() => undefined),
    );
    for (const rule of byType(template, "EC2::SecurityGroupIngress")) {
      expect(rule.CidrIp).toBeUndefined();
      expect(rule.SourceSecurityGroupId).toBeDefined();
    }
    expect(byType(template, "ElasticLoadBalancingV2::LoadBalancer")).toMatchObject([
      { Scheme: "internal" },
    ]);
    for (const route of byType(template, "ApiGatewayV2::Route")) {
      expect(route.AuthorizationType).toMatch(/^(JWT|AWS_IAM)$/);
    }
  });
});

it("passes Slurm's paths on to the cluster's own, and nothing else of the server", () => {
  const { template } = STACKS.most;
  expect(byType(template, "ApiGatewayV2::Route").map(({ RouteKey }) => RouteKey)).toEqual([
    "ANY /slurm/{proxy+}",
    "ANY /slurmdb/{proxy+}",
    "ANY /openapi/{proxy+}",
  ]);
  expect(byType(template, "ApiGatewayV2::Integration")[0]).toMatchObject({
    ConnectionType: "VPC_LINK",
    TlsConfig: { ServerNameToVerify: "slurm.example.com" },
    RequestParameters: {
      "overwrite:path": "/clusters/demo/slurm/$request.path.proxy",
      "overwrite:header.sluice-source-address": "$context.identity.sourceIp",
    },
  });
});

it("has the file's limits, logs and identity provider", () => {
  const { template } = STACKS.most;
  expect(byType(template, "ApiGatewayV2::Stage")).toMatchObject([
    { DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 } },
  ]);
  expect(byType(template, "ApiGatewayV2::Authorizer")).toMatchObject([
    { JwtConfiguration: { Issuer: "https://login.example.com", Audience: ["hpc"] } },
  ]);
  expect(byType(template, "Logs::LogGroup").map((one) => one.RetentionInDays)).toEqual([7, 7, 7]);
  const [stage] = byType(template, "ApiGatewayV2::Stage");
  expect(stage?.AccessLogSettings).toMatchObject({
    Format: expect.not.stringMatching(/authorization|token/i),
  });
});

it("gives the function no more than its prefixes and its secrets", () => {
  const { template } = STACKS.most;
  const [role] = byType(template, "IAM::Role") as [
    { Policies: [{ PolicyDocument: { Statement: { Sid: string; Action: string[] }[] } }] },
  ];
  const actions = role.Policies[0].PolicyDocument.Statement.flatMap(({ Action }) => Action);
  expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  expect(JSON.stringify(role)).toContain("/ada/*");
  expect(STACKS.most.text).not.toMatch(/AKIA|slu_/);
});

it("keeps the bucket when the stack goes, with every version, and private", () => {
  const bucket = Object.values(STACKS.most.template.Resources).find(
    ({ Type }) => Type === "AWS::S3::Bucket",
  );
  expect(bucket).toMatchObject({
    DeletionPolicy: "RetainExceptOnCreate",
    Properties: {
      VersioningConfiguration: { Status: "Enabled" },
      PublicAccessBlockConfiguration: { RestrictPublicBuckets: true },
    },
  });
});

it("has no bucket and no function without uploads", () => {
  const types = Object.values(STACKS.least.template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => /S3|Lambda|SQS|IAM/.test(type))).toEqual([]);
});
