import { setTimeout as delay } from "node:timers/promises";
import { createClient, ROUTES } from "../packages/api/src/index.ts";
import { processorMs, type StartedServer, startServer } from "./bench-server.ts";
import { type BenchCluster, createCluster, TEN_LIGHT_NODES } from "./cluster.ts";
import { add } from "./report.ts";

const NAME = "portal";
const SECONDS = 60;
/** Milliseconds between two readings by one viewer, however much changes: see the portal's `live.ts`. */
const LEAST = 1_000;

/** What people who look at the page of jobs cost slurmctld and the server, while jobs come and go. */
export async function measureViewers(): Promise<void> {
  await using cluster = await createCluster(NAME, TEN_LIGHT_NODES);
  await using server = await startServer(NAME);
  await cluster.sh("ada", SOME_JOBS(50));
  for (const count of [0, 1, 200]) await measure(cluster, server, count);
}

async function measure(cluster: BenchCluster, server: StartedServer, count: number): Promise<void> {
  const over = new AbortController();
  const viewers = Array.from({ length: count }, () => viewer(server, over.signal));
  await delay(5_000);
  await cluster.sh("root", "sdiag --reset");
  const before = Number(await cluster.sh("root", CONTROLLER_MS));
  const serverBefore = processorMs(server.pid);
  const begun = performance.now();
  while (performance.now() - begun < SECONDS * 1000) {
    await cluster.sh("ada", SOME_JOBS(1));
    await delay(2_000);
  }
  const minutes = (performance.now() - begun) / 60_000;
  const calls = Number(await cluster.sh("root", CALLS));
  const after = Number(await cluster.sh("root", CONTROLLER_MS));
  const serverMs = processorMs(server.pid) - serverBefore;
  over.abort();
  const reads = (await Promise.all(viewers)).reduce((sum, one) => sum + one, 0);
  const who = count === 1 ? "1 viewer" : `${count} viewers`;
  add(`slurmctld with ${who} of the page of jobs: RPCs a minute`, "/min", [calls / minutes]);
  add("  its processor time a minute", "ms", [(after - before) / minutes]);
  add("  the server's processor time a minute", "ms", [serverMs / minutes]);
  add("  the viewers' readings a minute", "/min", [reads / minutes]);
}

/** Reads as an open page does; gives how often. */
async function viewer({ url, token }: StartedServer, signal: AbortSignal): Promise<number> {
  const client = createClient({ baseUrl: url, headers: { authorization: `Bearer ${token}` } });
  let reads = 0;
  const read = async (): Promise<void> => {
    reads += 1;
    await client.call(ROUTES.listAllJobs, { query: { limit: 50 } });
  };
  await read();
  let last = performance.now();
  let isAsked = false;
  const again = async (): Promise<void> => {
    await delay(Math.max(50, last + LEAST - performance.now()));
    isAsked = false;
    last = performance.now();
    if (!signal.aborted) await read();
  };
  for await (const { event } of client.events(ROUTES.streamEvents, { signal })) {
    if (event !== "job" || isAsked) continue;
    isAsked = true;
    void again();
  }
  return reads;
}

const SOME_JOBS = (count: number): string =>
  `for i in $(seq ${count}); do sbatch -Q -p light -o /dev/null --wrap 'sleep 5'; done`;

/** All that slurmctld was asked since it began to count. */
const CALLS = `sdiag | awk '/message type/{f=1;next} /by user/{f=0} f&&/count:/{match($0,/count:[0-9]+/); s+=substr($0,RSTART+6,RLENGTH-6)} END{print s+0}'`;

const CONTROLLER_MS = `awk '{sub(/.*\\) /,""); print ($12+$13)*10}' /proc/$(pidof slurmctld)/stat`;
