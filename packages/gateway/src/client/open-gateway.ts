import type { TLSSocket } from "node:tls";
import type { GatewayAccess } from "@sluice/cloud";
import { type Clock, SluiceError } from "@sluice/model";
import { mintJwt } from "@sluice/slurm";
import { type buildConnector, type Dispatcher, Pool } from "undici";
import type { Gateway } from "../contract.ts";
import { isUserName, PATHS, UPGRADES, USER_HEADER } from "../protocol.ts";
import { createUserWorker, type UserWorker } from "../user-worker.ts";
import { historyJobFromWire, infoFromWire, queueJobFromWire } from "../wire.ts";
import { createAsker } from "./ask.ts";
import { createDialler } from "./connect.ts";
import { createTerminals } from "./terminals.ts";

export interface GatewayOptions {
  readonly access: GatewayAccess;
  readonly cluster: string;
  readonly clock: Clock;
}

const TO_SLURMRESTD = 32;
/** Each that follows a file holds one. */
const TO_A_WORKER = 64;
const TO_THE_DOOR = 8;
/** Shorter than what the door and slurmrestd keep an idle connection for. */
const KEEP_ALIVE_MILLISECONDS = 20_000;
/** What a request may wait for the head of its answer, and for each piece of it. */
const ANSWER_MILLISECONDS = 60_000;

/**
 * A head, dialled when it is first needed, and again whenever a connection broke. Requests by its
 * dispatchers fail with our errors as long as they have not been sent; later with undici's own, and
 * then nobody knows whether they arrived.
 */
export function openGateway({ access, cluster, clock }: GatewayOptions): Gateway {
  const closed = new AbortController();
  const dialler = createDialler(access, cluster, closed.signal);
  const pools = new Set<Pool>();
  const pool = (origin: string, connections: number, dial: () => Promise<TLSSocket>): Pool => {
    const connect: buildConnector.connector = (_options, done) => {
      dial().then(
        (socket) => done(null, socket),
        (error: Error) => done(error, null),
      );
    };
    const made = new Pool(origin, {
      connect,
      connections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
      headersTimeout: ANSWER_MILLISECONDS,
      bodyTimeout: ANSWER_MILLISECONDS,
      allowH2: false,
    });
    pools.add(made);
    return made;
  };

  const asker = createAsker({
    dispatcher: pool("http://head", TO_THE_DOOR, () => dialler.dial()),
    key: access.key,
    cluster,
  });
  const workers = new Map<string, UserWorker>();

  return {
    cluster,
    slurmrestd: pool("http://localhost", TO_SLURMRESTD, () => dialler.upgrade(UPGRADES.slurmrestd)),
    user(name) {
      const known = workers.get(name);
      if (known !== undefined) return known;
      if (!isUserName(name)) throw userUnknown(name);
      const dispatcher: Dispatcher = pool("http://localhost", TO_A_WORKER, () =>
        dialler.upgrade(UPGRADES.user, { [USER_HEADER]: encodeURIComponent(name) }),
      );
      const worker = createUserWorker(dispatcher);
      workers.set(name, worker);
      return worker;
    },
    terminals: createTerminals(asker, dialler, cluster),
    mintToken: (user, lifetimeSeconds) =>
      mintJwt({ user, lifetimeSeconds, key: access.jwtKey, now: clock.now() }),
    async info({ signal } = {}) {
      return infoFromWire(await asker.document({ method: "GET", path: PATHS.info, signal }));
    },
    async queue({ signal, maxAgeMilliseconds = 0 } = {}) {
      const jobs = [];
      const path =
        maxAgeMilliseconds > 0 ? `${PATHS.queue}?maxAge=${maxAgeMilliseconds}` : PATHS.queue;
      for await (const line of asker.lines({ method: "GET", path, signal })) {
        jobs.push(queueJobFromWire(line));
      }
      return jobs;
    },
    async *history({ since, until, everyRun = false }, { signal } = {}) {
      const range = new URLSearchParams({
        since: since.toISOString(),
        until: until.toISOString(),
        ...(everyRun ? { everyRun: "1" } : {}),
      });
      const path = `${PATHS.history}?${range}`;
      for await (const line of asker.lines({ method: "GET", path, signal })) {
        yield historyJobFromWire(line);
      }
    },
    async saved(tags, { signal } = {}) {
      if (tags.length === 0) return new Set();
      const body = { tags };
      const answer = await asker.document({ method: "POST", path: PATHS.saved, body, signal });
      return new Set((answer as { readonly saved: readonly string[] }).saved);
    },
    async find(tags, { signal } = {}) {
      if (tags.length === 0) return new Map();
      const body = { tags };
      const answer = await asker.document({ method: "POST", path: PATHS.find, body, signal });
      return new Map(Object.entries((answer as { readonly jobs: Record<string, number> }).jobs));
    },
    async [Symbol.asyncDispose]() {
      closed.abort();
      await Promise.all([...pools].map((one) => one.destroy()));
    },
  };
}

function userUnknown(name: string): SluiceError {
  return new SluiceError(
    "GATEWAY_USER_UNKNOWN",
    "user",
    `${JSON.stringify(name.slice(0, 64))} is no name of a user`,
  );
}
