import { setTimeout } from "node:timers/promises";
import type { Leadership } from "@sluice/cloud";
import type { Peer, ReplicatedDatabase } from "../contract.ts";
import { databaseFolder } from "../folder.ts";
import { keepReplicatedDatabase } from "../keep.ts";
import type { FolderOptions } from "../settings.ts";

/** What a machine of the tests is told: a process of its own, so that it can be killed and frozen. */
export interface KeeperWords {
  readonly folder: Omit<FolderOptions, "now">;
  readonly peers: readonly Peer[];
}

/** Asked of the test, as of a cloud; and by the test. */
export interface Question {
  readonly id: number;
  readonly ask: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code?: string; readonly message: string };
}

const words = JSON.parse(process.argv[2] ?? "{}") as KeeperWords;
const waiting = new Map<number, (answer: Answer) => void>();
let count = 0;

function ask<T>(name: string, ...args: readonly unknown[]): Promise<T> {
  const id = ++count;
  return new Promise<T>((resolve, reject) => {
    waiting.set(id, ({ error, value }) => {
      if (error === undefined) resolve(value as T);
      else reject(new Error(error.message));
    });
    process.send?.({ id, ask: name, args } satisfies Question);
  });
}

function within<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return Promise.race([work, promise]);
}

const leadership: Leadership = {
  self: `m-${words.folder.name}`,
  address: "127.0.0.1",
  registers: {
    read: (name, options) => within(options?.signal, ask("read", name)),
    write: (name, text, expected, options) =>
      within(options?.signal, ask("write", name, text, expected)),
  },
  isGone: async () => false,
  fence: async () => "unsure",
  takeAddress: () => ask("takeAddress"),
  dropAddress: () => ask("dropAddress"),
};

const database: ReplicatedDatabase = keepReplicatedDatabase({
  name: words.folder.name,
  peers: words.peers,
  folder: databaseFolder({ ...words.folder, now: () => new Date() }),
  leadership,
  clock: {
    milliseconds: () => performance.now(),
    sleep: (milliseconds, signal) =>
      setTimeout(milliseconds, undefined, signal ? { signal } : {}).catch(() => {}),
  },
  onEvent: (event) => void ask("event", event),
  onError: (error) => void ask("error", error instanceof Error ? (error.stack ?? "") : `${error}`),
  onPrimary: () => ask("onPrimary"),
  onOver: () => ask("onOver"),
});

const over = new AbortController();
process.on("message", (message: Question | Answer) => {
  if (!("ask" in message)) {
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
    return;
  }
  const { id } = message;
  const answer = (value: unknown): void => void process.send?.({ id: -id, value });
  const refuse = (error: { readonly code?: string; readonly message: string }): void =>
    void process.send?.({ id: -id, error: { code: error.code, message: error.message } });
  const work = {
    handOver: () => database.handOver(),
    force: () => database.force(),
    status: () => database.status(),
  }[message.ask];
  if (work === undefined) over.abort();
  else work().then(answer, refuse);
});

await database.run(over.signal);
process.exit();
