import type { Clients } from "./clients.ts";
import { explaining } from "./credentials.ts";

/**
 * The services that deploying needs: each gives its client, whose errors about credentials, rights
 * and the network are explained (see `credentials.ts`), and its commands.
 */
export function cloudFormation(clients: Clients) {
  return clients.get("deploy:cloudformation", async (config) => {
    const sdk = await import("@aws-sdk/client-cloudformation");
    return { sdk, client: explaining("cloudformation", new sdk.CloudFormationClient(config)) };
  });
}

export function s3(clients: Clients) {
  return clients.get("deploy:s3", async (config) => {
    const sdk = await import("@aws-sdk/client-s3");
    return { sdk, client: explaining("s3", new sdk.S3Client(config)) };
  });
}

/** Of buckets that may be anywhere: one in another region is asked there. */
export function s3Anywhere(clients: Clients) {
  return clients.get("deploy:s3-anywhere", async (config) => {
    const sdk = await import("@aws-sdk/client-s3");
    const { endpoint = process.env.AWS_ENDPOINT_URL } = config;
    // Buckets have no names of their own at an address that is not AWS's.
    const forcePathStyle = endpoint !== undefined && endpoint !== "";
    const client = new sdk.S3Client({ ...config, forcePathStyle, followRegionRedirects: true });
    return { sdk, client: explaining("s3", client) };
  });
}

export function ec2(clients: Clients) {
  return clients.get("deploy:ec2", async (config) => {
    const sdk = await import("@aws-sdk/client-ec2");
    return { sdk, client: explaining("ec2", new sdk.EC2Client(config)) };
  });
}

export function ssm(clients: Clients) {
  return clients.get("deploy:ssm", async (config) => {
    const sdk = await import("@aws-sdk/client-ssm");
    return { sdk, client: explaining("ssm", new sdk.SSMClient(config)) };
  });
}

export function secretsManager(clients: Clients) {
  return clients.get("deploy:secretsmanager", async (config) => {
    const sdk = await import("@aws-sdk/client-secrets-manager");
    return {
      sdk,
      client: explaining("secretsmanager", new sdk.SecretsManagerClient(config)),
    };
  });
}

export function autoScaling(clients: Clients) {
  return clients.get("deploy:autoscaling", async (config) => {
    const sdk = await import("@aws-sdk/client-auto-scaling");
    return { sdk, client: explaining("autoscaling", new sdk.AutoScalingClient(config)) };
  });
}

export function logs(clients: Clients) {
  return clients.get("deploy:logs", async (config) => {
    const sdk = await import("@aws-sdk/client-cloudwatch-logs");
    return { sdk, client: explaining("logs", new sdk.CloudWatchLogsClient(config)) };
  });
}

export function iam(clients: Clients) {
  return clients.get("deploy:iam", async (config) => {
    const sdk = await import("@aws-sdk/client-iam");
    return { sdk, client: explaining("iam", new sdk.IAMClient(config)) };
  });
}

export function fsx(clients: Clients) {
  return clients.get("deploy:fsx", async (config) => {
    const sdk = await import("@aws-sdk/client-fsx");
    return { sdk, client: explaining("fsx", new sdk.FSxClient(config)) };
  });
}

export function sts(clients: Clients) {
  return clients.get("deploy:sts", async (config) => {
    const sdk = await import("@aws-sdk/client-sts");
    return { sdk, client: explaining("sts", new sdk.STSClient(config)) };
  });
}

export function sqs(clients: Clients) {
  return clients.get("deploy:sqs", async (config) => {
    const sdk = await import("@aws-sdk/client-sqs");
    return { sdk, client: explaining("sqs", new sdk.SQSClient(config)) };
  });
}
