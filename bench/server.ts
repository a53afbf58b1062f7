import { readFileSync } from "node:fs";
import { Agent, type ClientRequest, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { processorMs, type StartedServer, startServer } from "./bench-server.ts";
import { type BenchCluster, createCluster, TEN_LIGHT_NODES } from "./cluster.ts";
import { add } from "./report.ts";
import { type Load, load } from "./server-load.ts";

const NAME = "api";
const SUBMISSIONS = 1500;
const ONE_BY_ONE = 300;
const READS = 5000;
const STREAMS = 500;
const READERS = 16;
/** As many as wait for the same commits of the database. */
const SUBMITTERS = 64;

/** One server and one cluster on this machine, asked by a client on it too. */
export async function measureServer(): Promise<void> {
  await using cluster = await createCluster(NAME, TEN_LIGHT_NODES);
  await using server = await startServer(NAME);
  const { token } = server;
  const ask = asker(server.url, { authorization: `Bearer ${token}` });
  const body = JSON.stringify(JOB);
  await ask("POST", "/slurm/v0.0.41/job/submit", body);
  for (let i = 0; i < 20; i++) await ask("POST", "/slurm/v0.0.41/job/submit", body);

  const measured = async (times: number, atOnce: number, once: () => Promise<void>) => {
    const before = processorMs(server.pid);
    const measure = await load(times, atOnce, once);
    return { ...measure, ofServer: (processorMs(server.pid) - before) / times };
  };
  for (const path of ["jobs", "job/1"]) {
    const read = () => ask("GET", `/slurm/v0.0.41/${path}`);
    tell(`GET ${path}, cached`, await measured(READS, READERS, read), 1000);
  }
  const through = () => ask("POST", "/slurm/v0.0.41/job/submit", body);
  await load(SUBMISSIONS / 3, SUBMITTERS, through);
  const ours = await measured(SUBMISSIONS, SUBMITTERS, through);
  tell("submissions through the server", ours, 200);
  const bare = await straight(cluster, SUBMISSIONS, SUBMITTERS);
  tell("the same straight to slurmrestd, on the head", bare);
  add("time of a submission against slurmrestd's", "×", [ours.p50 / bare.p50]);
  const alone = await measured(ONE_BY_ONE, 1, through);
  tell("submissions one by one", alone);
  const bareAlone = await straight(cluster, ONE_BY_ONE, 1);
  tell("the same straight to slurmrestd, one by one", bareAlone);
  add("time of one against slurmrestd's", "×", [alone.p50 / bareAlone.p50]);
  await measureStreams(server);
}

const JOB = {
  job: {
    name: "bench",
    script: "#!/bin/sh\ntrue\n",
    partition: "light",
    current_working_directory: "/tmp",
    environment: ["PATH=/usr/bin:/bin"],
    begin_time: { set: true, infinite: false, number: 4_000_000_000 },
  },
};

/** `ofServer`: milliseconds of a processor that the server took for each. */
function tell(
  what: string,
  { perSecond, p50, p99, ofServer }: Load & { readonly ofServer?: number },
  goal?: number,
): void {
  add(what, "/s", [perSecond], goal);
  add(`${what}: half within`, "ms", [p50]);
  add(`${what}: 99 of 100 within`, "ms", [p99]);
  if (ofServer !== undefined) add(`${what}: of the server's processor`, "ms", [ofServer]);
}

type Ask = (method: string, path: string, body?: string) => Promise<void>;

function asker(url: string, headers: Readonly<Record<string, string>>): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: SUBMITTERS });
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const asked = request(`${url}${path}`, {
        method,
        agent,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
      });
      asked.on("error", reject).on("response", (response) => {
        response.resume();
        response.on("end", () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${method} ${path}: ${response.statusCode}`));
        });
      });
      asked.end(body);
    });
}

/** Runs on the head, with the head's Node, beside slurmrestd: there is no network in between. */
async function straight(cluster: BenchCluster, times: number, atOnce: number): Promise<Load> {
  const source = readFileSync(new URL("server-load.ts", import.meta.url), "utf8");
  const script = `${source}
    await straight(${JSON.stringify({ times, atOnce, body: JSON.stringify(JOB) })});`;
  const encoded = Buffer.from(script).toString("base64");
  const answer = await cluster.sh(
    "root",
    `f=$(mktemp --suffix=.mts) && echo ${encoded} | base64 -d > $f && /opt/sluice/bin/node --disable-warning=ExperimentalWarning $f; rm $f`,
  );
  return JSON.parse(answer) as Load;
}

async function measureStreams({ url, pid, token }: StartedServer): Promise<void> {
  const before = residentMb(pid);
  const streams: ClientRequest[] = [];
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  const headers = { authorization: `Bearer ${token}` };
  await Promise.all(
    Array.from(
      { length: STREAMS },
      () =>
        new Promise<void>((resolve, reject) => {
          const stream = request(`${url}/api/v1/events`, { agent, headers });
          streams.push(stream);
          stream.on("error", reject).on("response", (response) => {
            response.resume();
            if (response.statusCode === 200) resolve();
            else reject(new Error(`events: ${response.statusCode}`));
          });
          stream.end();
        }),
    ),
  );
  await delay(2000);
  add(`memory of the server with ${STREAMS} event streams`, "MB", [residentMb(pid)]);
  add(`of that for the streams`, "MB", [residentMb(pid) - before], 200);
  for (const stream of streams) stream.on("error", () => {}).destroy();
}

function residentMb(pid: number): number {
  const [, kib = "0"] =
    /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}
