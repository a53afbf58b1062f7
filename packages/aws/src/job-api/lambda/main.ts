import { request } from "node:https";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  type BatchAnswer,
  type QueueBatch,
  type SubmitParts,
  submitObjects,
  tokenIn,
} from "./submit-object.ts";

// The SDK is the one that Lambda's Node brings along; see docs/job-api.md for the environment.
const s3 = new S3Client();
const secrets = new SecretsManagerClient();
const { SERVER = "", SERVER_NAME = "", CLUSTER = "", UPLOADS = "{}" } = process.env;
const tokens = new Map<string, string>();

const parts: SubmitParts = {
  server: `https://${SERVER_NAME}`,
  cluster: CLUSTER,
  uploads: JSON.parse(UPLOADS) as Readonly<Record<string, string>>,
  async readObject({ bucket, key, versionId }) {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId });
    try {
      const { Body, Metadata = {} } = await s3.send(command);
      return { content: (await Body?.transformToString()) ?? "", metadata: Metadata };
    } catch (error) {
      const { name } = error as Error;
      if (name === "NoSuchVersion" || name === "NoSuchKey" || name === "MethodNotAllowed") {
        return undefined;
      }
      throw error;
    }
  },
  async readSecret(arn, isStale) {
    const known = isStale ? undefined : tokens.get(arn);
    if (known !== undefined) return known;
    const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }));
    const token = tokenIn(SecretString);
    tokens.set(arn, token);
    return token;
  },
  fetch: throughTheBalancer,
  log: (line) => console.log(JSON.stringify(line)),
};

/** The load balancer has a name of its own, and the certificate of another. */
function throughTheBalancer(url: string, init: RequestInit): Promise<Response> {
  const { pathname } = new URL(url);
  const { hostname, port } = new URL(`https://${SERVER}`);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: hostname,
        port: port === "" ? 443 : port,
        servername: SERVER_NAME,
        path: pathname,
        method: init.method,
        headers: { ...(init.headers as Record<string, string>), host: SERVER_NAME },
        ...(init.signal == null ? {} : { signal: init.signal }),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const { statusCode: status = 502 } = answer;
          resolve(new Response(status === 204 ? null : Buffer.concat(chunks), { status }));
        });
      },
    );
    sent.on("error", reject);
    sent.end(init.body);
  });
}

export function handler(event: QueueBatch): Promise<BatchAnswer> {
  return submitObjects(event, parts);
}
