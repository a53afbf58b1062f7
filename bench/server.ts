import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type ClientRequest, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { authenticationRoutes, createClient, usersRoutes } from "../packages/api/src/index.ts";
import { type BenchCluster, cli, createCluster, STATE_DIR } from "./cluster.ts";
import { add } from "./report.ts";
import { type Load, load } from "./server-load.ts";

const NAME = "api";
const FILE = `Provider: local
Users: [{ Name: ada }]
Scheduling:
  SlurmQueues:
    - Name: light
      ComputeResources: [{ Name: l, InstanceType: light.small, MaxCount: 10 }]
`;
const SERVER_FILE = `
Listen: { Port: 0 }
Clusters: { Default: ${NAME} }
Limits:
  RequestsPerMinute: { Address: 1000000, User: 1000000, Stranger: 1000000 }
Events: { MaxStreamsOfUser: 1000 }
`;
const SUBMISSIONS = 1500;
const ONE_BY_ONE = 300;
const READS = 5000;
const STREAMS = 500;
const READERS = 16;
/** As many as wait for the same commits of the database. */
const SUBMITTERS = 64;
const PASSWORD = "correct horse battery";

interface Started {
  readonly url: string;
  readonly pid: number;
  readonly firstLink: string;
}

/** One server and one cluster on this machine, asked by a client on it too. */
export async function measureServer(): Promise<void> {
  await using cluster = await createCluster(NAME, FILE);
  const config = join(tmpdir(), `sluice-bench-server-${process.pid}.yaml`);
  writeFileSync(config, SERVER_FILE);
  await cli("server", "stop").catch(() => "");
  // A server that has no administrator yet: what is left of one that was killed goes.
  rmSync(join(STATE_DIR, "server"), { recursive: true, force: true });
  const start = ["server", "start", "--detach", "--config", config, "--output", "json"] as const;
  const server = JSON.parse(await cli(...start)) as Started;
  try {
    const token = await tokenOfAda(server);
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
    await measureStreams(server, token);
  } finally {
    await cli("server", "stop");
    rmSync(config, { force: true });
  }
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

async function measureStreams({ url, pid }: Started, token: string): Promise<void> {
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

/** What Linux counts a process's time in: hundredths of a second. */
const TICK_MS = 10;

function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function residentMb(pid: number): number {
  const [, kib = "0"] =
    /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

async function tokenOfAda({ url, firstLink }: Started): Promise<string> {
  const nobody = createClient({ baseUrl: url });
  const { useLink, signInForToken } = authenticationRoutes;
  const tokenOf = (link: string) => link.slice(link.lastIndexOf("/") + 1);
  const signedIn = async (name: string) => {
    const by = { is: "password" as const, name, password: PASSWORD };
    const token = { name: "bench", expiresInDays: 1 };
    return (await nobody.call(signInForToken, { body: { by, token } })).token;
  };
  const first = { token: tokenOf(firstLink), name: "admin", password: PASSWORD };
  await nobody.call(useLink, { body: first });
  const authorization = `Bearer ${await signedIn("admin")}`;
  const admin = createClient({ baseUrl: url, headers: { authorization } });
  const { link } = await admin.call(usersRoutes.createUser, {
    body: { name: "ada", unixUser: "ada", grants: [{ role: "user" }] },
  });
  await nobody.call(useLink, { body: { token: tokenOf(link.url), password: PASSWORD } });
  return signedIn("ada");
}
