import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";

/** Milliseconds, and how many in a second. */
export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Asks so often, so many at a time, each as soon as one of them is answered. */
export async function load(times: number, atOnce: number, ask: () => Promise<void>): Promise<Load> {
  const took: number[] = [];
  let left = times;
  const started = performance.now();
  const worker = async () => {
    while (left-- > 0) {
      const before = performance.now();
      await ask();
      took.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const seconds = (performance.now() - started) / 1000;
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(took.length * share)] ?? Number.NaN;
  return { perSecond: times / seconds, p50: at(0.5), p99: at(0.99) };
}

/** Submits to the slurmrestd of the head on which it runs, as root there; prints a `Load`. */
export async function straight(options: {
  readonly times: number;
  readonly atOnce: number;
  readonly body: string;
}): Promise<void> {
  const key = readFileSync("/var/lib/sluice/secrets/jwt_hs256.key");
  const now = Math.floor(Date.now() / 1000);
  const signed = [
    { alg: "HS256", typ: "JWT" },
    { exp: now + 600, iat: now, sun: "ada" },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const token = `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  const headers = {
    "content-type": "application/json",
    "x-slurm-user-name": "ada",
    "x-slurm-user-token": token,
  };
  const agent = new Agent({ keepAlive: true, maxSockets: options.atOnce });
  const url = "http://127.0.0.1:6820/slurm/v0.0.41/job/submit";
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      const asked = request(url, { method: "POST", agent, headers });
      asked.on("error", reject).on("response", (response) => {
        response.resume().on("end", () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${response.statusCode}`));
        });
      });
      asked.end(options.body);
    });
  await ask();
  console.log(JSON.stringify(await load(options.times, options.atOnce, ask)));
  agent.destroy();
}
