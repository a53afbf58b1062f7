const DEFAULT = "http://169.254.169.254";
const TIMEOUT_MILLISECONDS = 2_000;
const TRIES = 5;
const PAUSE_MILLISECONDS = 500;

/** The machine's own id, from its metadata service (version 2). Asked once, and again if it failed. */
export function ownInstanceId(
  endpoint = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? DEFAULT,
): () => Promise<string> {
  let asked: Promise<string> | undefined;
  return () => {
    asked ??= patiently(() => read(endpoint.replace(/\/$/, ""), "meta-data/instance-id"));
    asked.catch(() => {
      asked = undefined;
    });
    return asked;
  };
}

async function read(endpoint: string, path: string): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const token = await text(`${endpoint}/latest/api/token`, {
    method: "PUT",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
    signal,
  });
  return text(`${endpoint}/latest/${path}`, {
    headers: { "x-aws-ec2-metadata-token": token },
    signal,
  });
}

async function text(url: string, init: RequestInit): Promise<string> {
  const answer = await fetch(url, init);
  const body = await answer.text();
  if (!answer.ok) throw new Error(`the metadata service answers ${answer.status}`);
  return body.trim();
}

async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries >= TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  }
}
