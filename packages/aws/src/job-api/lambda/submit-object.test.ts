import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { uploadedObjects } from "../../upload-events.ts";
import {
  idempotencyKey,
  type StoredScript,
  type SubmitParts,
  submitObjects,
  tokenIn,
} from "./submit-object.ts";

const SCRIPT = "#!/bin/sh\n#SBATCH --time=5\nhostname\n";

/** S3's own notification; keys are written as in the query of an address. */
function notification(key: string, versionId = "v1", eventName = "ObjectCreated:Put"): string {
  return JSON.stringify({
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: "eu-central-1",
        eventName,
        s3: {
          s3SchemaVersion: "1.0",
          bucket: { name: "jobs", arn: "arn:aws:s3:::jobs" },
          object: {
            key,
            size: SCRIPT.length,
            eTag: "x",
            versionId,
            sequencer: "0055AED6DCD90281E5",
          },
        },
      },
    ],
  });
}

function created(key: string, versionId = "v1", size = SCRIPT.length): string {
  return JSON.stringify({
    version: "0",
    source: "aws.s3",
    "detail-type": "Object Created",
    detail: {
      version: "0",
      bucket: { name: "jobs" },
      object: { key, size, etag: "x", "version-id": versionId, sequencer: "00617F08299329D189" },
      reason: "PutObject",
    },
  });
}

interface Asked {
  readonly path: string | undefined;
  readonly key: string | string[] | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

const asked: Asked[] = [];
let answers: ((asked: Asked) => number) | undefined;
const server = createServer(async (request, response) => {
  const { url: path, headers } = request;
  const one = {
    path,
    key: headers["idempotency-key"],
    authorization: headers.authorization,
    body: await text(request),
  };
  asked.push(one);
  response.writeHead(answers?.(one) ?? 200, { "content-type": "application/json" });
  response.end('{"jobId": 7}');
});

let parts: SubmitParts;
const stored = new Map<string, StoredScript>();
const lines: Readonly<Record<string, unknown>>[] = [];
let secret = "slu_old";

beforeEach(async () => {
  asked.length = 0;
  lines.length = 0;
  stored.clear();
  answers = undefined;
  secret = "slu_old";
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const tokens = new Map<string, string>();
  parts = {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cluster: "demo",
    uploads: { "ada/": "secret-of-ada" },
    readObject: async ({ key, versionId }) => stored.get(`${key} ${versionId}`),
    async readSecret(arn, isStale) {
      const known = isStale ? undefined : tokens.get(arn);
      const token = known ?? secret;
      tokens.set(arn, token);
      return token;
    },
    fetch,
    log: (line) => lines.push(line),
  };
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function keep(key: string, content = SCRIPT, metadata: Record<string, string> = {}): void {
  stored.set(`${key} v1`, { content, metadata });
}

function batch(...bodies: readonly string[]) {
  return { Records: bodies.map((body, index) => ({ messageId: `m${index}`, body })) };
}

describe("events", () => {
  it.each([
    ["a+b%2Fc.sh", "a b/c.sh"],
    ["%C3%A4da%2Bben.sh", "äda+ben.sh"],
  ])("of S3 with the key %s are of the object %s", (key, meant) => {
    expect(uploadedObjects(notification(key))).toMatchObject([{ key: meant, versionId: "v1" }]);
  });

  it("of EventBridge have keys as they are", () => {
    expect(uploadedObjects(created("a+b%2F.sh"))).toMatchObject([{ key: "a+b%2F.sh" }]);
  });

  it("about no new file are of none", () => {
    const test = JSON.stringify({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "jobs" });
    const gone = JSON.stringify({ source: "aws.s3", "detail-type": "Object Deleted", detail: {} });
    const removed = notification("a.sh", "v1", "ObjectRemoved:DeleteMarkerCreated");
    for (const body of [test, gone, removed, created("folder/")]) {
      expect(uploadedObjects(body)).toEqual([]);
    }
  });

  it.each(["null", "{}", '{"Records":[{}]}', "[1]", created("").replace('"ada"', "1")])(
    "that are none are refused: %s",
    (body) => expect(() => uploadedObjects(body)).toThrow(),
  );
});

describe("what was uploaded", () => {
  it("is handed in as its prefix says, with the object's options", async () => {
    keep("ada/my job.sh", SCRIPT, { "sluice-partition": "burst", "sluice-directory": "/home/ada" });
    const { batchItemFailures } = await submitObjects(batch(notification("ada/my+job.sh")), parts);
    expect(batchItemFailures).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      path: "/api/v1/clusters/demo/jobs",
      authorization: "Bearer slu_old",
    });
    expect(JSON.parse(asked[0]?.body ?? "")).toEqual({
      script: SCRIPT,
      options: ["--partition=burst"],
      workingDirectory: "/home/ada",
    });
  });

  it("is slurmrestd's own request when it is JSON", async () => {
    const body = '{"script":"#!/bin/sh","job":{"name":"x"}}';
    keep("ada/x.json", body);
    await submitObjects(batch(created("ada/x.json")), parts);
    expect(asked).toMatchObject([{ path: "/clusters/demo/slurm/latest/job/submit", body }]);
  });

  it("has one key for ever, whatever tells of it", async () => {
    keep("ada/x.sh");
    await submitObjects(batch(created("ada/x.sh"), notification("ada/x.sh")), parts);
    expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
    const object = { bucket: "jobs", key: "ada/x.sh", versionId: "v1" };
    expect(asked[0]?.key).toBe(idempotencyKey(object));
    expect(idempotencyKey({ ...object, versionId: "v2" })).not.toBe(idempotencyKey(object));
  });

  it("fails alone in its batch, and comes again", async () => {
    keep("ada/good.sh");
    keep("ada/bad.sh");
    answers = ({ key }) =>
      key === idempotencyKey({ bucket: "jobs", key: "ada/bad.sh", versionId: "v1" }) ? 503 : 200;
    const answer = await submitObjects(
      batch(created("ada/bad.sh"), created("ada/good.sh"), "no JSON"),
      parts,
    );
    expect(answer).toEqual({
      batchItemFailures: [{ itemIdentifier: "m0" }, { itemIdentifier: "m2" }],
    });
    expect(asked).toHaveLength(2);
  });

  it("is sent with the token of now when that was changed", async () => {
    keep("ada/x.sh");
    await submitObjects(batch(created("ada/x.sh")), parts);
    secret = "slu_new";
    answers = ({ authorization }) => (authorization === "Bearer slu_new" ? 200 : 401);
    const { batchItemFailures } = await submitObjects(batch(created("ada/x.sh")), parts);
    expect(batchItemFailures).toEqual([]);
    expect(asked.map(({ authorization }) => authorization)).toEqual([
      "Bearer slu_old",
      "Bearer slu_old",
      "Bearer slu_new",
    ]);
    expect(JSON.stringify(lines)).not.toContain("slu_");
  });

  it("is left alone when that version is gone, or is of no prefix", async () => {
    const answer = await submitObjects(batch(created("ada/gone.sh"), created("eve/x.sh")), parts);
    expect(answer.batchItemFailures).toEqual([]);
    expect(asked).toEqual([]);
    expect(lines).toHaveLength(2);
  });

  it.each([
    ["no script", "hostname\n", {}],
    ["an option that is more than a value", SCRIPT, { "sluice-partition": "a b --uid=0" }],
    ["a line end in an option", SCRIPT, { "sluice-name": "a\n#SBATCH" }],
    ["a folder that is none", SCRIPT, { "sluice-directory": "../ben" }],
  ])("is refused with %s", async (_, content, metadata) => {
    keep("ada/x.sh", content, metadata as Record<string, string>);
    const { batchItemFailures } = await submitObjects(batch(created("ada/x.sh")), parts);
    expect(batchItemFailures).toHaveLength(1);
    expect(asked).toEqual([]);
  });

  it("is refused when it is larger than Slurm takes, without reading it", async () => {
    const { batchItemFailures } = await submitObjects(
      batch(created("ada/x.sh", "v1", 5 * 1024 * 1024)),
      parts,
    );
    expect(batchItemFailures).toHaveLength(1);
  });
});

it("a secret is the token, or has it", () => {
  expect(tokenIn("slu_x\n")).toBe("slu_x");
  expect(tokenIn('{"token":"slu_x"}')).toBe("slu_x");
  expect(() => tokenIn('{"password":"slu_x"}')).toThrow("the secret has no token");
});
