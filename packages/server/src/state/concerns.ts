import type { ServerState } from "@sluice/api";

type Seen = Omit<ServerState, "concerns">;
type Concern = ServerState["concerns"][number];

const DAY_MS = 24 * 3600 * 1000;
const CERTIFICATE_SOON_DAYS = 21;
const QUEUE_OLD_SECONDS = 60;
const HISTORY_OLD_SECONDS = 15 * 60;
const DELAY_MS = 250;
const MEMORY_BYTES = 2 * 1024 ** 3;

/** What somebody should see to, worst first, each with what to do. */
export function concernsOf(seen: Seen): readonly Concern[] {
  const found = [
    ...databaseConcerns(seen),
    ...certificateConcerns(seen),
    ...seen.unansweredClouds.map(({ provider, region, message }) =>
      error(
        `The cloud ${provider} (${region}) does not answer: ${message}`,
        "Look whether it runs, and what the server may do there: Clusters.Providers in its file.",
      ),
    ),
    ...seen.servers.flatMap(serverConcerns),
    ...seen.clusters.flatMap(clusterConcerns),
    ...loadConcerns(seen),
  ];
  return found.toSorted((a, b) => rank(a) - rank(b));
}

function databaseConcerns({ database }: Seen): readonly Concern[] {
  if (database.state === "ok") return [];
  const todo = database.isOwn
    ? "The server starts it again by itself; its log is database/mariadbd.log in the server's state folder."
    : "Look whether the database server runs, and at Database in the server's file.";
  return [error(`The database does not answer: ${database.problem ?? "no reason given"}`, todo)];
}

function certificateConcerns({ certificate, time }: Seen): readonly Concern[] {
  if (certificate === undefined) return [];
  const days = Math.floor((Date.parse(certificate.validUntil) - Date.parse(time)) / DAY_MS);
  if (days >= CERTIFICATE_SOON_DAYS) return [];
  const todo = certificate.selfSigned
    ? "Start the server again: it makes another of its own. Browsers will ask about it once."
    : "Put a renewed one in its place and start the server again.";
  return days < 0
    ? [error("The TLS certificate has expired: browsers refuse the server.", todo)]
    : [warning(`The TLS certificate expires in ${days} ${days === 1 ? "day" : "days"}.`, todo)];
}

function serverConcerns(server: Seen["servers"][number]): readonly Concern[] {
  if (server.state !== "silent") return [];
  return [
    warning(
      `The server on ${server.host} was last heard ${span(server.silentSeconds)} ago; the others do its work.`,
      "Start it again. One that is gone for good is forgotten after a day.",
    ),
  ];
}

function clusterConcerns(cluster: Seen["clusters"][number]): readonly Concern[] {
  const { name, problem, queueAgeSeconds: queue, historyAgeSeconds: history } = cluster;
  if (problem !== undefined) {
    return [
      error(
        `Jobs of cluster ${name} are not up to date: ${problem}`,
        "Look whether its head runs and is reached; it is asked again every few seconds.",
      ),
    ];
  }
  const old: Concern[] = [];
  if (queue !== undefined && queue > QUEUE_OLD_SECONDS) {
    old.push(
      warning(
        `slurmctld of cluster ${name} was last heard ${span(queue)} ago.`,
        `Look at slurmctld on its head: sluice logs -n ${name} slurmctld.`,
      ),
    );
  }
  if (history !== undefined && history > HISTORY_OLD_SECONDS) {
    old.push(
      warning(
        `Accounting of cluster ${name} was last heard ${span(history)} ago.`,
        `Look at slurmdbd on its head: sluice logs -n ${name} slurmdbd.`,
      ),
    );
  }
  return old;
}

function loadConcerns({ eventLoopDelayP99Ms: delay, memory }: Seen): readonly Concern[] {
  const busy: Concern[] = [];
  if (delay > DELAY_MS) {
    busy.push(
      warning(
        `Requests wait for each other: one in a hundred looks of the event loop is ${Math.round(delay)} ms late.`,
        "Give the server's machine more processor, or see in /metrics which operation is slow.",
      ),
    );
  }
  if (memory.residentBytes > MEMORY_BYTES) {
    busy.push(
      warning(
        `The server uses ${(memory.residentBytes / 1024 ** 3).toFixed(1)} GiB of memory.`,
        "See that its machine has it; fewer days of jobs in memory need less.",
      ),
    );
  }
  return busy;
}

function span(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

const error = (what: string, todo: string): Concern => ({ severity: "error", what, todo });
const warning = (what: string, todo: string): Concern => ({ severity: "warning", what, todo });
const rank = ({ severity }: Concern): number => (severity === "error" ? 0 : 1);
