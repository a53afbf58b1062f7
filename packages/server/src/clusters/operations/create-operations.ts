import type { ClusterRecord, ImageRecord, Progress } from "@sluice/cloud";
import type { Database } from "@sluice/database";
import { headControl } from "@sluice/lifecycle";
import {
  type Clock,
  type ComputeFleetStatus,
  isSluiceError,
  messageOf,
  SluiceError,
} from "@sluice/model";
import type { FastifyBaseLogger } from "fastify";
import type { Random } from "../../deps.ts";
import type { EventHub } from "../../events/hub.ts";
import { stopping } from "../../http/problems.ts";
import type { Principal } from "../../identity/principal.ts";
import type { ClusterDirectory } from "../directory.ts";
import type {
  Operation,
  OperationFailure,
  OperationFilter,
  OperationRequest,
  Operations,
  ProgressLine,
} from "./contract.ts";
import { ProgressLog, untilWritten } from "./progress-log.ts";
import { type Seen, settle } from "./settle.ts";
import { type Ending, OperationStore, type RunningOperation } from "./store.ts";
import { callOffUpdate, type PreparedWork, prepare } from "./work.ts";

export interface OperationsOptions {
  readonly database: Database;
  readonly clusters: ClusterDirectory;
  readonly events: EventHub;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<FastifyBaseLogger, "info" | "warn">;
  /** A UUID of this server's that no other has, kept when it starts again: what it left it finds. */
  readonly server: string;
}

/** A server that has not renewed its leases so long is gone. */
const LEASE_SECONDS = 12;
/** Between two renewals, and two looks at what other servers left. */
const PASS_SECONDS = 3;
/** How long a server that stops waits for its operations. */
const GRACE_SECONDS = 5;
/** Between two looks at an operation of another server. */
const LOOK_SECONDS = 1;
/** How long what is over is told. */
const KEPT_DAYS = 90;
/** Between two clearings of what is older. */
const CLEARING_SECONDS = 3600;
/** How long the end of an operation waits for the list of clusters to be read again. */
const REFRESH_SECONDS = 3;

const LET_GO: Ending = {
  state: "cancelled",
  error: {
    code: "OPERATION_LOST",
    message: "the server that did it went away in the middle; the cloud may go on with it",
    hint: "look at the cluster, and delete it if it is not wanted",
  },
};

/** Work of this process. */
interface AtWork {
  readonly operation: Operation;
  readonly abort: AbortController;
  readonly over: Promise<void>;
  isCancelled: boolean;
}

export function createOperations(options: OperationsOptions): Operations {
  return new ServerOperations(options);
}

class ServerOperations implements Operations {
  readonly #options: OperationsOptions;
  readonly #store: OperationStore;
  readonly #atWork = new Map<string, AtWork>();
  /** Those that this process began: what becomes of them it knows by itself. */
  readonly #own = new Set<string>();
  readonly #over = new AbortController();
  readonly #loop: Promise<void>;

  constructor(options: OperationsOptions) {
    this.#options = options;
    this.#store = new OperationStore(options.database, options.server);
    this.#loop = this.#watch();
  }

  async start(request: OperationRequest, by: Pick<Principal, "id" | "name">): Promise<Operation> {
    if (this.#over.signal.aborted) throw stopping();
    const work = await prepare(request, this.#options);
    const { clock, random } = this.#options;
    const now = clock.now();
    const { provider, region } = work.place;
    const begun = {
      id: random.id(),
      kind: request.kind,
      cluster: "cluster" in request ? request.cluster : undefined,
      image: "image" in request ? request.image : undefined,
      provider,
      region,
      principalId: by.id,
      askedBy: by.name,
      createdAt: now,
      request: work.request,
    };
    this.#own.add(begun.id);
    const isFree = await this.#store.begin(begun, this.#leaseFrom(now)).catch((error: unknown) => {
      this.#own.delete(begun.id);
      throw error;
    });
    if (!isFree) {
      this.#own.delete(begun.id);
      throw busy(request, begun.cluster && (await this.#store.at(begun.cluster))?.id);
    }
    const operation: Operation = {
      ...begun,
      state: "running",
      endedAt: undefined,
      error: undefined,
      result: undefined,
    };
    this.#publish("created", operation);
    this.#begin(operation, work);
    return operation;
  }

  get(id: string): Promise<Operation | undefined> {
    return this.#store.get(id);
  }

  list(filter: OperationFilter): Promise<readonly Operation[]> {
    return this.#store.list(filter);
  }

  progress(id: string, after = 0): Promise<readonly ProgressLine[]> {
    return this.#store.progress(id, after);
  }

  async cancel(id: string): Promise<Operation> {
    const operation = await this.#store.get(id);
    if (operation === undefined) {
      throw new SluiceError("OPERATION_NOT_FOUND", "user", `there is no operation ${id}`);
    }
    if (operation.state !== "running") {
      const message = `operation ${id} is ${operation.state} already`;
      throw new SluiceError("OPERATION_OVER", "user", message, { hint: "nothing is to be done" });
    }
    // Whichever server does it finds this with its next pass.
    await this.#store.askToCancel(id);
    this.#callOff(id);
    return operation;
  }

  async ended(id: string, signal: AbortSignal): Promise<Operation | undefined> {
    for (;;) {
      await Promise.race([this.#atWork.get(id)?.over, aborted(signal)]);
      const operation = await this.#store.get(id);
      if (operation?.state !== "running" || signal.aborted) return operation;
      if (!this.#atWork.has(id)) await this.#options.clock.sleep(LOOK_SECONDS * 1000, signal);
    }
  }

  /**
   * What still runs is left: the cloud goes on with it or takes it down, and the server that comes
   * next says which. Nothing is aborted, because that would undo what people asked for.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clock, log } = this.#options;
    const grace = new AbortController();
    const all = Promise.all([...this.#atWork.values()].map(({ over }) => over));
    if (this.#atWork.size > 0) {
      await Promise.race([all, clock.sleep(GRACE_SECONDS * 1000, grace.signal)]);
      grace.abort();
    }
    this.#over.abort();
    await this.#loop;
    await this.#store.release(clock.now()).catch((error: unknown) => {
      log.warn(`operations are not handed over: ${messageOf(error)}`);
    });
  }

  #begin(operation: Operation, work: PreparedWork): void {
    const abort = new AbortController();
    const one: AtWork = {
      operation,
      abort,
      isCancelled: false,
      over: Promise.resolve().then(() => this.#run(one, work)),
    };
    this.#atWork.set(operation.id, one);
  }

  async #run(one: AtWork, work: PreparedWork): Promise<void> {
    const { operation, abort } = one;
    const lines = new ProgressLog(this.#options, this.#store, operation, this.#over.signal);
    let isTold = false;
    const onProgress = (progress: Progress): void => {
      lines.add(progress);
      // From the first step on the cloud knows of it, and the list shall show it.
      if (!isTold) void this.#options.clusters.refresh();
      isTold = true;
    };
    let ending: Ending;
    try {
      const result = await work.run({ onProgress, signal: abort.signal });
      ending = { state: "done", ...(result === undefined ? {} : { result }) };
    } catch (error) {
      ending = { state: one.isCancelled ? "cancelled" : "failed", error: this.#failureOf(error) };
    }
    // The server stops, and with it went the connection: what became of it is for the next to say.
    if (this.#over.signal.aborted) return;
    await lines.written();
    await this.#end(operation, ending);
    this.#atWork.delete(operation.id);
    this.#own.delete(operation.id);
  }

  async #end(operation: Operation, ending: Ending): Promise<void> {
    const { clock, clusters, log } = this.#options;
    // Whoever hears of the end shall see it in the list, unless a cloud takes its time.
    await Promise.race([clusters.refresh(), clock.sleep(REFRESH_SECONDS * 1000)]);
    const endedAt = clock.now();
    const written = await this.#untilWritten(() => this.#store.end(operation.id, ending, endedAt));
    if (written !== true) return;
    const { kind, cluster, image } = operation;
    log.info(`${kind} ${cluster ?? image}: ${ending.state}${said(ending.error)}`);
    this.#publish("changed", {
      ...operation,
      state: ending.state,
      endedAt,
      error: ending.error,
      result: ending.result,
    });
  }

  /** Undefined when the server stops before the database is back. */
  async #untilWritten<T>(write: () => Promise<T>): Promise<T | undefined> {
    return untilWritten(write, this.#options.clock, this.#over.signal);
  }

  #callOff(id: string): void {
    const one = this.#atWork.get(id);
    if (one === undefined || one.isCancelled) return;
    one.isCancelled = true;
    const { operation, abort } = one;
    if (operation.kind !== "update-cluster" || operation.cluster === undefined) {
      abort.abort();
      return;
    }
    // The head goes on with an update, whoever waits: it is given the former file instead.
    const options = { onProgress: () => {}, signal: this.#over.signal };
    callOffUpdate(this.#options, operation.cluster, options).catch((error: unknown) => {
      one.isCancelled = false;
      this.#options.log.warn(`the update of ${operation.cluster} goes on: ${messageOf(error)}`);
    });
  }

  async #watch(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#over;
    let problem = "";
    let clearedAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      try {
        await this.#pass();
        const now = clock.now().getTime();
        if (now - clearedAt >= CLEARING_SECONDS * 1000) {
          await this.#store.clear(new Date(now - KEPT_DAYS * 86_400_000));
          clearedAt = now;
        }
        problem = "";
      } catch (error) {
        const message = messageOf(error);
        if (message !== problem) log.warn(`operations are not looked after: ${message}`);
        problem = message;
      }
      await clock.sleep(PASS_SECONDS * 1000, signal);
    }
  }

  async #pass(): Promise<void> {
    const now = this.#options.clock.now();
    const mine = await this.#store.take(now, this.#leaseFrom(now));
    for (const operation of mine) {
      if (this.#own.has(operation.id)) {
        if (operation.cancelAsked) this.#callOff(operation.id);
        continue;
      }
      // Nobody here can stop what only the cloud goes on with; but it shall hold up nothing.
      const ending = operation.cancelAsked ? LET_GO : settle(await this.#see(operation));
      if (ending !== undefined) await this.#end(operation, ending);
    }
  }

  async #see({ kind, request, cluster, image, provider, region }: RunningOperation): Promise<Seen> {
    const { cloud } = await this.#options.clusters.cloudFor({ provider, region });
    let record: ClusterRecord | undefined;
    let fleet: ComputeFleetStatus | undefined;
    let built: ImageRecord | undefined;
    if (cluster !== undefined) {
      record = await cloud.infrastructure.describe(cluster);
      const asksFleet = kind === "start-cluster" || kind === "update-compute-fleet";
      if (asksFleet && record?.head !== undefined) {
        const control = headControl(cloud.shell, cluster, { signal: this.#over.signal });
        fleet = (await control.fleet().catch(() => undefined))?.status;
      }
    }
    if (image !== undefined) built = await cloud.images?.describe(image);
    return { kind, request, record, fleet, image: built };
  }

  /** What went wrong inside is for the server's log, not for people far away. */
  #failureOf(error: unknown): OperationFailure {
    if (isSluiceError(error)) {
      const { code, message, hint } = error;
      return { code, message, ...(hint === undefined ? {} : { hint }) };
    }
    this.#options.log.warn({ err: error }, "an operation failed in a way that nobody thought of");
    return {
      code: "INTERNAL",
      message: "something went wrong inside the server",
      hint: "its log says what",
    };
  }

  #publish(kind: "created" | "changed", operation: Operation): void {
    const { cluster } = operation;
    this.#options.events.publish({
      topic: "operation",
      kind,
      ...(cluster === undefined ? {} : { cluster }),
      data: operationEvent(operation),
    });
  }

  #leaseFrom(now: Date): Date {
    return new Date(now.getTime() + LEASE_SECONDS * 1000);
  }
}

function operationEvent(operation: Operation): unknown {
  const { id, kind, cluster, image, state, error, askedBy } = operation;
  return { id, kind, cluster, image, state, error, askedBy };
}

function said(error: OperationFailure | undefined): string {
  return error === undefined ? "" : `, ${error.code}: ${error.message}`;
}

function busy(request: OperationRequest, running: string | undefined): SluiceError {
  const hint =
    running === undefined
      ? "wait until it has ended, or cancel it"
      : `wait until it has ended, or cancel it: operation ${running}`;
  return "image" in request
    ? new SluiceError(
        "IMAGE_BUSY",
        "user",
        `another operation is at work on image ${request.image}`,
        { hint },
      )
    : new SluiceError(
        "CLUSTER_BUSY",
        "user",
        `another operation is at work on cluster ${request.cluster}`,
        { hint },
      );
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
