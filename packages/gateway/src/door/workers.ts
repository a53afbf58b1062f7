import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { SluiceError } from "@sluice/model";
import type { Account } from "./accounts.ts";
import { opened } from "./opened.ts";
import { startWorker, type WorkerProcess, type WorkerProcessOptions } from "./worker-process.ts";

/** Processes that are one user each, started when they are first asked for. */
export interface Workers extends AsyncDisposable {
  /**
   * A connection to that user's worker; `release` is to be called when it has ended.
   *
   * @throws SluiceError `GATEWAY_USER_UNKNOWN`, `GATEWAY_BUSY`, `GATEWAY_WORKER_FAILED`.
   */
  connect(user: string): Promise<Connection>;
  /** Tells all that run what `lineFor` says now. */
  tell(): void;
}

export interface Connection {
  readonly inner: Socket;
  readonly release: () => void;
}

export interface WorkersOptions extends WorkerProcessOptions {
  /** Throws `GATEWAY_USER_UNKNOWN`. */
  readonly accountFor: (user: string) => Promise<Account>;
  /** How many there may be at a time. */
  readonly most: number;
  /** A worker without a connection is ended after this. */
  readonly idleMilliseconds: number;
}

interface Place {
  readonly process: WorkerProcess;
  connections: number;
  lastUsed: number;
  idle: AbortController | undefined;
}

export function createWorkers(options: WorkersOptions): Workers {
  const { clock } = options;
  const places = new Map<number, Place>();
  const leaving = new Set<WorkerProcess>();
  let isClosed = false;
  rmSync(options.folder, { recursive: true, force: true });
  mkdirSync(options.folder, { recursive: true });
  chmodSync(options.folder, 0o711);

  const leave = ({ process, idle }: Place): void => {
    idle?.abort();
    if (places.get(process.account.uid)?.process === process) places.delete(process.account.uid);
    process.end();
  };

  const makeRoom = (): void => {
    const [oldest] = [...places.values()]
      .filter(({ connections }) => connections === 0)
      .toSorted((one, other) => one.lastUsed - other.lastUsed);
    if (oldest !== undefined) {
      leave(oldest);
      return;
    }
    throw new SluiceError(
      "GATEWAY_BUSY",
      "system",
      `${options.most} users are at work on the head, which is as many as it takes`,
      { hint: "try again in a while" },
    );
  };

  const placeOf = (account: Account): Place => {
    const known = places.get(account.uid);
    if (known !== undefined) return known;
    if (places.size >= options.most) makeRoom();
    const process = startWorker(options, account);
    const place: Place = { process, connections: 0, lastUsed: 0, idle: undefined };
    places.set(account.uid, place);
    leaving.add(process);
    void process.ended.then(() => {
      leaving.delete(process);
      leave(place);
    });
    return place;
  };

  const watchIdle = (place: Place): void => {
    const idle = new AbortController();
    place.idle = idle;
    void clock.sleep(options.idleMilliseconds, idle.signal).then(() => {
      if (!idle.signal.aborted) leave(place);
    });
  };

  const connectTo = async (account: Account): Promise<Connection> => {
    const place = placeOf(account);
    place.connections += 1;
    place.idle?.abort();
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      place.connections -= 1;
      place.lastUsed = clock.now().getTime();
      if (place.connections === 0 && leaving.has(place.process)) watchIdle(place);
    };
    try {
      const path = await place.process.socketPath;
      return { inner: await opened(connect({ path, allowHalfOpen: true })), release };
    } catch (error) {
      release();
      throw error;
    }
  };

  return {
    async connect(user) {
      const account = await options.accountFor(user);
      if (isClosed) throw new SluiceError("GATEWAY_BUSY", "system", "the gateway is ending");
      for (let attempt = 1; ; attempt++) {
        try {
          return await connectTo(account);
        } catch (error) {
          // It may have ended in this instant, or not listen yet: another look mends that.
          if (!isGone(error) || attempt === MOST_ATTEMPTS) throw error;
          await clock.sleep(ATTEMPT_MILLISECONDS);
        }
      }
    },
    tell() {
      for (const { process } of places.values()) process.tell();
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      for (const place of [...places.values()]) leave(place);
      await Promise.all([...leaving].map(({ ended }) => ended));
    },
  };
}

const MOST_ATTEMPTS = 50;
const ATTEMPT_MILLISECONDS = 20;

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOENT" || code === "ECONNREFUSED" || code === "ECONNRESET";
}
