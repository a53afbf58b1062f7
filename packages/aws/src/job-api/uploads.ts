import { CfnAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { CfnSecurityGroup } from "aws-cdk-lib/aws-ec2";
import { CfnRule } from "aws-cdk-lib/aws-events";
import { CfnRole } from "aws-cdk-lib/aws-iam";
import { CfnEventSourceMapping, CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnBucket, CfnBucketPolicy } from "aws-cdk-lib/aws-s3";
import { CfnQueue, CfnQueuePolicy } from "aws-cdk-lib/aws-sqs";
import { CfnOutput, RemovalPolicy, type Stack } from "aws-cdk-lib/core";
import { allow, policyOf, type Statement } from "../infrastructure/synth/iam/statement.ts";
import { JOB_API_OUTPUTS } from "./outputs.ts";
import { type Balancer, type JobApiStack, keptLog, letIn } from "./parts.ts";

/** Seconds that the function has for a batch. */
const FUNCTION_SECONDS = 60;
/** Lambda wants a message to stay hidden for six times as long. */
const HIDDEN_SECONDS = 6 * FUNCTION_SECONDS;
/** A message comes so often before it is a dead letter: half an hour of a server that is away. */
const MOST_TRIES = 6;
const DAY = 24 * 3600;
const DEAD_LETTERS_KEPT = 14 * DAY;
/** Days that a script is kept once another version has taken its place. */
const FORMER_VERSIONS_KEPT = 90;

/** Folder of roles of job APIs: rights to pass them on are said by it. */
export const ROLE_PATH = "/sluice/job-api/";

/** Upload, queue, function, job. */
export function addUploads(stack: Stack, request: JobApiStack, balancer: Balancer): void {
  const { cluster, config, program } = request;
  const bucket = addBucket(stack);
  const { queue, dead } = addQueues(stack, bucket, request);
  const log = keptLog(stack, "SubmitLog", { retention: config.Logs.RetentionInDays });
  const role = new CfnRole(stack, "SubmitRole", {
    path: ROLE_PATH,
    assumeRolePolicyDocument: policyOf([
      {
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: "sts:AssumeRole",
      } as unknown as Statement,
    ]),
    policies: [
      {
        policyName: "submit",
        policyDocument: policyOf([
          allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [log.attrArn]),
          allow(
            "Queue",
            [
              "sqs:ChangeMessageVisibility",
              "sqs:DeleteMessage",
              "sqs:GetQueueAttributes",
              "sqs:ReceiveMessage",
            ],
            [queue.attrArn],
          ),
          allow(
            "Scripts",
            ["s3:GetObjectVersion"],
            config.Uploads.map(({ Prefix }) => `${bucket.attrArn}/${Prefix}*`),
          ),
          allow(
            "Tokens",
            ["secretsmanager:GetSecretValue"],
            [...new Set(config.Uploads.map(({ TokenSecretArn }) => TokenSecretArn))],
          ),
          allow(
            "Network",
            [
              "ec2:AssignPrivateIpAddresses",
              "ec2:CreateNetworkInterface",
              "ec2:DeleteNetworkInterface",
              "ec2:DescribeNetworkInterfaces",
              "ec2:DescribeSubnets",
              "ec2:UnassignPrivateIpAddresses",
            ],
            ["*"],
          ),
        ]),
      },
    ],
  });
  const group = new CfnSecurityGroup(stack, "SubmitGroup", {
    groupDescription: "The function that submits what was uploaded",
    vpcId: config.Vpc.Id,
    securityGroupEgress: [
      {
        cidrIp: "0.0.0.0/0",
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        description: "The load balancer, S3 and Secrets Manager",
      },
    ],
  });
  letIn(stack, "FromSubmit", balancer.group.attrGroupId, group, 443);
  const submit = new CfnFunction(stack, "Submit", {
    description: `Submits what was uploaded for ${cluster}`,
    runtime: "nodejs24.x",
    architectures: ["arm64"],
    handler: "index.handler",
    code: { s3Bucket: program.bucket, s3Key: program.key },
    role: role.attrArn,
    timeout: FUNCTION_SECONDS,
    memorySize: 256,
    loggingConfig: { logGroup: log.ref, logFormat: "JSON" },
    vpcConfig: { subnetIds: [...config.Vpc.SubnetIds], securityGroupIds: [group.attrGroupId] },
    environment: {
      variables: {
        SERVER: balancer.loadBalancer.attrDnsName,
        SERVER_NAME: config.Certificate.Name,
        CLUSTER: cluster,
        UPLOADS: JSON.stringify(
          Object.fromEntries(
            config.Uploads.map(({ Prefix, TokenSecretArn }) => [Prefix, TokenSecretArn]),
          ),
        ),
      },
    },
  });
  new CfnEventSourceMapping(stack, "FromQueue", {
    eventSourceArn: queue.attrArn,
    functionName: submit.ref,
    batchSize: 10,
    functionResponseTypes: ["ReportBatchItemFailures"],
    scalingConfig: { maximumConcurrency: 5 },
  });
  new CfnAlarm(stack, "DeadLettersAlarm", {
    alarmDescription: `Uploads for ${cluster} that could not be submitted`,
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: [{ name: "QueueName", value: dead.attrQueueName }],
    statistic: "Maximum",
    period: 300,
    evaluationPeriods: 1,
    threshold: 0,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "notBreaching",
  });
  new CfnOutput(stack, JOB_API_OUTPUTS.bucket, { value: bucket.ref });
}

/** Stays when the stack goes: what people uploaded is theirs. */
function addBucket(stack: Stack): CfnBucket {
  const bucket = new CfnBucket(stack, "Uploads", {
    versioningConfiguration: { status: "Enabled" },
    bucketEncryption: {
      serverSideEncryptionConfiguration: [
        { serverSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
      ],
    },
    publicAccessBlockConfiguration: {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    ownershipControls: { rules: [{ objectOwnership: "BucketOwnerEnforced" }] },
    notificationConfiguration: { eventBridgeConfiguration: { eventBridgeEnabled: true } },
    lifecycleConfiguration: {
      rules: [
        {
          id: "former-versions",
          status: "Enabled",
          noncurrentVersionExpiration: { noncurrentDays: FORMER_VERSIONS_KEPT },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    },
  });
  bucket.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  new CfnBucketPolicy(stack, "UploadsPolicy", {
    bucket: bucket.ref,
    policyDocument: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Encrypted",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [bucket.attrArn, `${bucket.attrArn}/*`],
          Condition: { Bool: { "aws:SecureTransport": false } },
        },
      ],
    },
  });
  return bucket;
}

/** EventBridge takes what the bucket tells to the queue, and the queue to the function. */
function addQueues(stack: Stack, bucket: CfnBucket, { config, cluster }: JobApiStack) {
  const dead = new CfnQueue(stack, "DeadLetters", {
    messageRetentionPeriod: DEAD_LETTERS_KEPT,
    sqsManagedSseEnabled: true,
  });
  const queue = new CfnQueue(stack, "Queue", {
    visibilityTimeout: HIDDEN_SECONDS,
    messageRetentionPeriod: 4 * DAY,
    sqsManagedSseEnabled: true,
    redrivePolicy: { deadLetterTargetArn: dead.attrArn, maxReceiveCount: MOST_TRIES },
  });
  const rule = new CfnRule(stack, "Uploaded", {
    description: `Uploads for ${cluster}`,
    state: "ENABLED",
    eventPattern: {
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: {
        bucket: { name: [bucket.ref] },
        object: { key: config.Uploads.map(({ Prefix }) => ({ prefix: Prefix })) },
      },
    },
    targets: [{ id: "Queue", arn: queue.attrArn, deadLetterConfig: { arn: dead.attrArn } }],
  });
  for (const [id, one] of [
    ["Queue", queue],
    ["DeadLetters", dead],
  ] as const) {
    new CfnQueuePolicy(stack, `${id}Policy`, {
      queues: [one.ref],
      policyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "Events",
            Effect: "Allow",
            Principal: { Service: `events.amazonaws.com` },
            Action: "sqs:SendMessage",
            Resource: one.attrArn,
            Condition: { ArnEquals: { "aws:SourceArn": rule.attrArn } },
          },
          {
            Sid: "Encrypted",
            Effect: "Deny",
            Principal: "*",
            Action: "sqs:*",
            Resource: one.attrArn,
            Condition: { Bool: { "aws:SecureTransport": false } },
          },
        ],
      },
    });
  }
  return { queue, dead };
}
