import { Worker } from "node:worker_threads";
import { SluiceError } from "@sluice/model";
import type { FileTasks } from "./tasks.ts";
import type { Answered, Asked } from "./thread.ts";

/** Works on cluster files beside the thread that answers requests. */
export interface FileWork extends AsyncDisposable {
  /** Errors: `CLUSTER_FILE_TOO_SLOW`. */
  run<Task extends keyof FileTasks>(
    task: Task,
    ...words: Parameters<FileTasks[Task]>
  ): Promise<Awaited<ReturnType<FileTasks[Task]>>>;
}

export interface FileWorkOptions {
  /** At the same time; others wait. One when missing, as a server has other things to do. */
  readonly threads?: number;
  /** A piece of work that takes longer is ended with its thread. */
  readonly limitMs?: number;
  /** A piece of work that takes more memory is ended with its thread, and not the server. */
  readonly memoryMib?: number;
  /** A thread that has had nothing to do for so long ends, and its memory with it. */
  readonly idleMs?: number;
}

/** Far more than the largest file takes on a slow machine. */
const LIMIT_MS = 20_000;
const MEMORY_MIB = 1024;
const IDLE_MS = 120_000;

/** Beside this module, and beside the program that it is bundled into. */
const THREAD = new URL(
  import.meta.url.endsWith(".ts") ? "./thread.ts" : "./cluster-file-thread.mjs",
  import.meta.url,
);

interface Piece {
  readonly asked: Asked;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Threads are started when there is work, and started again after one was ended. */
export function createFileWork(options: FileWorkOptions = {}): FileWork {
  const { threads = 1, limitMs = LIMIT_MS, memoryMib = MEMORY_MIB, idleMs = IDLE_MS } = options;
  const waiting: Piece[] = [];
  const crew = Array.from(
    { length: threads },
    () => new Thread({ limitMs, memoryMib, idleMs }, next),
  );
  let isOver = false;

  function next(): void {
    for (const thread of crew) {
      if (!thread.isFree) continue;
      const piece = waiting.shift();
      if (piece === undefined) return;
      thread.take(piece);
    }
  }

  return {
    run: (task, ...words) =>
      new Promise((resolve, reject) => {
        if (isOver) return reject(stopped());
        waiting.push({ asked: { task, words }, resolve: resolve as Piece["resolve"], reject });
        next();
      }),
    async [Symbol.asyncDispose]() {
      isOver = true;
      for (const { reject } of waiting.splice(0)) reject(stopped());
      await Promise.all(crew.map((thread) => thread.end(stopped())));
    },
  };
}

type Limits = Required<Omit<FileWorkOptions, "threads">>;

class Thread {
  readonly #limits: Limits;
  readonly #onFree: () => void;
  #worker: Worker | undefined;
  #piece: Piece | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: Limits, onFree: () => void) {
    this.#limits = limits;
    this.#onFree = onFree;
  }

  get isFree(): boolean {
    return this.#piece === undefined;
  }

  take(piece: Piece): void {
    this.#piece = piece;
    this.#worker ??= this.#start();
    // While it works the process waits for it; idle it holds nothing up.
    this.#worker.ref();
    const { limitMs } = this.#limits;
    this.#within(limitMs, () => void this.end(gaveUp(`was not read in ${limitMs / 1000} s`)));
    this.#worker.postMessage(piece.asked);
  }

  /** Whatever it is at is refused with this error. */
  async end(error: SluiceError): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    clearTimeout(this.#timer);
    this.#finish((piece) => piece.reject(error));
    await worker?.terminate();
  }

  #start(): Worker {
    const { memoryMib, idleMs } = this.#limits;
    const worker = new Worker(THREAD, { resourceLimits: { maxOldGenerationSizeMb: memoryMib } });
    worker.on("message", (answer: Answered) => {
      if (worker !== this.#worker) return;
      worker.unref();
      this.#within(idleMs, () => void this.end(stopped()));
      this.#finish((piece) =>
        answer.ok ? piece.resolve(answer.value) : piece.reject(new Error(answer.why)),
      );
    });
    worker.on("error", (error) => {
      if (worker !== this.#worker) return;
      this.#worker = undefined;
      clearTimeout(this.#timer);
      const isFull = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
      const why = isFull ? gaveUp(`takes more than ${memoryMib} MiB to read`) : error;
      this.#finish((piece) => piece.reject(why));
    });
    return worker;
  }

  #within(milliseconds: number, late: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(late, milliseconds);
    this.#timer.unref();
  }

  #finish(tell: (piece: Piece) => void): void {
    const piece = this.#piece;
    this.#piece = undefined;
    if (piece === undefined) return;
    tell(piece);
    this.#onFree();
  }
}

function gaveUp(what: string): SluiceError {
  return new SluiceError("CLUSTER_FILE_TOO_SLOW", "user", `the cluster file ${what}`, {
    hint: "make it shorter: many queues alike can be one with more compute resources",
  });
}

function stopped(): SluiceError {
  return new SluiceError("SERVER_STOPPING", "system", "the server is stopping", {
    hint: "ask again in a moment",
  });
}
