import { createHash } from "node:crypto";
import { type UploadedObject, uploadedObjects } from "../../upload-events.ts";
import { jobRequest, MOST_BYTES, NoJob } from "./job-request.ts";

/** What Lambda gives the function of a queue. */
export interface QueueBatch {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

/** What comes again. */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What the function is given by its environment, and what it speaks to. */
export interface SubmitParts {
  /** Of the server, such as `https://10.0.1.10:8480`. */
  readonly server: string;
  readonly cluster: string;
  /** Secrets with tokens, by the prefix of the objects that are submitted with them. */
  readonly uploads: Readonly<Record<string, string>>;
  /** Undefined: that version is no more. */
  readonly readObject: (object: UploadedObject) => Promise<StoredScript | undefined>;
  /** @param isStale the value that was given last is not taken any more. */
  readonly readSecret: (arn: string, isStale: boolean) => Promise<string>;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

export interface StoredScript {
  readonly content: string;
  /** The object's own, names in lower case and without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Hands in what was uploaded. A message whose objects are all submitted, or are no jobs, is done; any
 * other comes again, and in the end is a dead letter. However often one comes, each version of an
 * object is one job: the server knows it by its key.
 */
export async function submitObjects(event: QueueBatch, parts: SubmitParts): Promise<BatchAnswer> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of event.Records) {
    try {
      for (const object of uploadedObjects(body)) await submit(object, parts);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      parts.log({ level: "error", messageId, reason });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

async function submit(object: UploadedObject, parts: SubmitParts): Promise<void> {
  const { bucket, key, versionId } = object;
  const about = { bucket, key, versionId };
  const prefix = Object.keys(parts.uploads).find((one) => key.startsWith(one));
  if (prefix === undefined) {
    parts.log({ level: "warn", ...about, reason: "no upload of the file has that prefix" });
    return;
  }
  if ((object.size ?? 0) > MOST_BYTES) throw new Error(`${key} has more than ${MOST_BYTES} bytes`);
  const stored = await parts.readObject(object);
  if (stored === undefined) {
    parts.log({ level: "warn", ...about, reason: "that version is no more" });
    return;
  }
  let request: ReturnType<typeof jobRequest>;
  try {
    request = jobRequest(parts.cluster, object, stored.content, stored.metadata);
  } catch (error) {
    if (!(error instanceof NoJob)) throw error;
    throw new Error(`${key} is no job: ${error.message}`, { cause: error });
  }
  const secret = parts.uploads[prefix] ?? "";
  let answer = await ask(request, object, await parts.readSecret(secret, false), parts);
  // The token may have been changed since it was read.
  if (answer.status === 401) {
    answer = await ask(request, object, await parts.readSecret(secret, true), parts);
  }
  const said = await answer.text();
  if (!answer.ok) throw new Error(`${key}: the server answered ${answer.status}: ${short(said)}`);
  parts.log({ level: "info", ...about, status: answer.status, answer: short(said) });
}

function ask(
  { path, body }: { readonly path: string; readonly body: string },
  object: UploadedObject,
  token: string,
  { server, fetch }: SubmitParts,
): Promise<Response> {
  return fetch(`${server}${path}`, {
    method: "POST",
    body,
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": idempotencyKey(object),
    },
    signal: AbortSignal.timeout(ANSWER_WITHIN),
  });
}

/** Milliseconds; the function itself has 60 s. */
const ANSWER_WITHIN = 20_000;

/** A version of an object is one job for ever. */
export function idempotencyKey({
  bucket,
  key,
  versionId,
}: Pick<UploadedObject, "bucket" | "key" | "versionId">): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([bucket, key, versionId]))
    .digest("hex");
  return `s3-${digest}`;
}

function short(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

/** A secret is the token itself, or JSON with `token`. */
export function tokenIn(secret: string): string {
  const text = secret.trim();
  if (!text.startsWith("{")) return text;
  const { token } = JSON.parse(text) as { readonly token?: unknown };
  if (typeof token === "string") return token;
  throw new Error("the secret has no token");
}
