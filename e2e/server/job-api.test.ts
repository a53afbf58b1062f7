import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { tokensRoutes } from "@sluice/api";
import { IdleHypervisor, Region } from "@sluice/aws/testing";
import { selfSigned } from "@sluice/gateway/testing";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { clientOf, serverSite, siteOfServer } from "./site.ts";

/** Of the certificate, as of the load balancer's: the server is dialled by another. */
const NAME = "head";
const Bucket = "uploads";
const { cluster } = siteOfServer();
const mark = randomUUID().slice(0, 8);

let region: Region;
let s3: S3Client;
let balancer: { readonly port: number; readonly close: () => Promise<void> };
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  const account = { region: region.name, endpoint: region.endpoint };
  const { credentials } = region;
  s3 = new S3Client({ ...account, credentials });
  await s3.send(
    new CreateBucketCommand({
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
    }),
  );
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const secrets = new SecretsManagerClient({ ...account, credentials });
  const { token } = await clientOf("ada").call(tokensRoutes.createToken, {
    body: { name: "uploads", scopes: ["jobs:write", "slurm:write"], expiresInDays: 1 },
  });
  const { ARN = "" } = await secrets.send(
    new CreateSecretCommand({ Name: "uploads-of-ada", SecretString: JSON.stringify({ token }) }),
  );
  secrets.destroy();
  const tls = selfSigned();
  balancer = await tlsFront(tls);
  const authority = join(inject("run").folder, "balancer.pem");
  writeFileSync(authority, tls.cert);
  environment = {
    AWS_ENDPOINT_URL: region.endpoint,
    AWS_REGION: region.name,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    NODE_EXTRA_CA_CERTS: authority,
    SERVER: `127.0.0.1:${balancer.port}`,
    SERVER_NAME: NAME,
    CLUSTER: "demo",
    UPLOADS: JSON.stringify({ "ada/": ARN }),
  };
});

afterAll(async () => {
  await cluster.ok("root", "scancel --user=ada");
  await balancer?.close();
  s3?.destroy();
  await region?.close();
  expect(region.defects).toEqual([]);
});

/** Before the server, as the job API's load balancer is. */
async function tlsFront(tls: { readonly key: string; readonly cert: string }) {
  const server = createServer(tls, (incoming, response) => {
    const { method, headers, url = "/" } = incoming;
    const passed = request(`${serverSite().url}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Uploaded {
  readonly key: string;
  readonly versionId: string;
  readonly size: number;
}

async function upload(
  name: string,
  content: string,
  Metadata: Record<string, string> = {},
): Promise<Uploaded> {
  const key = `ada/${mark} ${name}`;
  const { VersionId = "" } = await s3.send(
    new PutObjectCommand({ Bucket, Key: key, Body: content, Metadata }),
  );
  return { key, versionId: VersionId, size: content.length };
}

/** What EventBridge puts into the queue. */
function created({ key, versionId, size }: Uploaded): string {
  return JSON.stringify({
    version: "0",
    id: randomUUID(),
    "detail-type": "Object Created",
    source: "aws.s3",
    account: region.account,
    time: new Date().toISOString(),
    region: region.name,
    resources: [`arn:aws:s3:::${Bucket}`],
    detail: {
      version: "0",
      bucket: { name: Bucket },
      object: { key, size, etag: "x", "version-id": versionId, sequencer: "00617F08299329D189" },
      "request-id": "N4N7GDK58NMKJ12R",
      requester: region.account,
      "source-ip-address": "192.0.2.1",
      reason: "PutObject",
    },
  });
}

/** What the bucket itself would tell. */
function notification({ key, versionId, size }: Uploaded): string {
  const object = {
    key: encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/"),
    size,
    eTag: "x",
    versionId,
    sequencer: "0055AED6DCD90281E5",
  };
  const record = {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: region.name,
    eventTime: new Date().toISOString(),
    eventName: "ObjectCreated:Put",
    s3: { s3SchemaVersion: "1.0", bucket: { name: Bucket, arn: `arn:aws:s3:::${Bucket}` }, object },
  };
  return JSON.stringify({ Records: [record] });
}

/** The function as it is deployed, in a process that has its environment and nothing else. */
async function invoke(...bodies: readonly string[]): Promise<unknown> {
  const module = pathToFileURL(join(inject("run").dist, "lambda", "submit-object.mjs")).href;
  const code = `const { text } = await import("node:stream/consumers");
    const { handler } = await import(${JSON.stringify(module)});
    console.log = (line) => process.stderr.write(line + "\\n");
    process.stdout.write(JSON.stringify(await handler(JSON.parse(await text(process.stdin)))));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    env: environment,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const Records = bodies.map((body, index) => ({
    messageId: `m${index}`,
    receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
    body,
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1545082649183",
      SenderId: "AIDAIENQZJOLO23YVJ4VO",
      ApproximateFirstReceiveTimestamp: "1545082649185",
    },
    messageAttributes: {},
    md5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:${region.name}:${region.account}:queue`,
    awsRegion: region.name,
  }));
  child.stdin.end(JSON.stringify({ Records }));
  const [said, log] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (said === "") throw new Error(`the function ended without an answer:\n${log}`);
  expect(log).not.toContain("slu_");
  return JSON.parse(said);
}

/** `NAME USER PARTITION FOLDER` of the jobs whose name begins so. */
async function jobs(name: string): Promise<readonly string[]> {
  const queue = await cluster.ok("root", "squeue -h -a -o '%j %u %P %Z'");
  return queue.split("\n").filter((line) => line.startsWith(`${name}-${mark}`));
}

const script = (name: string): string =>
  `#!/bin/sh\n#SBATCH --job-name=${name}-${mark} --hold\nhostname\n`;

test("a script is a job of whom its prefix is, once, however often and by whatever it is told of", async () => {
  const metadata = { "sluice-partition": "burst", "sluice-directory": "/home/ada" };
  const uploaded = await upload("a+b.sh", script("script"), metadata);
  const none = { batchItemFailures: [] };
  expect(await invoke(created(uploaded))).toEqual(none);
  const job = [`script-${mark} ada burst /home/ada`];
  expect(await jobs("script")).toEqual(job);
  const again = [created(uploaded), notification(uploaded)];
  expect(await Promise.all([invoke(...again), invoke(...again)])).toEqual([none, none]);
  expect(await jobs("script")).toEqual(job);
  // Another version of the object is another job.
  expect(await invoke(created(await upload("a+b.sh", script("script"), metadata)))).toEqual(none);
  expect(await jobs("script")).toEqual([...job, ...job]);
});

test("a document is slurmrestd's own request", async () => {
  const job = {
    name: `document-${mark}`,
    script: "#!/bin/sh\nhostname\n",
    partition: "burst",
    hold: true,
    current_working_directory: "/tmp",
    environment: ["PATH=/usr/bin:/bin"],
  };
  const uploaded = await upload("job.json", JSON.stringify({ job }));
  expect(await invoke(created(uploaded), created(uploaded))).toEqual({ batchItemFailures: [] });
  expect(await jobs("document")).toEqual([`document-${mark} ada burst /tmp`]);
});

test("what is no job, or none that Slurm takes, fails alone and comes again", async () => {
  const noScript = await upload("no-script.sh", "hostname\n");
  const refused = await upload("refused.sh", script("refused"), { "sluice-partition": "nosuch" });
  const notJson = await upload("broken.json", "{");
  const good = await upload("good.sh", script("good"), { "sluice-partition": "burst" });
  const of = [noScript, refused, good, notJson].map(created);
  expect(await invoke(...of, "no event")).toEqual({
    batchItemFailures: ["m0", "m1", "m3", "m4"].map((itemIdentifier) => ({ itemIdentifier })),
  });
  expect(await jobs("good")).toHaveLength(1);
  expect(await jobs("refused")).toEqual([]);
});
